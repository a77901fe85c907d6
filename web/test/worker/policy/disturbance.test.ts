import { afterEach, describe, expect, it } from "vitest";
import { readBundle } from "../../../src/worker/bundle/bundle";
import type { Simulation } from "../../../src/worker/simulation/simulation";
import { DEFAULT_BUNDLE, playedBundle, readFrom } from "../../support/node";

const worlds: Simulation[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.dispose();
});

async function play(seed: number, bounds?: number): Promise<Simulation> {
  const bundle = await readBundle(readFrom(DEFAULT_BUNDLE));
  if (bounds !== undefined) {
    bundle.manifest.action.low.fill(-bounds);
    bundle.manifest.action.high.fill(bounds);
  }
  const { simulation } = await playedBundle(seed, bundle);
  worlds.push(simulation);
  return simulation;
}

async function steps(world: Simulation, n: number): Promise<Float64Array[]> {
  const actions: Float64Array[] = [];
  for (let i = 0; i < n; i++) {
    await world.step();
    actions.push(Float64Array.from(world.action));
  }
  return actions;
}

describe("a policy that nothing disturbs", () => {
  it("acts to the last bit as its network does, also after everything was on and off again", async () => {
    const world = await play(4);
    const { policy, disturbance } = world;
    if (policy === null) throw new Error("no policy");
    for (let i = 0; i < 20; i++) {
      await policy.act(world.observation.values, world.normalizer.fed, world.recurrentState);
      const expected = policy.action.slice();
      await world.step();
      expect(world.action).toEqual(expected);
    }
    const before = world.snapshot();
    disturbance.sampled = true;
    disturbance.noise = { observation: 0.5, action: 0.2 };
    disturbance.mutes = [1, 2];
    expect(disturbance.none).toBe(false);
    await steps(world, 20);
    disturbance.sampled = false;
    disturbance.noise = { observation: 0, action: 0 };
    disturbance.mutes = [];
    expect(disturbance.none).toBe(true);
    world.reset({ seed: 4 });
    await steps(world, 20);
    expect(world.snapshot()).toEqual({ ...before, episode: 2 });
  });
});

describe("a muted actuator", () => {
  it("gets 0, and the others what the policy says", async () => {
    const world = await play(4);
    const twin = await play(4);
    world.disturbance.mutes = [16, 3, 3];
    expect(world.disturbance.mutes).toEqual([3, 16]);
    const [muted] = await steps(world, 1);
    const [whole] = await steps(twin, 1);
    expect(whole?.[3]).not.toBe(0);
    expect(Array.from(muted ?? [])).toEqual(Array.from(whole ?? [], (value, i) => (i === 3 || i === 16 ? 0 : value)));
    expect(world.snapshot().ctrl[3]).toBe(0);
    expect(() => {
      world.disturbance.mutes = [17];
    }).toThrow("Actuator 17 does not exist: this policy has 0 to 16.");
  });
});

describe("noise", () => {
  it.each([
    { observation: 0.3, action: 0 },
    { observation: 0, action: 0.1 },
  ])("changes the actions, the same for the same seed: $observation, $action", async (noise) => {
    const world = await play(4);
    const quiet = await steps(world, 10);
    world.disturbance.noise = noise;
    world.reset({ seed: 4 });
    const loud = await steps(world, 10);
    world.reset({ seed: 5 });
    const other = await steps(world, 10);
    world.reset({ seed: 4 });
    expect(await steps(world, 10)).toEqual(loud);
    expect(loud[0]).not.toEqual(quiet[0]);
    expect(other[0]).not.toEqual(loud[0]);
  });

  it("of a step does not depend on the steps before it", async () => {
    const world = await play(4);
    await steps(world, 5);
    world.disturbance.noise = { observation: 0, action: 0.1 };
    const [late] = await steps(world, 1);
    world.disturbance.noise = { observation: 0, action: 0 };
    world.reset({ seed: 4 });
    await steps(world, 5);
    world.disturbance.noise = { observation: 0, action: 0.1 };
    expect((await steps(world, 1))[0]).toEqual(late);
  });

  it("on the action has the standard deviation asked for, as a share of the range, and stays in it", async () => {
    const world = await play(4, 1000);
    const { policy, disturbance } = world;
    if (policy === null) throw new Error("no policy");
    disturbance.noise = { observation: 0, action: 0.05 };
    const [squares, count] = [{ sum: 0 }, 500];
    for (let step = 0; step < count; step++) {
      await disturbance.act(policy, world.observation.values, world.recurrentState, 9, step);
      disturbance.action.forEach((value, i) => {
        squares.sum += (value - (policy.action[i] ?? Number.NaN)) ** 2;
      });
    }
    expect(Math.sqrt(squares.sum / (17 * count)) / (0.05 * 2000)).toBeCloseTo(1, 1);
    const bounded = await play(4);
    bounded.disturbance.noise = { observation: 0, action: 1 };
    const extreme = (await steps(bounded, 5)).flatMap((action) => Array.from(action, Math.abs));
    expect(Math.max(...extreme)).toBe(Math.fround(0.4000000059604645));
  });

  it("on the observation is not in what the world reports, and its size is checked", async () => {
    const world = await play(4);
    const { observation } = world.snapshot();
    world.disturbance.noise = { observation: 1, action: 0 };
    expect(world.snapshot().observation).toEqual(observation);
    expect(() => {
      world.disturbance.noise = { observation: -1, action: 0 };
    }).toThrow("Noise on the observation has a σ of 0 to 10; got -1.");
  });
});

describe("sampled actions", () => {
  it("have the mean and the standard deviation of the policy over 2,000 samples", async () => {
    const world = await play(4, 1000);
    const { policy, disturbance } = world;
    if (policy === null) throw new Error("no policy");
    disturbance.sampled = true;
    const count = 2000;
    const sums = new Float64Array(17);
    const squares = new Float64Array(17);
    for (let step = 0; step < count; step++) {
      await disturbance.act(policy, world.observation.values, world.recurrentState, 4, step);
      disturbance.action.forEach((value, i) => {
        const deviation = value - (policy.preAction[i] ?? Number.NaN);
        sums[i] = (sums[i] ?? 0) + deviation;
        squares[i] = (squares[i] ?? 0) + deviation ** 2;
      });
    }
    for (let i = 0; i < 17; i++) {
      const std = Math.exp(policy.logStd?.[i] ?? Number.NaN);
      const mean = (sums[i] ?? Number.NaN) / count;
      expect(Math.abs(mean)).toBeLessThan(0.1 * std);
      expect(Math.abs(Math.sqrt((squares[i] ?? 0) / count - mean ** 2) / std - 1)).toBeLessThan(0.05);
    }
  });

  it("are clipped as the policy's own are, and the same for the same seed", async () => {
    const world = await play(4);
    world.disturbance.sampled = true;
    const first = await steps(world, 10);
    for (const action of first) expect(Math.max(...action.map(Math.abs))).toBeLessThanOrEqual(0.4000000059604645);
    world.reset({ seed: 4 });
    expect(await steps(world, 10)).toEqual(first);
  });
});
