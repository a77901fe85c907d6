/** Indicators: observations that are rare in training, and actuators at their limits. */
import type { Manifest } from "../../generated/bundle";

/** Standard deviations of the training's observations beyond which a number counts as unusual. */
export const UNUSUAL_SIGMA = 5;

export interface Unusual {
  readonly count: number;
  /** The number farthest from the training's mean, and its signed distance in standard deviations. */
  readonly worst: number;
  readonly sigma: number;
}

/** Of an observation in the training's standard deviations. */
export function unusualOf(normalized: Float32Array): Unusual {
  let count = 0;
  let worst = 0;
  for (let k = 0; k < normalized.length; k++) {
    const distance = Math.abs(normalized[k] as number);
    if (distance > UNUSUAL_SIGMA) count += 1;
    if (distance > Math.abs(normalized[worst] as number)) worst = k;
  }
  return { count, worst, sigma: normalized[worst] ?? 0 };
}

/** Where a value stands between an actuator's limits: -1 and 1 are the limits. */
export function shareOf({ low, high }: Manifest["action"], actuator: number, value: number): number {
  const [least, most] = [low[actuator] ?? -1, high[actuator] ?? 1];
  const share = (value - (least + most) / 2) / ((most - least) / 2 || 1);
  return Math.max(-1, Math.min(1, share));
}

/** Whether a value is at a limit, as closely as float32 can say. */
export function isSaturated(action: Manifest["action"], actuator: number, value: number): boolean {
  return Math.abs(shareOf(action, actuator, value)) > 0.9999;
}
