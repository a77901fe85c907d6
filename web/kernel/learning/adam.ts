/** Steps of the parameters, all of a network's at once; `count` is a multiple of four. */

/** Smaller moments count as zero: numbers below float32's normal range are slow, and torch's own go on for ever. */
const SMALLEST: f32 = 1e-30;

/**
 * One step of Adam along `scale` times the gradient. `rate` is the learning rate divided by 1 - beta1ⁿ, and `correction` is √(1 - beta2ⁿ).
 *
 * Source: Kingma and Ba, 2015 (arXiv:1412.6980), as torch.optim.Adam computes it.
 */
export function adam(
  parameters: usize,
  gradient: usize,
  mean: usize,
  square: usize,
  count: usize,
  scale: f32,
  rate: f32,
  beta1: f32,
  beta2: f32,
  correction: f32,
  epsilon: f32,
): void {
  for (const end = parameters + (count << 2); parameters < end; parameters += 16) {
    const g = f32x4.mul(v128.load(gradient), f32x4.splat(scale));
    const m = f32x4.add(f32x4.mul(v128.load(mean), f32x4.splat(beta1)), f32x4.mul(g, f32x4.splat(1 - beta1)));
    const g2 = f32x4.mul(f32x4.mul(g, g), f32x4.splat(1 - beta2));
    const v = f32x4.add(f32x4.mul(v128.load(square), f32x4.splat(beta2)), g2);
    v128.store(mean, large(m));
    v128.store(square, large(v));
    const below = f32x4.add(f32x4.div(f32x4.sqrt(v), f32x4.splat(correction)), f32x4.splat(epsilon));
    const step = f32x4.div(f32x4.mul(m, f32x4.splat(rate)), below);
    v128.store(parameters, f32x4.sub(v128.load(parameters), step));
    gradient += 16;
    mean += 16;
    square += 16;
  }
}

/** The sum of the squares, in float64. */
export function squares(values: usize, count: usize): f64 {
  let even = f64x2.splat(0);
  let odd = even;
  for (const end = values + (count << 2); values < end; values += 16) {
    const low = f64x2.promote_low_f32x4(v128.load64_zero(values));
    const high = f64x2.promote_low_f32x4(v128.load64_zero(values, 8));
    even = f64x2.add(even, f64x2.mul(low, low));
    odd = f64x2.add(odd, f64x2.mul(high, high));
  }
  const sum = f64x2.add(even, odd);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Moves `values` by the fraction `tau` of the way to `goal`. */
export function approach(values: usize, goal: usize, tau: f32, count: usize): void {
  for (const end = values + (count << 2); values < end; values += 16, goal += 16) {
    const kept = f32x4.mul(v128.load(values), f32x4.splat(1 - tau));
    v128.store(values, f32x4.add(kept, f32x4.mul(v128.load(goal), f32x4.splat(tau))));
  }
}

/** NaN stays: a training that diverges has to be seen. */
function large(v: v128): v128 {
  return v128.andnot(v, f32x4.lt(f32x4.abs(v), f32x4.splat(SMALLEST)));
}
