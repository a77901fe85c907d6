/** How far another policy's actions are from this one's, actuator by actuator, over the last moments. */

/** The share of the past that a new moment leaves: the last ones count most. */
const KEPT = 0.9;

export class Disagreement {
  private mean: Float64Array = new Float64Array(0);

  /** Takes in both actions; `low` and `high` are the actuators' limits. */
  add(mine: ArrayLike<number>, other: ArrayLike<number>, low: readonly number[], high: readonly number[]): void {
    if (this.mean.length !== mine.length) {
      this.mean = new Float64Array(mine.length);
      for (let i = 0; i < mine.length; i++) this.mean[i] = share(mine, other, low, high, i);
      return;
    }
    for (let i = 0; i < mine.length; i++)
      this.mean[i] = KEPT * (this.mean[i] as number) + (1 - KEPT) * share(mine, other, low, high, i);
  }

  /** The actuators with the largest mean difference, the largest first. */
  most(count: number): readonly { readonly actuator: number; readonly difference: number }[] {
    return Array.from(this.mean, (difference, actuator) => ({ actuator, difference }))
      .sort((one, other) => other.difference - one.difference)
      .slice(0, count);
  }
}

function share(
  mine: ArrayLike<number>,
  other: ArrayLike<number>,
  low: readonly number[],
  high: readonly number[],
  i: number,
): number {
  return Math.abs((mine[i] as number) - (other[i] as number)) / ((high[i] as number) - (low[i] as number));
}
