import { describe, expect, it } from "vitest";
import type { UniformPointDraw } from "../../../src/generated/bundle";
import { Generator } from "../../../src/worker/env/random";
import { drawInitialState } from "../../../src/worker/env/reset";

function point(bounds: Partial<UniformPointDraw>): Float64Array {
  const draw: UniformPointDraw = {
    distribution: "uniform_point",
    target: "qpos",
    from: 0,
    low: [-1, -1],
    high: [1, 1],
    norm_above: null,
    norm_below: null,
    ...bounds,
  };
  const qpos = new Float64Array(2);
  drawInitialState({ init_qpos: [0, 0], init_qvel: [], draws: [draw] }, new Generator(7), qpos, new Float64Array(0));
  return qpos;
}

describe("a point that is drawn again until its norm lies between bounds", () => {
  it("lies between them", () => {
    const [x, y] = point({ norm_above: 0.5, norm_below: 0.6 });
    expect(Math.hypot(x as number, y as number)).toBeGreaterThan(0.5);
    expect(Math.hypot(x as number, y as number)).toBeLessThan(0.6);
  });

  it("is given up in words where no point does", () => {
    expect(() => point({ norm_above: 10 })).toThrow(/none of 10,000 points had a norm between 10 and Infinity/);
    expect(() => point({ norm_above: Number.NaN })).toThrow(/none of 10,000 points/);
  });
});
