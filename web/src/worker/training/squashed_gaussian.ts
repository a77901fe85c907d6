/** Draws of a Gaussian that tanh squashes, whose standard deviation depends on the state: SAC's policy. */
import type { Generator } from "../env/random";
import { LOG_STD_HIGH, LOG_STD_LOW } from "./collector";
import type { TrainableMlp } from "./trainable_mlp";

const HALF_LOG_2_PI = 0.5 * Math.log(2 * Math.PI);
/** Keeps the logarithm of 1 - tanh² finite. */
export const SQUASH_EPSILON = 1e-6;

/** Actions that the policy drew for a batch, with what their gradient needs. */
export interface Draw {
  /** After tanh, [rows, actuators]. */
  readonly action: Float64Array;
  readonly normal: Float64Array;
  readonly logStd: Float64Array;
  /** Whether the network's logarithm was within its bounds. */
  readonly free: Uint8Array;
  readonly logProbability: Float64Array;
}

/** Actions for the actor's input of so many rows. */
export function drawSquashed(actor: TrainableMlp, generator: Pick<Generator, "standardNormal">, rows: number): Draw {
  const m = actor.outputs / 2;
  actor.forward(rows);
  const size = rows * m;
  const draw: Draw = {
    action: new Float64Array(size),
    normal: new Float64Array(size),
    logStd: new Float64Array(size),
    free: new Uint8Array(size),
    logProbability: new Float64Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < m; i++) {
      const at = row * m + i;
      const raw = actor.output(row, m + i);
      const logStd = Math.min(Math.max(raw, LOG_STD_LOW), LOG_STD_HIGH);
      const normal = generator.standardNormal();
      const action = Math.tanh(actor.output(row, i) + Math.exp(logStd) * normal);
      draw.action[at] = action;
      draw.normal[at] = normal;
      draw.logStd[at] = logStd;
      draw.free[at] = Number(raw >= LOG_STD_LOW && raw <= LOG_STD_HIGH);
      draw.logProbability[row] =
        (draw.logProbability[row] as number) -
        (0.5 * normal * normal + logStd + HALF_LOG_2_PI + Math.log(1 - action * action + SQUASH_EPSILON));
    }
  }
  return draw;
}
