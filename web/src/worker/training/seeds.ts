/** Seeds of what a training plays: none of them is one that a result is measured on. */

/** Streams of random numbers of a training, beside those of an episode (worker/env/random.ts). */
export const DIRECTIONS = 5;
export const EXPLORATION = 6;
export const INITIAL_WEIGHTS = 7;
export const MINIBATCHES = 8;

const FIRST = 1_000_000;
const APART = 10_000_000;

/** The seed of the training's episode `number`. */
export function episodeSeed(training: number, number: number): number {
  return FIRST + (training % 1_000_000) * APART + number;
}

/** Seeds of the evaluations that choose the best policy. */
export function evaluationSeeds(count: number): number[] {
  return Array.from({ length: count }, (_, i) => FIRST - 1 - i);
}
