/** Outputs that are summed at once: eight vectors of two. */
export const TILE: usize = 16;

/**
 * `y = W x + b` for each of `rows` rows of x (`xStride` numbers apart) and of y (`width` apart).
 *
 * A tile of outputs takes all rows before the next one begins, so that its weights stay in the cache. A row's sums do not
 * depend on the others: a batch has the bits of single calls.
 */
export function dense(
  weights: usize,
  bias: usize,
  x: usize,
  xStride: usize,
  rows: i32,
  inputs: usize,
  y: usize,
  width: usize,
): void {
  const pitch = width << 2;
  for (let o: usize = 0; o < width; o += TILE) {
    const tile = weights + (o << 2);
    const biases = bias + (o << 3);
    let from = x;
    let to = y + (o << 3);
    for (let row = 0; row < rows; row++) {
      let a0 = f64x2.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let a4 = a0;
      let a5 = a0;
      let a6 = a0;
      let a7 = a0;
      const end = from + (inputs << 3);
      let w = tile;
      for (let at = from; at < end; at += 8) {
        const v = v128.load64_splat(at);
        a0 = f64x2.add(a0, f64x2.mul(v, f64x2.promote_low_f32x4(v128.load64_zero(w))));
        a1 = f64x2.add(a1, f64x2.mul(v, f64x2.promote_low_f32x4(v128.load64_zero(w, 8))));
        a2 = f64x2.add(a2, f64x2.mul(v, f64x2.promote_low_f32x4(v128.load64_zero(w, 16))));
        a3 = f64x2.add(a3, f64x2.mul(v, f64x2.promote_low_f32x4(v128.load64_zero(w, 24))));
        a4 = f64x2.add(a4, f64x2.mul(v, f64x2.promote_low_f32x4(v128.load64_zero(w, 32))));
        a5 = f64x2.add(a5, f64x2.mul(v, f64x2.promote_low_f32x4(v128.load64_zero(w, 40))));
        a6 = f64x2.add(a6, f64x2.mul(v, f64x2.promote_low_f32x4(v128.load64_zero(w, 48))));
        a7 = f64x2.add(a7, f64x2.mul(v, f64x2.promote_low_f32x4(v128.load64_zero(w, 56))));
        w += pitch;
      }
      v128.store(to, f64x2.add(a0, v128.load(biases)));
      v128.store(to, f64x2.add(a1, v128.load(biases, 16)), 16);
      v128.store(to, f64x2.add(a2, v128.load(biases, 32)), 32);
      v128.store(to, f64x2.add(a3, v128.load(biases, 48)), 48);
      v128.store(to, f64x2.add(a4, v128.load(biases, 64)), 64);
      v128.store(to, f64x2.add(a5, v128.load(biases, 80)), 80);
      v128.store(to, f64x2.add(a6, v128.load(biases, 96)), 96);
      v128.store(to, f64x2.add(a7, v128.load(biases, 112)), 112);
      from += xStride << 3;
      to += width << 3;
    }
  }
}
