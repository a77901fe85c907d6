import { afterEach, beforeEach, expect, it } from "vitest";
import type { PushMark, RandomPushes } from "../../../src/protocol";
import type { Simulation } from "../../../src/worker/simulation/simulation";
import { playedBundle } from "../../support/node";

const OFTEN: RandomPushes = { perMinute: 60, impulse: 12 };

let simulation: Simulation;
beforeEach(async () => {
  ({ simulation } = await playedBundle(3));
});
afterEach(() => simulation.dispose());

/** The pushes of `n` control steps, each with the step at which it began. */
async function pushes(n: number): Promise<{ step: number; mark: PushMark }[]> {
  const seen: { step: number; mark: PushMark }[] = [];
  let last = 0;
  for (let i = 0; i < n; i++) {
    await simulation.step();
    const mark = simulation.perturbations.pushes.at(-1);
    if (mark !== undefined && mark.id > last) {
      seen.push({ step: simulation.steps, mark });
      last = mark.id;
    }
  }
  return seen;
}

const bare = (seen: { step: number; mark: PushMark }[]) => seen.map(({ step, mark }) => [step, mark.impulse]);

it("come one in every period, level, with the strength asked for, at the root", async () => {
  simulation.randomPushes.set(OFTEN);
  const seen = await pushes(500);
  expect(seen.map(({ step }) => Math.floor((step - 1) / 100))).toEqual([0, 1, 2, 3, 4]);
  for (const { mark } of seen) {
    expect(mark.body).toBe("torso");
    expect(Math.hypot(...mark.impulse)).toBeCloseTo(12, 9);
    expect(mark.impulse[2]).toBe(0);
  }
  expect(new Set(seen.map(({ mark }) => mark.impulse[0])).size).toBe(5);
});

it("are the same for the same seed, and others for another", async () => {
  simulation.randomPushes.set(OFTEN);
  const first = bare(await pushes(200));
  const state = simulation.snapshot();
  simulation.reset({ seed: 3 });
  expect(bare(await pushes(200))).toEqual(first);
  expect(simulation.snapshot().qpos).toEqual(state.qpos);
  simulation.reset({ seed: 4 });
  expect(bare(await pushes(200))).not.toEqual(first);
});

it("of a moment do not depend on when the mode was turned on", async () => {
  simulation.randomPushes.set(OFTEN);
  const whole = bare(await pushes(300));
  simulation.randomPushes.set(null);
  simulation.reset({ seed: 3 });
  expect(await pushes(100)).toEqual([]);
  simulation.randomPushes.set(OFTEN);
  expect(bare(await pushes(200))).toEqual(whole.filter(([step]) => Number(step) > 100));
});

it("end with the mode, and are refused in words where they make no sense", async () => {
  simulation.randomPushes.set({ perMinute: 600, impulse: 5 });
  simulation.randomPushes.set(null);
  expect(await pushes(50)).toEqual([]);
  expect(() => simulation.randomPushes.set({ perMinute: 0, impulse: 5 })).toThrow("1 to 600 times a minute; got 0.");
  expect(() => simulation.randomPushes.set({ perMinute: 6, impulse: -5 })).toThrow("above 0 N·s; got -5.");
});
