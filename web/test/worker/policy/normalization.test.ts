import { describe, expect, it } from "vitest";
import { Generator } from "../../../src/worker/env/random";
import { Normalizer } from "../../../src/worker/policy/normalization";
import fixture from "../../support/fixtures/running_statistics.json";

const { seed, scale, offset, steps, rows } = fixture;
const size = scale.length;

/** Runs through the fixture's observations; `disturb` may change one. Returns the first row that differs, or null. */
function firstDifference(disturb: (observation: Float64Array, step: number) => void = () => undefined): number | null {
  const normalizer = new Normalizer({ mode: "running", count: 1e-4 }, size);
  const generator = new Generator(seed);
  const observation = new Float64Array(size);
  const normalized = new Float32Array(size);
  for (let step = 0; step <= steps; step++) {
    for (let i = 0; i < size; i++) observation[i] = (offset[i] ?? 0) + (scale[i] ?? 0) * generator.uniform(-1, 1);
    disturb(observation, step);
    normalizer.observe(observation);
    normalizer.normalize(observation, normalized);
    const row = rows.find((candidate) => candidate.step === step);
    if (row === undefined) continue;
    const { mean, var: variance } = normalizer.statistics ?? { mean: [], var: [] };
    const pairs = [
      [mean, row.mean],
      [variance, row.var],
      [normalized, row.normalized],
    ] as const;
    if (!pairs.every(([actual, expected]) => expected.every((value, i) => Object.is(actual[i], value)))) return step;
  }
  return null;
}

describe("running normalisation is Gymnasium's wrapper", () => {
  it("matches mean, variance and the float32 output to the last bit over 1,200 steps", () => {
    expect(rows.map((row) => row.step)).toEqual([0, 1, 2, 9, 99, 999, 1200]);
    expect(firstDifference()).toBeNull();
  });

  it("notices one observation that differs in the last digits", () => {
    const disturb = (observation: Float64Array, step: number): void => {
      if (step === 100) observation[0] = (observation[0] ?? 0) + 1e-9;
    };
    expect(firstDifference(disturb)).toBe(999);
  });

  it("begins anew after a reset", () => {
    const normalizer = new Normalizer({ mode: "running", count: 1e-4 }, 2);
    const first = Float64Array.of(3, -4);
    normalizer.observe(first);
    const fresh = Array.from(normalizer.statistics?.mean ?? []);
    normalizer.observe(Float64Array.of(100, 7));
    expect(Array.from(normalizer.statistics?.mean ?? [])).not.toEqual(fresh);
    normalizer.reset();
    normalizer.observe(first);
    expect(Array.from(normalizer.statistics?.mean ?? [])).toEqual(fresh);
  });
});

describe("the other modes", () => {
  it("clips to the manifest's bound and rounds once to float32", () => {
    const normalizer = new Normalizer({ mode: "frozen", mean: [1, 0, 0], var: [4, 1, 1], epsilon: 0, clip: 10 }, 3);
    const normalized = new Float32Array(3);
    normalizer.normalize(Float64Array.of(2, 1e6, -1e6), normalized);
    expect(Array.from(normalized)).toEqual([0.5, 10, -10]);
  });

  it("feeds the policy statistics only while they run", () => {
    expect(new Normalizer({ mode: "frozen", mean: [0], var: [1] }, 1).fed).toBeNull();
    expect(new Normalizer({ mode: "none" }, 1).fed).toBeNull();
    expect(new Normalizer({ mode: "running", count: 1e-4 }, 1).fed).not.toBeNull();
  });

  it("raises where frozen statistics are missing or too short", () => {
    expect(() => new Normalizer({ mode: "frozen" }, 2)).toThrow(/2 numbers in `mean`/);
    expect(() => new Normalizer({ mode: "frozen", mean: [0, 0], var: [1] }, 2)).toThrow(/2 numbers in `var`/);
    expect(() => new Normalizer({ mode: "running" }, 2)).toThrow(/initial `count`/);
  });
});

describe("runs that training saw as zeros", () => {
  const given = Float64Array.of(1, 50, -60, 2);

  it("are zeros to the statistics and to the network, and the observation itself stays as it is", () => {
    const blind = new Normalizer({ mode: "running", count: 1e-4 }, 4, [[1, 3]]);
    const zeros = new Normalizer({ mode: "running", count: 1e-4 }, 4);
    const [one, other] = [new Float32Array(4), new Float32Array(4)];
    for (let step = 1; step < 5; step++) {
      const observation = given.map((x) => x * step);
      blind.observe(observation);
      zeros.observe(Float64Array.of(step, 0, 0, 2 * step));
      blind.normalize(observation, one);
      zeros.normalize(Float64Array.of(step, 0, 0, 2 * step), other);
      expect(observation).toEqual(given.map((x) => x * step));
      expect(one).toEqual(other);
    }
    expect(blind.statistics).toMatchObject({ mean: zeros.statistics?.mean, var: zeros.statistics?.var });
    expect(blind.fed).not.toBeNull();
  });

  it("are zeros without statistics, too", () => {
    const normalized = new Float32Array(4);
    new Normalizer({ mode: "none" }, 4, [[1, 3]]).normalize(given, normalized);
    expect(Array.from(normalized)).toEqual([1, 0, 0, 2]);
  });
});
