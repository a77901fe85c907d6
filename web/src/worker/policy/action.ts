/** From the network's output to the action given to the environment, as the manifest's `action` says. */
import type { Action } from "../../generated/bundle";

/**
 * `clip`: clipped to [low, high]. `tanh`: `tanh(x) * scale + bias`, then clipped. Where `pre_clip` stands, x was clipped to
 * ±pre_clip before. Computed in float64, kept in float32.
 */
export class ActionTransform {
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  private readonly scale: Float64Array | null;
  private readonly bias: Float64Array | null;
  private readonly preClip: number;

  constructor(spec: Action) {
    const bounds = (values: readonly number[] | null | undefined, name: string): Float64Array => {
      if (values?.length !== spec.size) throw new Error(`action.${name} needs ${spec.size} numbers, one per actuator.`);
      return Float64Array.from(values);
    };
    this.low = bounds(spec.low, "low");
    this.high = bounds(spec.high, "high");
    this.scale = spec.transform === "tanh" ? bounds(spec.scale, "scale") : null;
    this.bias = spec.transform === "tanh" ? bounds(spec.bias, "bias") : null;
    this.preClip = spec.pre_clip ?? Number.POSITIVE_INFINITY;
  }

  apply(preAction: ArrayLike<number>, action: Float32Array): void {
    const { low, high, scale, bias, preClip } = this;
    for (let i = 0; i < action.length; i++) {
      let value = Math.min(Math.max(preAction[i] as number, -preClip), preClip);
      if (scale !== null && bias !== null) value = Math.tanh(value) * (scale[i] as number) + (bias[i] as number);
      action[i] = Math.min(Math.max(value, low[i] as number), high[i] as number);
    }
  }
}
