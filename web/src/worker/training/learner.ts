/** What the algorithms share: the jobs of an iteration, and what is learned from their results. */
import type { NetworkShape, PolicyWeights, TrainingJob, TrainingResult } from "../../protocol";

/** A policy as a result, with what a bundle can carry beside its actor. */
export interface LearnedPolicy {
  readonly policy: PolicyWeights;
  /** Parameters of the critic, of the same hidden layers; null where there is none of one output. */
  readonly critic: Float32Array | null;
}

export interface Learner {
  readonly shape: NetworkShape;
  /** Control steps learned from. */
  readonly steps: number;
  /** The next iteration's. */
  jobs(): TrainingJob[];
  /** `results` are those of the jobs, in their order. Raises `DivergedTraining` where weights are not finite any more. */
  learn(results: readonly TrainingResult[]): void;
  /** Return and length of the episodes that ended in the last iteration, with exploration. */
  readonly episodes: readonly (readonly [episodeReturn: number, episodeLength: number])[];
  /** What would play now, without exploration. */
  policy(): LearnedPolicy;
  /** Plain data, for a checkpoint. */
  state: unknown;
}

/** The weights are not numbers any more. */
export class DivergedTraining extends Error {}

/** Raises `DivergedTraining` where a parameter is not a finite number. */
export function requireFinite(parts: readonly (Float32Array | Float64Array)[]): void {
  if (!parts.every((part) => part.every(Number.isFinite)))
    throw new DivergedTraining("The weights are not finite any more.");
}

/** Where it starts, where it does not begin from nothing. */
export interface Beginning {
  readonly shape: NetworkShape;
  readonly policy: PolicyWeights;
}
