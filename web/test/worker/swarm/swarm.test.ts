/** Bodies that share one world: each has the bits that it has alone, however many there are and however they are shared out. */
import { afterAll, describe, expect, it } from "vitest";
import { readBundle } from "../../../src/worker/bundle/bundle";
import { KernelPolicy } from "../../../src/worker/policy/kernel/kernel_policy";
import { COUNTERS, COUNTERS_SIZE } from "../../../src/worker/simulation/episode_counters";
import { Simulation } from "../../../src/worker/simulation/simulation";
import { type NextSeed, Swarm } from "../../../src/worker/swarm/swarm";
import { BALANCE_BOT_BUNDLE, DEFAULT_BUNDLE, nodeEngine, readFrom } from "../../support/node";

const worlds: { dispose(): void }[] = [];
afterAll(() => {
  for (const world of worlds) world.dispose();
});

async function swarmOf(folder: string, slots: number, nextSeed: NextSeed): Promise<Swarm> {
  const swarm = new Swarm(await nodeEngine(), await readBundle(readFrom(folder)), slots, nextSeed);
  worlds.push(swarm);
  swarm.begin();
  return swarm;
}

async function alone(folder: string, seed: number): Promise<Simulation> {
  const bundle = await readBundle(readFrom(folder));
  const simulation = new Simulation(await nodeEngine(), bundle.manifest, bundle.xml, bundle.assets);
  worlds.push(simulation);
  simulation.policy = KernelPolicy.load(bundle.policy, bundle.manifest);
  simulation.reset({ seed });
  return simulation;
}

/** First seed and stride, as a worker of `workers` has them. */
const seeds =
  (first: number, stride: number): NextSeed =>
  (slot, previous) =>
    previous === null ? first + slot : previous + stride;

const entry = (swarm: Swarm, slot: number, index: number) => swarm.counters[slot * COUNTERS_SIZE + index];

function posesOf(simulation: Simulation): Float32Array {
  const poses = new Float32Array(7 * simulation.physics.model.nbody);
  simulation.writePoses(poses);
  return poses;
}

function posesIn(swarm: Swarm, slot: number): Float32Array {
  const width = swarm.poses.length / swarm.slots;
  return swarm.poses.slice(slot * width, (slot + 1) * width);
}

describe("a swarm", () => {
  it.each([
    ["the default humanoid", DEFAULT_BUNDLE],
    ["the balance bot, whose episodes end", BALANCE_BOT_BUNDLE],
  ])("plays each body of %s to the bit as it plays alone, over 300 steps", async (_, folder) => {
    const swarm = await swarmOf(folder, 4, seeds(10, 4));
    const single = await alone(folder, 12);
    for (let step = 0; step < 300; step++) {
      swarm.step();
      await single.step();
      expect(posesIn(swarm, 2)).toEqual(posesOf(single));
      expect(entry(swarm, 2, COUNTERS.reward)).toBe(single.reward);
    }
    expect(entry(swarm, 2, COUNTERS.episodeReturn)).toBe(single.episodeReturn);
    expect(swarm.ended).toEqual([]);
  });

  it("gives the same bodies whether one world or three share them out", async () => {
    const whole = await swarmOf(BALANCE_BOT_BUNDLE, 6, seeds(0, 6));
    const shares = await Promise.all(
      [0, 1, 2].map((worker) => swarmOf(BALANCE_BOT_BUNDLE, 2, (slot) => worker + 3 * slot)),
    );
    for (let step = 0; step < 60; step++) for (const swarm of [whole, ...shares]) swarm.step();
    for (let body = 0; body < 6; body++) {
      expect(posesIn(shares[body % 3] as Swarm, Math.floor(body / 3))).toEqual(posesIn(whole, body));
    }
  });

  it("pays a reward that looks back on the step before, as alone", async () => {
    // HumanoidBalance and BalanceBot pay for states; a push makes every number of theirs move.
    const swarm = await swarmOf(DEFAULT_BUNDLE, 2, seeds(3, 2));
    const single = await alone(DEFAULT_BUNDLE, 4);
    swarm.push([12, 0, 0], 1);
    single.perturbations.push("torso", [12, 0, 0]);
    for (let step = 0; step < 120; step++) {
      swarm.step();
      await single.step();
      expect(entry(swarm, 1, COUNTERS.reward)).toBe(single.reward);
    }
    expect(posesIn(swarm, 1)).toEqual(posesOf(single));
    expect(posesIn(swarm, 0)).not.toEqual(posesOf(single));
  });

  it("pushes at random by each body's own seed, as alone", async () => {
    const swarm = await swarmOf(DEFAULT_BUNDLE, 3, seeds(7, 3));
    const single = await alone(DEFAULT_BUNDLE, 8);
    swarm.setRandomPushes({ perMinute: 60, impulse: 15 });
    single.randomPushes.set({ perMinute: 60, impulse: 15 });
    for (let step = 0; step < 200; step++) {
      swarm.step();
      await single.step();
    }
    expect(posesIn(swarm, 1)).toEqual(posesOf(single));
  });

  it("goes on with the next seed where an episode ends, and tells it", async () => {
    const swarm = await swarmOf(BALANCE_BOT_BUNDLE, 2, seeds(0, 2));
    swarm.policyOn = false;
    while (swarm.ended.length < 4) swarm.step();
    const [first] = swarm.ended;
    expect(new Set(swarm.ended.slice(0, 2).map(({ seed }) => seed))).toEqual(new Set([0, 1]));
    expect(first?.terminated).toBe(true);
    expect(first?.episodeLength).toBeGreaterThan(5);
    const single = await alone(BALANCE_BOT_BUNDLE, first?.seed ?? 0);
    single.policy = null;
    while (!single.ended) await single.step();
    expect([first?.episodeReturn, first?.episodeLength]).toEqual([single.episodeReturn, single.episodeLength]);
  });

  it("rests where there is no next seed", async () => {
    const swarm = await swarmOf(BALANCE_BOT_BUNDLE, 2, (slot, previous) =>
      previous === null && slot === 0 ? 5 : null,
    );
    swarm.policyOn = false;
    for (let step = 0; step < 400; step++) swarm.step();
    expect(swarm.ended.map(({ seed }) => seed)).toEqual([5]);
    expect(Array.from(swarm.running)).toEqual([0, 0]);
  });

  it("hands a body to another world and back, to the bit", async () => {
    const swarm = await swarmOf(BALANCE_BOT_BUNDLE, 2, seeds(0, 2));
    const other = await swarmOf(BALANCE_BOT_BUNDLE, 1, seeds(50, 1));
    for (const steps of [0, 40]) {
      for (let step = 0; step < steps; step++) swarm.step();
      other.put(0, structuredClone(swarm.moment(1)));
      expect(posesIn(other, 0)).toEqual(posesIn(swarm, 1));
      for (let step = 0; step < 50; step++) {
        swarm.step();
        other.step();
      }
      expect(posesIn(other, 0)).toEqual(posesIn(swarm, 1));
      expect(entry(other, 0, COUNTERS.steps)).toBe(entry(swarm, 1, COUNTERS.steps));
    }
  });
});
