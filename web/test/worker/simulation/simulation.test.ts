import { afterEach, describe, expect, it } from "vitest";
import type { Manifest } from "../../../src/generated/bundle";
import { readBundle } from "../../../src/worker/bundle/bundle";
import { DivergedError, Simulation } from "../../../src/worker/simulation/simulation";
import { DEFAULT_BUNDLE, nodeEngine, playedBundle, readFrom } from "../../support/node";

let simulation: Simulation | null = null;
afterEach(() => {
  simulation?.dispose();
  simulation = null;
});

async function play(seed: number, edit: (manifest: Manifest) => void = () => undefined): Promise<Simulation> {
  const bundle = await readBundle(readFrom(DEFAULT_BUNDLE));
  edit(bundle.manifest);
  ({ simulation } = await playedBundle(seed, bundle));
  return simulation;
}

async function steps(world: Simulation, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await world.step();
}

/** Steps until the episode ends, at rest, so that the body falls. */
async function fall(world: Simulation): Promise<void> {
  world.policy = null;
  while (!world.ended) await world.step();
}

describe("an episode", () => {
  it("latches its end, freezes return and length, and lets the world go on", async () => {
    const world = await play(0);
    await fall(world);
    const end = world.snapshot();
    expect(end.terminated).toBe(true);
    expect(end.truncated).toBe(false);
    expect(end.episodeLength).toBe(end.step);
    await steps(world, 50);
    const after = world.snapshot();
    expect(after.step).toBe(end.step + 50);
    expect(after.time).toBeCloseTo(after.step * 0.01, 12);
    expect(after.terminated).toBe(true);
    expect(after.episodeLength).toBe(end.episodeLength);
    expect(after.episodeReturn).toBe(end.episodeReturn);
    expect(after.qpos).not.toEqual(end.qpos);
    expect(after.reward).not.toBe(0);
  });

  it("is truncated at the manifest's limit of steps, and not before", async () => {
    const world = await play(0, (manifest) => {
      manifest.env.max_episode_steps = 7;
    });
    await steps(world, 6);
    expect(world.truncated).toBe(false);
    await steps(world, 1);
    expect(world.truncated).toBe(true);
    expect(world.terminated).toBe(false);
  });

  it("sums the rewards of its steps", async () => {
    const world = await play(1);
    let sum = 0;
    for (let i = 0; i < 20; i++) {
      await world.step();
      sum += world.reward;
    }
    expect(world.episodeReturn).toBe(sum);
  });
});

describe("a reset", () => {
  it("gives the same episode for the same seed, to the last bit", async () => {
    const world = await play(5);
    await steps(world, 30);
    const first = world.snapshot();
    world.reset({ seed: 5 });
    await steps(world, 30);
    expect(world.snapshot()).toEqual({ ...first, episode: 2 });
    world.reset({ seed: 6 });
    await steps(world, 30);
    expect(world.snapshot().qpos).not.toEqual(first.qpos);
  });

  it("without a seed takes the next one", async () => {
    const world = await play(5);
    world.reset();
    const next = world.snapshot();
    world.reset({ seed: 6 });
    expect(world.snapshot().qpos).toEqual(next.qpos);
    expect(next.seed).toBe(6);
    expect(next.episode).toBe(2);
  });

  it("sets the state it is given and says what does not fit", async () => {
    const world = await play(5);
    const { qpos, qvel } = world.snapshot();
    qpos[2] = 2.5;
    qvel[0] = -1;
    world.reset({ seed: 1, qpos: Array.from(qpos), qvel: Array.from(qvel) });
    expect(world.snapshot().qpos).toEqual(qpos);
    expect(world.snapshot().qvel).toEqual(qvel);
    expect(world.observation.values[0]).toBe(2.5);
    expect(() => world.reset({ qpos: [1, 2] })).toThrow(/qpos has 24 numbers, not 2/);
    expect(() => world.reset({ qvel: Array.from(qvel, () => Number.NaN) })).toThrow(/qvel\[0\] is NaN/);
  });

  it("begins running statistics anew only where a seed is given", async () => {
    const bundle = await readBundle(readFrom(DEFAULT_BUNDLE));
    bundle.manifest.normalization = { mode: "running", count: 1e-4 };
    ({ simulation } = await playedBundle(2, bundle));
    simulation.policy = null;
    const mean = (): number[] => Array.from(simulation?.normalizer.statistics?.mean ?? []);
    const fresh = mean();
    await steps(simulation, 10);
    simulation.reset();
    expect(mean()).not.toEqual(fresh);
    simulation.reset({ seed: 2 });
    expect(mean()).toEqual(fresh);
  });
});

describe("the actuators", () => {
  it("rest without a policy and obey it with one", async () => {
    const world = await play(0);
    await steps(world, 3);
    const { ctrl, action } = world.snapshot();
    expect(ctrl).toEqual(action);
    expect(Math.hypot(...ctrl)).toBeGreaterThan(0);
    world.policy = null;
    await steps(world, 1);
    expect(Math.hypot(...world.snapshot().ctrl)).toBe(0);
  });
});

describe("physics that diverge", () => {
  it("are detected at the step where they do, and a reset mends them", async () => {
    const world = await play(0);
    const { qpos, qvel } = world.snapshot();
    world.reset({ seed: 0, qpos: Array.from(qpos), qvel: Array.from(qvel, () => 1e8) });
    await expect(steps(world, 20)).rejects.toThrow(DivergedError);
    world.reset({ seed: 0 });
    await steps(world, 20);
    expect(world.snapshot().qpos.every(Number.isFinite)).toBe(true);
  });
});

describe("a world that is disposed of", () => {
  it("leaves the WASM heap hardly larger, however many follow one another", async () => {
    const { manifest, xml, assets } = await readBundle(readFrom(DEFAULT_BUNDLE));
    const engine = await nodeEngine();
    const worlds: Simulation[] = [];
    /** Each world is built before the one before it goes, as when a bundle is changed. */
    const heapAfter = (count: number, disposeOf: (world: Simulation) => void): number => {
      let bytes = 0;
      for (let i = 0; i < count; i++) {
        const world = new Simulation(engine, manifest, xml, assets);
        worlds.push(world);
        bytes = world.physics.heapBytes;
        if (worlds.length > 1) disposeOf(worlds.shift() as Simulation);
      }
      return bytes;
    };
    const settled = heapAfter(30, (world) => world.dispose());
    const afterDisposed = heapAfter(60, (world) => world.dispose());
    const kept: Simulation[] = [];
    const afterKept = heapAfter(60, (world) => kept.push(world));
    // The heap grows in large steps and fragments a little: not at all is too much to ask, hardly is not.
    expect(afterDisposed - settled).toBeLessThan((afterKept - afterDisposed) / 4);
    for (const world of [...worlds, ...kept]) world.dispose();
  });
});

describe("a bundle that does not fit its scene", () => {
  it.each([
    ["actuators", (manifest: Manifest) => (manifest.action.size = 3), /moves 3 actuators, scene\.xml has 17/],
    ["joints", (manifest: Manifest) => manifest.env.reset.init_qpos.pop(), /23 positions.*scene\.xml has 24/],
  ])("is refused in words: %s", async (_, edit, message) => {
    await expect(play(0, edit)).rejects.toThrow(message);
  });
});

describe("actuators moved by hand", () => {
  it("have their own value, with the policy on and off; the others have the policy's, or rest", async () => {
    const { simulation } = await playedBundle(3);
    try {
      simulation.step();
      const own = Float32Array.from(simulation.action);
      simulation.reset({ seed: 3 });
      simulation.overrides.set([
        { actuator: 4, value: 0.25 },
        { actuator: 1, value: -0.125 },
        { actuator: 4, value: 0.375 },
      ]);
      simulation.step();
      const expected = own.slice();
      expected[1] = -0.125;
      expected[4] = 0.375;
      expect(simulation.action).toEqual(expected);
      simulation.policy = null;
      simulation.step();
      expect(Array.from(simulation.action.entries()).filter(([, value]) => value !== 0)).toEqual([
        [1, -0.125],
        [4, 0.375],
      ]);
      expect(simulation.overrides.current.map(({ actuator }) => actuator)).toEqual([1, 4]);
      simulation.overrides.set([]);
      simulation.step();
      expect(simulation.action.every((value) => value === 0)).toBe(true);
    } finally {
      simulation.dispose();
    }
  });

  it("exist, and stay within their range", async () => {
    const { simulation } = await playedBundle(3);
    try {
      expect(() => simulation.overrides.set([{ actuator: 17, value: 0 }])).toThrow("Actuator 17 does not exist");
      expect(() => simulation.overrides.set([{ actuator: 0, value: 3 }])).toThrow(
        "abdomen_y takes -0.4 to 0.4; got 3.",
      );
      expect(() => simulation.overrides.set([{ actuator: 0, value: Number.NaN }])).toThrow(/got NaN/);
      expect(simulation.overrides.current).toEqual([]);
    } finally {
      simulation.dispose();
    }
  });
});
