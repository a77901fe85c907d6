import { describe, expect, it } from "vitest";
import { pairwiseSum, pairwiseSumFloat32 } from "../../../src/worker/env/numpy_sum";

/** `1 / (i + 1)` for i < n: no sum of these is exact. */
const harmonic = (n: number): number[] => Array.from({ length: n }, (_, i) => 1 / (i + 1));

/** NumPy 2.4: `np.sum(1 / np.arange(1, n + 1))`, and of the same rounded to float32. */
const NUMPY = [
  [1, 1.0, 1.0],
  [3, 1.8333333333333333, 1.8333333730697632],
  [7, 2.5928571428571425, 2.5928573608398438],
  [8, 2.7178571428571425, 2.7178573608398438],
  [17, 3.439552522640758, 3.4395527839660645],
  [84, 5.013973034584928, 5.013973236083984],
  [128, 5.433147092589173, 5.433147430419922],
] as const;

describe("sums are NumPy's to the last bit", () => {
  it.each(NUMPY)("of %i numbers", (n, float64, float32) => {
    expect(pairwiseSum(Float64Array.from(harmonic(n)))).toBe(float64);
    expect(pairwiseSumFloat32(Float32Array.from(harmonic(n)))).toBe(float32);
  });

  it("and not those of one running sum", () => {
    const float64 = harmonic(128).reduce((sum, x) => sum + x, 0);
    const float32 = harmonic(84).reduce((sum, x) => Math.fround(sum + Math.fround(x)), 0);
    expect(float64).not.toBe(pairwiseSum(Float64Array.from(harmonic(128))));
    expect(float32).not.toBe(pairwiseSumFloat32(Float32Array.from(harmonic(84))));
  });
});
