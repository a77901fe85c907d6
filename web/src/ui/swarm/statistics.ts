/** What a swarm's episodes say together: how long bodies last, and what they earn. */
import type { EndedEpisode } from "../../protocol";

/** Episodes that are kept for the figures: the last ones. */
export const KEPT = 2000;

/** A step of the survival curve: the share of bodies that last longer than `steps`. */
export interface Survival {
  readonly steps: number;
  readonly share: number;
}

/**
 * The survival curve by Kaplan and Meier: episodes that still run, and those that were truncated, count for as long as
 * they have lasted. `running`: steps so far.
 */
export function survival(ended: readonly EndedEpisode[], running: ArrayLike<number>): readonly Survival[] {
  const fell: number[] = [];
  const lasted: number[] = Array.from(running);
  for (const { terminated, episodeLength } of ended) (terminated ? fell : lasted).push(episodeLength);
  fell.sort((a, b) => a - b);
  lasted.sort((a, b) => a - b);
  const curve: Survival[] = [{ steps: 0, share: 1 }];
  let atRisk = fell.length + lasted.length;
  let share = 1;
  for (let i = 0, left = 0; i < fell.length; ) {
    const steps = fell[i] as number;
    // Who is still up at the moment of a fall is at risk of it.
    while (left < lasted.length && (lasted[left] as number) < steps) {
      left += 1;
      atRisk -= 1;
    }
    let falls = 0;
    while (fell[i] === steps) {
      falls += 1;
      i += 1;
    }
    share *= 1 - falls / atRisk;
    atRisk -= falls;
    curve.push({ steps, share });
  }
  curve.push({ steps: Math.max(curve.at(-1)?.steps ?? 0, lasted.at(-1) ?? 0), share });
  return curve;
}

/** A column of the histogram: episodes with a return in [from, to). */
export interface Column {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** `columns` columns of one width over all returns; none where there is no episode. */
export function histogram(returns: readonly number[], columns: number): readonly Column[] {
  if (returns.length === 0) return [];
  const low = Math.min(...returns);
  const high = Math.max(...returns);
  const width = (high - low) / columns || 1;
  const counts = new Array<number>(columns).fill(0);
  for (const value of returns) {
    const column = Math.min(columns - 1, Math.floor((value - low) / width));
    counts[column] = (counts[column] ?? 0) + 1;
  }
  return counts.map((count, i) => ({ from: low + i * width, to: low + (i + 1) * width, count }));
}

/** Mean and standard deviation (over n) of returns; null where there is none. */
export function meanOf(returns: readonly number[]): { readonly mean: number; readonly std: number } | null {
  if (returns.length === 0) return null;
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / returns.length) };
}
