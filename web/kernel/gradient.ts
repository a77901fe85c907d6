/** The backward pass of a dense layer; matrices and weights are laid out as in `dense`. */
import { TILE } from "./dense";

/** `dx = dy W` for each of `rows` rows of dy (`width` apart) and of dx (`xStride` apart). */
export function inputGradient(
  weights: usize,
  dy: usize,
  rows: i32,
  inputs: usize,
  width: usize,
  dx: usize,
  xStride: usize,
): void {
  for (let row = 0; row < rows; row++) {
    let w = weights;
    for (let i: usize = 0; i < inputs; i++) {
      let a0 = f64x2.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let from = dy;
      for (const end = dy + (width << 3); from < end; from += 64) {
        a0 = f64x2.add(a0, f64x2.mul(v128.load(from), f64x2.promote_low_f32x4(v128.load64_zero(w))));
        a1 = f64x2.add(a1, f64x2.mul(v128.load(from, 16), f64x2.promote_low_f32x4(v128.load64_zero(w, 8))));
        a2 = f64x2.add(a2, f64x2.mul(v128.load(from, 32), f64x2.promote_low_f32x4(v128.load64_zero(w, 16))));
        a3 = f64x2.add(a3, f64x2.mul(v128.load(from, 48), f64x2.promote_low_f32x4(v128.load64_zero(w, 24))));
        w += 32;
      }
      const sum = f64x2.add(f64x2.add(a0, a1), f64x2.add(a2, a3));
      f64.store(dx + (i << 3), f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
    }
    dy += width << 3;
    dx += xStride << 3;
  }
}

/** Adds `xᵀ dy`, summed over the rows, to the float64 matrix `dw` of `inputs` rows of `width` numbers. */
export function weightGradient(
  x: usize,
  xStride: usize,
  dy: usize,
  rows: i32,
  inputs: usize,
  width: usize,
  dw: usize,
): void {
  for (let i: usize = 0; i < inputs; i++) {
    for (let o: usize = 0; o < width; o += TILE) {
      addRows(x + (i << 3), xStride, dy + (o << 3), rows, width, dw + ((i * width + o) << 3));
    }
  }
}

/** Adds the sum of dy's rows to the `width` numbers `db`. `one` is the address of a float64 1. */
export function biasGradient(one: usize, dy: usize, rows: i32, width: usize, db: usize): void {
  for (let o: usize = 0; o < width; o += TILE) addRows(one, 0, dy + (o << 3), rows, width, db + (o << 3));
}

/** Adds a tile of dy, each row times its number of x, to the tile `sum`. */
function addRows(x: usize, xStride: usize, dy: usize, rows: i32, width: usize, sum: usize): void {
  let a0 = v128.load(sum);
  let a1 = v128.load(sum, 16);
  let a2 = v128.load(sum, 32);
  let a3 = v128.load(sum, 48);
  let a4 = v128.load(sum, 64);
  let a5 = v128.load(sum, 80);
  let a6 = v128.load(sum, 96);
  let a7 = v128.load(sum, 112);
  for (let row = 0; row < rows; row++) {
    const v = v128.load64_splat(x);
    a0 = f64x2.add(a0, f64x2.mul(v, v128.load(dy)));
    a1 = f64x2.add(a1, f64x2.mul(v, v128.load(dy, 16)));
    a2 = f64x2.add(a2, f64x2.mul(v, v128.load(dy, 32)));
    a3 = f64x2.add(a3, f64x2.mul(v, v128.load(dy, 48)));
    a4 = f64x2.add(a4, f64x2.mul(v, v128.load(dy, 64)));
    a5 = f64x2.add(a5, f64x2.mul(v, v128.load(dy, 80)));
    a6 = f64x2.add(a6, f64x2.mul(v, v128.load(dy, 96)));
    a7 = f64x2.add(a7, f64x2.mul(v, v128.load(dy, 112)));
    x += xStride << 3;
    dy += width << 3;
  }
  v128.store(sum, a0);
  v128.store(sum, a1, 16);
  v128.store(sum, a2, 32);
  v128.store(sum, a3, 48);
  v128.store(sum, a4, 64);
  v128.store(sum, a5, 80);
  v128.store(sum, a6, 96);
  v128.store(sum, a7, 112);
}
