/** Times control steps as they are played, and what they cannot do without on the same states and actions. Nothing is drawn. */
import type { Benchmark } from "../../protocol";
import type { Bundle } from "../bundle/bundle";
import { Rows } from "../bundle/golden";
import type { Engine } from "../physics/engine";
import { Physics } from "../physics/physics";
import type { Playback } from "../playback/playback";
import type { Policy } from "../policy/policy";
import { StopWatch } from "../simulation/stop_watch";

/** `steps` control steps from `reset(seed)`, in a playback that nothing perturbs; it is paused and left at the last one. */
export async function benchmark(
  engine: Engine,
  { manifest, xml, assets }: Bundle,
  playback: Playback,
  policy: Policy,
  { seed, steps }: { readonly seed: number; readonly steps: number },
): Promise<Benchmark> {
  const { simulation } = playback;
  const column = () => new Float64Array(steps);
  const times: Benchmark = {
    whole: column(),
    policy: column(),
    physics: column(),
    observation: column(),
    core: column(),
    bare: column(),
  };
  playback.pause();
  const { qpos, qvel } = playback.reset({ seed });
  const actions = new Rows(new Float32Array(steps * simulation.action.length), simulation.action.length);
  const { values: observation } = simulation.observation;
  const observations = new Rows(new Float64Array(steps * observation.length), observation.length);
  const watch = new StopWatch();
  for (let i = 0; i < steps; i++) {
    observations.row(i).set(observation);
    const start = performance.now();
    const pending = playback.advance(watch);
    if (pending !== null) await pending;
    times.whole[i] = (performance.now() - start) * 1000;
    times.policy[i] = watch.times.policy;
    times.physics[i] = watch.times.physics;
    times.observation[i] = watch.times.observation;
    actions.row(i).set(simulation.action);
  }
  const { timestep, frame_skip: frameSkip } = manifest.env;
  const physics = new Physics(engine, { xml, assets, timestep, frameSkip });
  try {
    physics.reset(qpos, qvel);
    const recurrentState = new Float64Array(simulation.recurrentState.length);
    for (let i = 0; i < steps; i++) {
      const [seen, action] = [observations.row(i), actions.row(i)];
      const start = performance.now();
      const pending = policy.act(seen, simulation.normalizer.fed, recurrentState);
      if (pending !== null) await pending;
      physics.step(action, null);
      times.core[i] = (performance.now() - start) * 1000;
    }
    physics.reset(qpos, qvel);
    for (let i = 0; i < steps; i++) {
      const action = actions.row(i);
      const start = performance.now();
      physics.step(action, null);
      times.bare[i] = (performance.now() - start) * 1000;
    }
  } finally {
    physics.dispose();
  }
  return times;
}
