import { expect, it } from "vitest";
import type { Action } from "../../../src/generated/bundle";
import { isSaturated, shareOf, unusualOf } from "../../../src/ui/observation/indicators";

it("counts what lies beyond five deviations on either side, and names the farthest", () => {
  expect(unusualOf(Float32Array.from([0, 5, -5.1, 9, -3]))).toEqual({ count: 2, worst: 3, sigma: 9 });
  expect(unusualOf(Float32Array.from([1, -2]))).toEqual({ count: 0, worst: 1, sigma: -2 });
});

it("an actuator is saturated at its own limits alone", () => {
  const action: Action = { size: 2, low: [-0.4, 0], high: [0.4, 3], transform: "clip", names: ["", ""] };
  expect(shareOf(action, 1, 1.5)).toBe(0);
  const values = Float32Array.from([0.4, 0.39, -0.4, 0, 2.99, 3]);
  expect(Array.from(values, (value, k) => isSaturated(action, k < 3 ? 0 : 1, value))).toEqual([
    true,
    false,
    true,
    true,
    false,
    true,
  ]);
});
