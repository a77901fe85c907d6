/** Times control steps as they are played, and MuJoCo alone on the same states and actions. Nothing is drawn. */
import type { Benchmark } from "../../protocol";
import type { Bundle } from "../bundle/bundle";
import type { Engine } from "../physics/engine";
import { Physics } from "../physics/physics";
import type { Playback } from "../playback/playback";

/** `steps` control steps from `reset(seed)`, in a playback that nothing perturbs; it is paused and left at the last one. */
export async function benchmark(
  engine: Engine,
  { manifest, xml, assets }: Bundle,
  playback: Playback,
  { seed, steps }: { readonly seed: number; readonly steps: number },
): Promise<Benchmark> {
  const times: Benchmark = {
    whole: new Float64Array(steps),
    policy: new Float64Array(steps),
    physics: new Float64Array(steps),
    observation: new Float64Array(steps),
    bare: new Float64Array(steps),
  };
  const { simulation } = playback;
  playback.pause();
  const { qpos, qvel } = playback.reset({ seed });
  const size = simulation.action.length;
  const actions = new Float32Array(steps * size);
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    const pending = playback.advance();
    if (pending !== null) await pending;
    times.whole[i] = (performance.now() - start) * 1000;
    times.policy[i] = simulation.times.policy;
    times.physics[i] = simulation.times.physics;
    times.observation[i] = simulation.times.observation;
    actions.set(simulation.action, i * size);
  }
  const { timestep, frame_skip: frameSkip } = manifest.env;
  const physics = new Physics(engine, { xml, assets, timestep, frameSkip });
  try {
    physics.reset(qpos, qvel);
    for (let i = 0; i < steps; i++) {
      const action = actions.subarray(i * size, (i + 1) * size);
      const start = performance.now();
      physics.step(action, null);
      times.bare[i] = (performance.now() - start) * 1000;
    }
  } finally {
    physics.dispose();
  }
  return times;
}
