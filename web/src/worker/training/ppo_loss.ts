/**
 * The loss of proximal policy optimisation on one minibatch, and its gradient with respect to what the networks put out.
 *
 * Source: Stable-Baselines3, ppo/ppo.py (2.9); tests/oracle/test_ppo_loss.py holds the two to each other.
 */

export interface PpoBatch {
  readonly rows: number;
  readonly actuators: number;
  /** [rows, actuators] */
  readonly drawn: Float64Array;
  readonly oldLogProbability: Float64Array;
  /** Before they are normalised over the minibatch. */
  readonly advantages: Float64Array;
  readonly returns: Float64Array;
  /** What the networks say: [rows, actuators], [rows], and [actuators]. */
  readonly mean: Float64Array;
  readonly values: Float64Array;
  readonly logStd: Float64Array;
}

export interface PpoWeights {
  readonly clipRange: number;
  readonly entropy: number;
  readonly valueWeight: number;
}

export interface PpoLoss {
  readonly policy: number;
  readonly value: number;
  readonly entropy: number;
  /** All of it. */
  readonly total: number;
  readonly approximateKl: number;
  /** Gradients of the total: of the shapes of `mean`, `values` and `logStd`. */
  readonly dMean: Float64Array;
  readonly dValues: Float64Array;
  readonly dLogStd: Float64Array;
}

const HALF_LOG_2_PI = 0.5 * Math.log(2 * Math.PI);

/** The logarithm of a diagonal Gaussian's density at one row of `drawn`. */
export function logProbability(
  drawn: ArrayLike<number>,
  mean: ArrayLike<number>,
  logStd: Float64Array,
  row: number,
): number {
  let sum = 0;
  const m = logStd.length;
  for (let i = 0; i < m; i++) {
    const deviation = logStd[i] as number;
    const z = ((drawn[row * m + i] as number) - (mean[row * m + i] as number)) / Math.exp(deviation);
    sum -= 0.5 * z * z + deviation + HALF_LOG_2_PI;
  }
  return sum;
}

export function ppoLoss(batch: PpoBatch, { clipRange, entropy: entropyWeight, valueWeight }: PpoWeights): PpoLoss {
  const { rows, actuators: m, drawn, mean, logStd, values, returns } = batch;
  const advantages = normalized(batch.advantages);
  const dMean = new Float64Array(rows * m);
  const dValues = new Float64Array(rows);
  const entropy = logStd.reduce((sum, deviation) => sum + deviation + 0.5 + HALF_LOG_2_PI, 0);
  const dLogStd = new Float64Array(m).fill(-entropyWeight);
  let policy = 0;
  let value = 0;
  let kl = 0;
  for (let row = 0; row < rows; row++) {
    const advantage = advantages[row] as number;
    const logRatio = logProbability(drawn, mean, logStd, row) - (batch.oldLogProbability[row] as number);
    const ratio = Math.exp(logRatio);
    const clipped = Math.min(Math.max(ratio, 1 - clipRange), 1 + clipRange);
    const isClipped = advantage * clipped < advantage * ratio;
    policy -= Math.min(advantage * ratio, advantage * clipped) / rows;
    kl += (ratio - 1 - logRatio) / rows;
    const slope = isClipped ? 0 : (-advantage * ratio) / rows;
    for (let i = 0; i < m; i++) {
      const std = Math.exp(logStd[i] as number);
      const z = ((drawn[row * m + i] as number) - (mean[row * m + i] as number)) / std;
      dMean[row * m + i] = (slope * z) / std;
      dLogStd[i] = (dLogStd[i] as number) + slope * (z * z - 1);
    }
    const error = (values[row] as number) - (returns[row] as number);
    value += (error * error) / rows;
    dValues[row] = (2 * valueWeight * error) / rows;
  }
  const total = policy - entropyWeight * entropy + valueWeight * value;
  return { policy, value, entropy, total, approximateKl: kl, dMean, dValues, dLogStd };
}

/** Mean 0 and, as torch counts it, standard deviation 1; a single one stays as it is. */
function normalized(values: Float64Array): Float64Array {
  const n = values.length;
  if (n < 2) return values;
  const mean = values.reduce((sum, each) => sum + each, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (n - 1));
  return values.map((each) => (each - mean) / (deviation + 1e-8));
}
