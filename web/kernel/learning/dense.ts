/** Numbers that are summed at once: four vectors of four. */
export const TILE: usize = 16;

/** `y = W x + b` for `rows` rows of x (`xStride` numbers apart) and of y (`width` apart), two rows at a time. */
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
  const next = xStride << 2;
  for (let o: usize = 0; o < pitch; o += TILE << 2) {
    const b0 = v128.load(bias + o);
    const b1 = v128.load(bias + o, 16);
    const b2 = v128.load(bias + o, 32);
    const b3 = v128.load(bias + o, 48);
    let from = x;
    let to = y + o;
    for (let row = 0; row < rows; row += 2) {
      let a0 = b0;
      let a1 = b1;
      let a2 = b2;
      let a3 = b3;
      let c0 = b0;
      let c1 = b1;
      let c2 = b2;
      let c3 = b3;
      let w = weights + o;
      for (let at = from, end = from + (inputs << 2); at < end; at += 4) {
        const u = v128.load32_splat(at);
        const v = v128.load32_splat(at + next);
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const w2 = v128.load(w, 32);
        const w3 = v128.load(w, 48);
        a0 = f32x4.add(a0, f32x4.mul(u, w0));
        a1 = f32x4.add(a1, f32x4.mul(u, w1));
        a2 = f32x4.add(a2, f32x4.mul(u, w2));
        a3 = f32x4.add(a3, f32x4.mul(u, w3));
        c0 = f32x4.add(c0, f32x4.mul(v, w0));
        c1 = f32x4.add(c1, f32x4.mul(v, w1));
        c2 = f32x4.add(c2, f32x4.mul(v, w2));
        c3 = f32x4.add(c3, f32x4.mul(v, w3));
        w += pitch;
      }
      v128.store(to, a0);
      v128.store(to, a1, 16);
      v128.store(to, a2, 32);
      v128.store(to, a3, 48);
      to += pitch;
      v128.store(to, c0);
      v128.store(to, c1, 16);
      v128.store(to, c2, 32);
      v128.store(to, c3, 48);
      to += pitch;
      from += next << 1;
    }
  }
}
