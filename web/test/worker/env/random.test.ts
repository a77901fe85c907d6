import { describe, expect, it } from "vitest";
import { Generator } from "../../../src/worker/env/random";
import fixture from "../../support/fixtures/numpy_draws.json";

describe("the generator is NumPy's", () => {
  it.each(fixture.rows)("draws seed $seed to the last bit: uniform, normal, and uniform again", (row) => {
    const generator = new Generator(row.seed);
    expect(row.uniform.map(() => generator.uniform(-0.01, 0.01))).toEqual(row.uniform);
    expect(row.normal.map(() => generator.standardNormal())).toEqual(row.normal);
    expect(row.after.map(() => generator.uniform(-0.5, 0.75))).toEqual(row.after);
  });

  it("stays in step through 20,000 normals, the ziggurat's wedges and tail included", () => {
    const { seed, count, every_hundredth, largest, uniform_after } = fixture.long;
    const generator = new Generator(seed);
    const draws = Array.from({ length: count }, () => generator.standardNormal());
    expect(draws.filter((_, i) => i % 100 === 0)).toEqual(every_hundredth);
    expect(Math.abs(largest.value)).toBeGreaterThan(3.654152885361009);
    // The tail takes a logarithm: one unit in the last place is granted there (and nowhere else).
    expect(draws[largest.index]).toBeCloseTo(largest.value, 14);
    expect(generator.uniform(0, 1)).toBe(uniform_after);
  });

  it.each([
    [[7, 2, 0], [0.17511970440671426, -0.5107079816850526], 0.9337384056832592],
    [[2 ** 40 + 3, 3, 512], [1.9234391937893065, -0.5171445013342048], 0.768120027691915],
    [[0, 4, 2 ** 31], [0.2336270870827717, -0.6086309345852159], 0.5084748800715638],
  ] as const)("draws the streams of a seed to the last bit: %j", (entropy, normals, uniform) => {
    // default_rng(entropy): two standard_normal(), one uniform()
    const generator = new Generator(entropy);
    expect(normals.map(() => generator.standardNormal())).toEqual(normals);
    expect(generator.uniform(0, 1)).toBe(uniform);
  });

  it("tells neighbouring seeds apart", () => {
    for (const row of fixture.rows) {
      expect(new Generator(row.seed === 0 ? 1 : row.seed - 1).uniform(-0.01, 0.01)).not.toBe(row.uniform[0]);
    }
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])("refuses the seed %s in words", (seed) => {
    expect(() => new Generator(seed)).toThrow(/non-negative integer/);
  });
});
