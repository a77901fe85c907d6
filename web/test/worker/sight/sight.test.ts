/** A policy that acts on what a network tells, the network and the pictures being the test's own. */
import { describe, expect, it } from "vitest";
import type { Estimator } from "../../../src/generated/bundle";
import type { SightEvent } from "../../../src/protocol";
import { readBundle } from "../../../src/worker/bundle/bundle";
import { KernelPolicy } from "../../../src/worker/policy/kernel/kernel_policy";
import type { PoseNetwork } from "../../../src/worker/sight/pose_network";
import { quaternionOf } from "../../../src/worker/sight/rotation";
import { Sight } from "../../../src/worker/sight/sight";
import { Simulation } from "../../../src/worker/simulation/simulation";
import { nodeEngine, REORIENT_BUNDLE, readFrom } from "../../support/node";

const ESTIMATOR: Estimator = {
  body: "lander",
  terms: ["quaternion", "up"],
  lens: { width: 8, height: 8, position: [3, 0, 1], target: [0, 0, 1], fov: 30 },
  parameters: 1,
  error: { median: 1, percentile_95: 2, pictures: 3 },
  recorded: [[1, 0, 0, 0, 1, 0]],
};

/** What a network that is never wrong says of the pixels of `look`. */
async function seeing(numbers: (rotation: Float64Array) => number[]) {
  const bundle = await readBundle(readFrom(REORIENT_BUNDLE));
  const simulation = new Simulation(await nodeEngine(), bundle.manifest, bundle.xml, bundle.assets);
  simulation.policy = KernelPolicy.load(bundle.policy, bundle.manifest);
  const told: SightEvent[] = [];
  const lander = 1;
  const network = {
    numbers: async () => Float32Array.from(numbers(simulation.physics.views.xmat.subarray(9 * lander, 9 * lander + 9))),
    dispose: async () => {},
  } as unknown as PoseNetwork;
  const sight = new Sight(ESTIMATOR, simulation, {
    look: async (poses) => new Uint8Array(3 * 64).fill(poses.length),
    load: async () => network,
    tell: (event) => told.push(event),
  });
  simulation.sight = sight;
  return { simulation, sight, told };
}

/** The first two columns, as six numbers. */
const columns = (rotation: Float64Array): number[] => [0, 3, 6, 1, 4, 7].map((at) => rotation[at] as number);

describe("Sight", () => {
  it("does nothing while it is off, and acts as a true network tells", async () => {
    const [blind, sighted] = [await seeing(columns), await seeing(columns)];
    sighted.sight.mode = "used";
    for (const { simulation } of [blind, sighted]) simulation.reset({ seed: 11 });
    for (let step = 0; step < 20; step++) {
      await blind.simulation.step();
      await sighted.simulation.step();
    }
    expect(blind.told).toEqual([]);
    expect(sighted.told.length).toBe(20);
    const [one, other] = [blind.simulation.snapshot(), sighted.simulation.snapshot()];
    // The network tells in float32, and a quaternion's sign is its own.
    for (let i = 4; i < 7; i++) expect(other.observation[i]).toBeCloseTo(one.observation[i] as number, 1);
    expect(Math.max(...sighted.told.map(({ error }) => error))).toBeLessThan(1e-4);
  });

  it("beside the policy, changes no number of the episode", async () => {
    const [blind, watched] = [await seeing(columns), await seeing(() => [0, 0, 1, 1, 0, 0])];
    watched.sight.mode = "beside";
    for (const { simulation } of [blind, watched]) simulation.reset({ seed: 4 });
    for (let step = 0; step < 30; step++) {
      await blind.simulation.step();
      await watched.simulation.step();
    }
    expect(watched.simulation.snapshot()).toEqual(blind.simulation.snapshot());
    expect(watched.sight.pictures.size).toBe(0);
    expect(watched.told.at(-1)?.error).toBeGreaterThan(1);
  });

  it("gives the policy the told attitude in place of the true one, and nothing else", async () => {
    const { simulation, sight } = await seeing(() => [0, 0, 1, 1, 0, 0]);
    sight.mode = "used";
    simulation.reset({ seed: 4 });
    const truth = simulation.observation.values.slice();
    const { seen } = await sight.see(simulation);
    const rotation = Float64Array.of(0, 1, 0, 0, 0, 1, 1, 0, 0);
    expect(Array.from(seen.subarray(0, 4))).toEqual(quaternionOf(rotation));
    expect(Array.from(seen.subarray(4, 7))).toEqual([1, 0, 0]);
    expect(seen.subarray(7)).toEqual(truth.subarray(7));
    expect(simulation.observation.values).toEqual(truth);
  });

  it("keeps the pictures of the episode that the policy acted on, until the next begins", async () => {
    const { simulation, sight } = await seeing(columns);
    sight.mode = "used";
    simulation.reset({ seed: 1 });
    for (let step = 0; step < 3; step++) await simulation.step();
    expect([...sight.pictures.keys()]).toEqual([0, 1, 2]);
    simulation.reset();
    expect(sight.pictures.size).toBe(0);
  });

  it("refuses terms and outputs that it does not know", async () => {
    const { simulation } = await seeing(columns);
    const means = { look: async () => new Uint8Array(), load: () => Promise.reject(new Error()), tell: () => {} };
    expect(() => new Sight({ ...ESTIMATOR, terms: ["angular_velocity"] }, simulation, means)).toThrow(
      /cannot tell "angular_velocity"/,
    );
    const other = { ...ESTIMATOR, output: "euler" as never };
    expect(() => new Sight(other, simulation, means)).toThrow(/euler/);
  });
});
