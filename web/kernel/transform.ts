/** What stands before and after the layers: the observation's normalisation, and the action's bounds. */
import { tanh } from "./tanh";

/** `std = sqrt(variance + epsilon)` of `count` numbers, an even one. */
export function deviation(variance: usize, epsilon: f64, std: usize, count: usize): void {
  for (const end = variance + (count << 3); variance < end; variance += 16, std += 16) {
    v128.store(std, f64x2.sqrt(f64x2.add(v128.load(variance), f64x2.splat(epsilon))));
  }
}

/** `(x - mean) / std`, clipped to ±`clip`, and rounded to float32: as training saw it. x may be y. */
export function normalize(x: usize, mean: usize, std: usize, clip: f64, y: usize, count: usize): void {
  const high = f64x2.splat(clip);
  const low = f64x2.splat(-clip);
  for (const end = x + (count << 3); x < end; x += 16, y += 16, mean += 16, std += 16) {
    const scaled = f64x2.div(f64x2.sub(v128.load(x), v128.load(mean)), v128.load(std));
    const clipped = f64x2.min(f64x2.max(scaled, low), high);
    v128.store(y, f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(clipped)));
  }
}

/**
 * From the network's output to the action, float32: clipped to ±`preClip`, then, where `squash`, `tanh(x) * scale + bias`,
 * then clipped to [low, high]. `count` numbers, an even one; all but the action are float64.
 */
export function boundedAction(
  preAction: usize,
  preClip: f64,
  squash: bool,
  scale: usize,
  bias: usize,
  low: usize,
  high: usize,
  action: usize,
  count: usize,
): void {
  const bound = f64x2.splat(preClip);
  const lower = f64x2.splat(-preClip);
  for (let at: usize = 0; at < count << 3; at += 16) {
    let x = f64x2.min(f64x2.max(v128.load(preAction + at), lower), bound);
    if (squash) x = f64x2.add(f64x2.mul(tanh(x), v128.load(scale + at)), v128.load(bias + at));
    x = f64x2.min(f64x2.max(x, v128.load(low + at)), v128.load(high + at));
    v128.store64_lane(action + (at >> 1), f32x4.demote_f64x2_zero(x), 0);
  }
}
