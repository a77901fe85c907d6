import { expect, it } from "vitest";
import { byAxes } from "../../../src/ui/manual/gamepads";

const limits = { low: [-1, 0, -0.4], high: [1, 10, 0.4] };
const held = [
  { actuator: 1, value: 3 },
  { actuator: 2, value: 0.1 },
];

it("puts what is held where a stick moved, from end to end of its range", () => {
  expect(byAxes(held, [0, 0], [1, -1, 0.5], limits)).toEqual([
    { actuator: 1, value: 10 },
    { actuator: 2, value: -0.4 },
  ]);
  expect(byAxes(held, [0, 0], [0.5, 0], limits)).toEqual([{ actuator: 1, value: 7.5 }, held[1]]);
});

it("leaves to the slider what its stick does not move, and takes a stick at rest for the middle", () => {
  expect(byAxes(held, [0.3, -0.02], [0.3, -0.02], limits)).toBe(held);
  expect(byAxes(held, [], [0.7, 0.7], limits)).toBe(held);
  expect(byAxes(held, [0.9, 0], [0.05, 0], limits)).toEqual([{ actuator: 1, value: 5 }, held[1]]);
  expect(byAxes(held, [0], [0], limits)).toBe(held);
});
