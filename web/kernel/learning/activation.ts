/** The activations of the networks that learn, and their derivatives. */

/** The order is that of `LEARNED` in web/src/worker/training/trainable_mlp.ts. */
export enum Activation {
  Linear,
  Tanh,
  Relu,
}

const LOG2_E = <f32>Math.LOG2E;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;

/** `y = f(y)` of `count` numbers, a multiple of four. */
export function activate(kind: Activation, y: usize, count: usize): void {
  const end = y + (count << 2);
  if (kind === Activation.Tanh) for (; y < end; y += 16) v128.store(y, tanh(v128.load(y)));
  if (kind === Activation.Relu) for (; y < end; y += 16) v128.store(y, f32x4.max(v128.load(y), f32x4.splat(0)));
}

/** `dy = dy f'` of `count` numbers, a multiple of four, where y is what `activate` made. */
export function activateBackward(kind: Activation, y: usize, dy: usize, count: usize): void {
  const end = y + (count << 2);
  const one = f32x4.splat(1);
  if (kind === Activation.Tanh) {
    for (; y < end; y += 16, dy += 16) {
      const v = v128.load(y);
      v128.store(dy, f32x4.mul(v128.load(dy), f32x4.sub(one, f32x4.mul(v, v))));
    }
  }
  if (kind === Activation.Relu) {
    for (; y < end; y += 16, dy += 16) {
      v128.store(dy, v128.and(v128.load(dy), f32x4.gt(v128.load(y), f32x4.splat(0))));
    }
  }
}

/**
 * Within 2 units in the last place: a polynomial below 0.625, and above it 1 - 2 / (exp(2 |x|) + 1).
 *
 * Source: Cephes 2.8, single/tanhf.c and single/expf.c.
 */
function tanh(x: v128): v128 {
  const size = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  let p = f32x4.add(f32x4.mul(square, f32x4.splat(-5.70498872745e-3)), f32x4.splat(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(-3.33332819422e-1));
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, square), x), x);

  const one = f32x4.splat(1);
  const e = exp(f32x4.min(f32x4.add(size, size), f32x4.splat(40)));
  const far = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(e, one)));
  const signed = v128.or(far, v128.and(x, f32x4.splat(-0.0)));
  // A number that is none stays none: it is not below 0.625, and `far` of it is none.
  return v128.bitselect(near, signed, f32x4.lt(size, f32x4.splat(0.625)));
}

/** Of -40 < x < 40. */
function exp(x: v128): v128 {
  const k = f32x4.floor(f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(0.5)));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(k, f32x4.splat(LN2_HIGH))), f32x4.mul(k, f32x4.splat(LN2_LOW)));
  let p = f32x4.add(f32x4.mul(r, f32x4.splat(1.98756915e-4)), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(k), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}
