import { describe, expect, it } from "vitest";
import type { Action } from "../../../src/generated/bundle";
import { ActionTransform } from "../../../src/worker/policy/action";

const BOUNDS = { size: 3, low: [-1, -1, -1], high: [1, 1, 1], names: ["a", "b", "c"] };

function applied(spec: Action, preAction: readonly number[]): number[] {
  const action = new Float32Array(spec.size);
  new ActionTransform(spec).apply(preAction, action);
  return Array.from(action);
}

describe("the action transform", () => {
  it("clips to the environment's bounds", () => {
    expect(applied({ ...BOUNDS, transform: "clip" }, [-3, 0.25, 9])).toEqual([-1, 0.25, 1]);
  });

  it("squashes, rescales and shifts", () => {
    const spec: Action = { ...BOUNDS, transform: "tanh", scale: [0.5, 2, 1], bias: [0, 0, 0.5] };
    const expected = [0.5 * Math.tanh(1), 2 * Math.tanh(-0.2), 0.5].map(Math.fround);
    expect(applied(spec, [1, -0.2, 0])).toEqual(expected);
  });

  it("bounds what it is given before the tanh, where the manifest says so", () => {
    const spec: Action = { ...BOUNDS, transform: "tanh", scale: [1, 1, 1], bias: [0, 0, 0], pre_clip: 2 };
    const expected = [Math.tanh(-2), Math.tanh(1.5), Math.tanh(2)].map(Math.fround);
    expect(applied(spec, [-7, 1.5, 2.01])).toEqual(expected);
    expect(applied({ ...spec, pre_clip: null }, [-7, 1.5, 2.01])).not.toEqual(expected);
  });
});
