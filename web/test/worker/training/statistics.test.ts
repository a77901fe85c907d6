/** Moments that were gathered in parts are those of the whole. */
import { expect, it } from "vitest";
import { Generator } from "../../../src/worker/env/random";
import { ObservationMoments } from "../../../src/worker/training/statistics";

it("has the moments of all numbers, however they are parted", () => {
  const generator = new Generator(3);
  const rows = Array.from({ length: 500 }, () => Float64Array.of(generator.standardNormal() * 3 + 100, 7));
  const whole = new ObservationMoments(2);
  for (const row of rows) whole.add(row);
  const merged = new ObservationMoments(2);
  for (const [from, to] of [
    [0, 0],
    [0, 17],
    [17, 400],
    [400, 500],
  ] as const) {
    const part = new ObservationMoments(2);
    for (const row of rows.slice(from, to)) part.add(row);
    merged.merge(part.copy());
  }
  const mean = rows.reduce((sum, [x = 0]) => sum + x, 0) / rows.length;
  const variance = rows.reduce((sum, [x = 0]) => sum + (x - mean) ** 2, 0) / rows.length;
  expect(merged.count).toBe(500);
  expect(merged.mean[0]).toBeCloseTo(mean, 10);
  expect(merged.variance()[0]).toBeCloseTo(variance, 10);
  expect(merged.variance()[0]).toBeCloseTo(whole.variance()[0] as number, 10);
  // What never moves is not divided by nothing.
  expect(merged.variance()[1]).toBe(1);
});
