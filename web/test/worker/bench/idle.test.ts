import { expect, it } from "vitest";
import { idle } from "../../../src/worker/bench/idle";

it("says how late each tick was, on the clock's own deadlines", async () => {
  let now = 100;
  const overshoots = [0, 2, 0.5, 0];
  const deadlines: number[] = [];
  const time = {
    now: () => now,
    sleepUntil: (deadline: number) => {
      now = deadline + (overshoots[deadlines.length] ?? 0);
      deadlines.push(deadline);
      return Promise.resolve();
    },
  };
  expect(Array.from(await idle(time, 10, 4))).toEqual(overshoots);
  expect(deadlines).toEqual([110, 120, 130, 140]);
});
