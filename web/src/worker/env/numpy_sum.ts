/**
 * `np.sum` of contiguous float64 and float32 arrays of at most 128 elements: eight running sums, so that the rounding is
 * NumPy's. (Longer ones NumPy halves first: there the last bits may differ.)
 *
 * Source: numpy/_core/src/umath/loops_utils.h.src
 */
export function pairwiseSum(values: Float64Array): number {
  const n = values.length;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  const whole = n - (n % 8);
  for (let i = 0; i < whole; i += 8) {
    a += values[i] as number;
    b += values[i + 1] as number;
    c += values[i + 2] as number;
    d += values[i + 3] as number;
    e += values[i + 4] as number;
    f += values[i + 5] as number;
    g += values[i + 6] as number;
    h += values[i + 7] as number;
  }
  let sum = a + b + (c + d) + (e + f + (g + h));
  for (let i = whole; i < n; i++) sum += values[i] as number;
  return sum;
}

/** The eight running sums: used within one call, never across. */
const partial = new Float32Array(8);

/** The same in float32: every partial sum is rounded. */
export function pairwiseSumFloat32(values: Float32Array): number {
  const whole = values.length - (values.length % 8);
  partial.fill(0);
  for (let i = 0; i < whole; i++) partial[i % 8] = (partial[i % 8] as number) + (values[i] as number);
  const pair = (i: number): number => Math.fround((partial[i] as number) + (partial[i + 1] as number));
  let sum = Math.fround(Math.fround(pair(0) + pair(2)) + Math.fround(pair(4) + pair(6)));
  for (let i = whole; i < values.length; i++) sum = Math.fround(sum + (values[i] as number));
  return sum;
}
