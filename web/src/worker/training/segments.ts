/** The bodies of an algorithm that learns from segments: where each of them is, and what it plays next. */
import type { PolicyWeights, SavedMoment, SegmentJob, SegmentResult, TrainingResult } from "../../protocol";
import { EXPLORATION, episodeSeed } from "./seeds";

export interface SegmentsState {
  readonly bodies: readonly (SavedMoment | null)[];
  readonly iteration: number;
  readonly steps: number;
}

export class Segments {
  /** Counts the iterations that were taken in. */
  iteration = 0;
  /** Control steps of all bodies together. */
  steps = 0;
  /** Return and length of the episodes that ended in the last iteration. */
  episodes: readonly (readonly [number, number])[] = [];
  private bodies: readonly (SavedMoment | null)[];

  /** `horizon`: control steps of each body in an iteration. */
  constructor(
    private readonly seed: number,
    bodies: number,
    private readonly horizon: number,
  ) {
    this.bodies = new Array<SavedMoment | null>(bodies).fill(null);
  }

  /** The next iteration's, body by body. */
  jobs(policy: PolicyWeights, uniform: boolean): SegmentJob[] {
    const { bodies, seed, horizon, iteration } = this;
    return bodies.map((body, k) => ({
      kind: "segment",
      policy,
      steps: horizon,
      body,
      seed: episodeSeed(seed, k),
      stride: bodies.length,
      entropy: [seed, EXPLORATION, iteration * bodies.length + k],
      uniform,
    }));
  }

  /** Takes in what was played, and returns it. */
  take(results: readonly TrainingResult[]): readonly SegmentResult[] {
    const segments = results.filter((result) => result.kind === "segment");
    if (segments.length !== this.bodies.length)
      throw new Error(`Expected the segments of ${this.bodies.length} bodies, got ${segments.length}.`);
    this.bodies = segments.map(({ body }) => body);
    this.episodes = segments.flatMap(({ episodes }) => episodes);
    this.steps += this.horizon * segments.length;
    this.iteration += 1;
    return segments;
  }

  get state(): SegmentsState {
    const { bodies, iteration, steps } = this;
    return { bodies: [...bodies], iteration, steps };
  }

  set state({ bodies, iteration, steps }: SegmentsState) {
    this.bodies = [...bodies];
    this.iteration = iteration;
    this.steps = steps;
  }
}
