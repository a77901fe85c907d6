/** The backward pass of a dense layer; matrices and weights are laid out as in `dense`. */
import { TILE } from "./dense";

/** `dx = dy W` for `rows` rows of dy (`width` apart) and of dx (`xStride` apart), two rows at a time. */
export function inputGradient(
  weights: usize,
  dy: usize,
  rows: i32,
  inputs: usize,
  width: usize,
  dx: usize,
  xStride: usize,
): void {
  const pitch = width << 2;
  for (let row = 0; row < rows; row += 2) {
    let w = weights;
    for (let i: usize = 0; i < inputs; i++) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let c0 = a0;
      let c1 = a0;
      let c2 = a0;
      let c3 = a0;
      for (let from = dy, end = dy + pitch; from < end; from += TILE << 2) {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const w2 = v128.load(w, 32);
        const w3 = v128.load(w, 48);
        a0 = f32x4.add(a0, f32x4.mul(v128.load(from), w0));
        a1 = f32x4.add(a1, f32x4.mul(v128.load(from, 16), w1));
        a2 = f32x4.add(a2, f32x4.mul(v128.load(from, 32), w2));
        a3 = f32x4.add(a3, f32x4.mul(v128.load(from, 48), w3));
        const second = from + pitch;
        c0 = f32x4.add(c0, f32x4.mul(v128.load(second), w0));
        c1 = f32x4.add(c1, f32x4.mul(v128.load(second, 16), w1));
        c2 = f32x4.add(c2, f32x4.mul(v128.load(second, 32), w2));
        c3 = f32x4.add(c3, f32x4.mul(v128.load(second, 48), w3));
        w += TILE << 2;
      }
      const to = dx + (i << 2);
      f32.store(to, sum(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3))));
      f32.store(to + (xStride << 2), sum(f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3))));
    }
    dy += pitch << 1;
    dx += xStride << 3;
  }
}

/** `dw = xᵀ dy`, summed over the rows, two inputs at a time: x's padding is zeros, and so are their weights' gradients. */
export function weightGradient(
  x: usize,
  xStride: usize,
  dy: usize,
  rows: i32,
  inputs: usize,
  width: usize,
  dw: usize,
): void {
  const pitch = width << 2;
  for (let i: usize = 0; i < inputs; i += 2) {
    for (let o: usize = 0; o < pitch; o += TILE << 2) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let c0 = a0;
      let c1 = a0;
      let c2 = a0;
      let c3 = a0;
      let at = x + (i << 2);
      let from = dy + o;
      for (let row = 0; row < rows; row++) {
        const u = v128.load32_splat(at);
        const v = v128.load32_splat(at, 4);
        const d0 = v128.load(from);
        const d1 = v128.load(from, 16);
        const d2 = v128.load(from, 32);
        const d3 = v128.load(from, 48);
        a0 = f32x4.add(a0, f32x4.mul(u, d0));
        a1 = f32x4.add(a1, f32x4.mul(u, d1));
        a2 = f32x4.add(a2, f32x4.mul(u, d2));
        a3 = f32x4.add(a3, f32x4.mul(u, d3));
        c0 = f32x4.add(c0, f32x4.mul(v, d0));
        c1 = f32x4.add(c1, f32x4.mul(v, d1));
        c2 = f32x4.add(c2, f32x4.mul(v, d2));
        c3 = f32x4.add(c3, f32x4.mul(v, d3));
        at += xStride << 2;
        from += pitch;
      }
      let to = dw + i * pitch + o;
      v128.store(to, a0);
      v128.store(to, a1, 16);
      v128.store(to, a2, 32);
      v128.store(to, a3, 48);
      to += pitch;
      v128.store(to, c0);
      v128.store(to, c1, 16);
      v128.store(to, c2, 32);
      v128.store(to, c3, 48);
    }
  }
}

/** The sum of dy's rows. */
export function biasGradient(dy: usize, rows: i32, width: usize, db: usize): void {
  const pitch = width << 2;
  for (let o: usize = 0; o < pitch; o += 16) {
    let a = f32x4.splat(0);
    let from = dy + o;
    for (let row = 0; row < rows; row++) {
      a = f32x4.add(a, v128.load(from));
      from += pitch;
    }
    v128.store(db + o, a);
  }
}

function sum(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2) + (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3));
}
