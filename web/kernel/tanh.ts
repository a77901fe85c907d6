/**
 * `tanh` of two numbers at once, to the last bit as ONNX Runtime Web computes it: the form of fdlibm and musl.
 *
 * Source: musl 1.2, src/math/{tanh,expm1}.c. Both branch on the high word of |x|; here every branch is computed, and a mask
 * selects. `high(w)` is the smallest number with the high word `w`.
 */

const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
const Q1: f64 = -0.03333333333333313;
const Q2: f64 = 0.0015873015872548146;
const Q3: f64 = -7.93650757867488e-5;
const Q4: f64 = 4.008217827329362e-6;
const Q5: f64 = -2.0109921818362437e-7;

function high(word: u64): v128 {
  return f64x2.splat(reinterpret<f64>(word << 32));
}

function select(mask: v128, yes: v128, no: v128): v128 {
  return v128.bitselect(yes, no, mask);
}

export function tanh(x: v128): v128 {
  const one = f64x2.splat(1);
  const two = f64x2.splat(2);
  const y = f64x2.abs(x);
  // tanh is t / (t + 2) of t = expm1(2y); below log(5/3)/2 of t = expm1(-2y), above log(3)/2 as 1 - 2 / (t + 2).
  const small = f64x2.lt(y, high(0x3fd058af));
  const t = expm1(f64x2.mul(y, select(small, f64x2.splat(-2), two)));
  const below = f64x2.add(t, two);
  const large = f64x2.ge(y, high(0x3fe193eb));
  const ratio = f64x2.div(select(large, two, t), below);
  let result = select(large, f64x2.sub(one, ratio), f64x2.abs(ratio));
  // Above 20 it is 1.
  result = select(f64x2.ge(y, high(0x40340001)), one, result);
  return v128.or(result, v128.and(x, f64x2.splat(-0.0)));
}

/** `exp(x) - 1` for -0.6 < x < 60; beyond, any number. */
function expm1(given: v128): v128 {
  const half = f64x2.splat(0.5);
  const one = f64x2.splat(1);
  const size = f64x2.abs(given);
  const sign = v128.and(given, f64x2.splat(-0.0));
  // x = given - k ln 2, and c is what its rounding lost.
  let k = f64x2.trunc(f64x2.add(f64x2.mul(given, f64x2.splat(Math.LOG2E)), half));
  k = select(f64x2.lt(size, high(0x3ff0a2b2)), v128.or(one, sign), k);
  k = v128.and(k, f64x2.ge(size, high(0x3fd62e43)));
  const upper = f64x2.sub(given, f64x2.mul(k, f64x2.splat(LN2_HIGH)));
  const lower = f64x2.mul(k, f64x2.splat(LN2_LOW));
  const x = f64x2.sub(upper, lower);
  const c = f64x2.sub(f64x2.sub(upper, x), lower);

  const halfX = f64x2.mul(x, half);
  const square = f64x2.mul(x, halfX);
  let r = f64x2.add(f64x2.splat(Q4), f64x2.mul(square, f64x2.splat(Q5)));
  r = f64x2.add(f64x2.splat(Q3), f64x2.mul(square, r));
  r = f64x2.add(f64x2.splat(Q2), f64x2.mul(square, r));
  r = f64x2.add(f64x2.splat(Q1), f64x2.mul(square, r));
  r = f64x2.add(one, f64x2.mul(square, r));
  const t = f64x2.sub(f64x2.splat(3), f64x2.mul(r, halfX));
  let e = f64x2.mul(square, f64x2.div(f64x2.sub(r, t), f64x2.sub(f64x2.splat(6), f64x2.mul(x, t))));
  e = f64x2.sub(f64x2.sub(f64x2.mul(x, f64x2.sub(e, c)), c), square);
  const rest = f64x2.sub(x, e);

  // exp(given) - 1 is 2^k (1 + rest) - 1. k = 57 and 58 need no form of their own: tanh is 1 there.
  const powers = i64x2.shl(i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k)), 52);
  const power = i64x2.add(one, powers);
  const inverse = i64x2.sub(one, powers);
  const middle = f64x2.mul(f64x2.add(rest, f64x2.sub(one, inverse)), power);
  const far = f64x2.mul(f64x2.add(f64x2.sub(x, f64x2.add(e, inverse)), one), power);
  let result = select(f64x2.lt(k, f64x2.splat(20)), middle, far);
  const doubled = select(
    f64x2.lt(x, f64x2.splat(-0.25)),
    f64x2.mul(f64x2.splat(-2), f64x2.sub(e, f64x2.add(x, half))),
    f64x2.add(one, f64x2.mul(f64x2.splat(2), rest)),
  );
  result = select(f64x2.eq(k, one), doubled, result);
  result = select(f64x2.eq(k, f64x2.splat(-1)), f64x2.sub(f64x2.mul(half, rest), half), result);
  return select(f64x2.eq(k, f64x2.splat(0)), rest, result);
}
