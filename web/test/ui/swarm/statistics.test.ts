import { describe, expect, it } from "vitest";
import type { EndedEpisode } from "../../../src/protocol";
import { histogram, meanOf, survival } from "../../../src/ui/swarm/statistics";

const fell = (episodeLength: number): EndedEpisode => ({ seed: 0, episodeReturn: 0, episodeLength, terminated: true });
const lasted = (episodeLength: number): EndedEpisode => ({ ...fell(episodeLength), terminated: false });
const at = (curve: ReturnType<typeof survival>, steps: number) =>
  curve.filter((point) => point.steps <= steps).at(-1)?.share;

describe("the survival curve", () => {
  it("is the share of those that were still up, where all have fallen", () => {
    const curve = survival([10, 20, 20, 40].map(fell), []);
    expect([5, 10, 19, 20, 39, 40].map((steps) => at(curve, steps))).toEqual([1, 0.75, 0.75, 0.25, 0.25, 0]);
  });

  it("counts those that were truncated or still run for as long as they lasted (Kaplan and Meier)", () => {
    // The textbook's example: falls at 6, 6, 6, 7, 10; censored at 6, 9, 10.
    const curve = survival([fell(6), fell(6), fell(6), fell(7), fell(10), lasted(9), lasted(10)], Int32Array.of(6));
    expect(at(curve, 6)).toBeCloseTo(5 / 8, 12);
    expect(at(curve, 7)).toBeCloseTo((5 / 8) * (3 / 4), 12);
    expect(at(curve, 10)).toBeCloseTo((5 / 8) * (3 / 4) * (1 / 2), 12);
  });

  it("is flat where nobody fell, as far as somebody has come", () => {
    expect(survival([], Int32Array.of(3, 70, 12))).toEqual([
      { steps: 0, share: 1 },
      { steps: 70, share: 1 },
    ]);
  });
});

describe("the histogram of returns", () => {
  it("has every return in one of its columns, the greatest in the last", () => {
    const columns = histogram([0, 1, 2, 3, 4, 10], 5);
    expect(columns.map(({ count }) => count)).toEqual([2, 2, 1, 0, 1]);
    expect([columns[0]?.from, columns.at(-1)?.to]).toEqual([0, 10]);
  });

  it("holds where all are equal, and has no column where there are none", () => {
    expect(histogram([5, 5], 4).map(({ count }) => count)).toEqual([2, 0, 0, 0]);
    expect(histogram([], 4)).toEqual([]);
  });
});

describe("mean and deviation", () => {
  it("are NumPy's", () => {
    expect(meanOf([1, 2, 3, 4])).toEqual({ mean: 2.5, std: Math.sqrt(1.25) });
    expect(meanOf([])).toBeNull();
  });
});
