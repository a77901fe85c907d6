/**
 * Observation statistics: none, frozen ones, or Gymnasium's running ones, to the last bit.
 *
 * Source: gymnasium/wrappers/{stateful_observation,utils}.py (1.4). Its statistics start as float32 arrays, so the first
 * update multiplies the initial variance by the initial count in float32; from then on everything is float64.
 */
import type { Manifest, Normalization } from "../../generated/bundle";

export interface Statistics {
  readonly mean: Float64Array;
  readonly var: Float64Array;
}

/** `RunningMeanStd` over single observations. */
export class RunningStatistics implements Statistics {
  readonly mean: Float64Array;
  readonly var: Float64Array;
  private count: number;
  private fresh = true;

  constructor(
    size: number,
    private readonly initialCount: number,
  ) {
    this.mean = new Float64Array(size);
    this.var = new Float64Array(size).fill(1);
    this.count = initialCount;
  }

  reset(): void {
    this.mean.fill(0);
    this.var.fill(1);
    this.count = this.initialCount;
    this.fresh = true;
  }

  /** Numbers that `save` writes. */
  get size(): number {
    return 2 * this.mean.length + 2;
  }

  save(into: Float64Array, at: number): void {
    const { length } = this.mean;
    into.set(this.mean, at);
    into.set(this.var, at + length);
    into[at + 2 * length] = this.count;
    into[at + 2 * length + 1] = Number(this.fresh);
  }

  load(from: Float64Array, at: number): void {
    const { length } = this.mean;
    this.mean.set(from.subarray(at, at + length));
    this.var.set(from.subarray(at + length, at + 2 * length));
    this.count = from[at + 2 * length] as number;
    this.fresh = from[at + 2 * length + 1] !== 0;
  }

  /** Adds one observation: a batch of one row, whose variance is 0. Allocates nothing. */
  update(observation: Float64Array): void {
    const { mean, var: variance, count } = this;
    const total = count + 1;
    for (let i = 0; i < mean.length; i++) {
      const delta = (observation[i] as number) - (mean[i] as number);
      const before = this.fresh
        ? Math.fround(Math.fround(variance[i] as number) * Math.fround(count))
        : (variance[i] as number) * count;
      mean[i] = (mean[i] as number) + delta / total;
      variance[i] = (before + (delta * delta * count) / total) / total;
    }
    this.count = total;
    this.fresh = false;
  }
}

/** The normaliser of a bundle, with fresh statistics. */
export function normalizerOf({ normalization, observation }: Manifest): Normalizer {
  return new Normalizer(normalization, observation.size, (observation.zeroed ?? []) as Run[]);
}

/** A run [from, to) of the observation. */
type Run = readonly [from: number, to: number];

export class Normalizer {
  /** What the observation is normalised by; null in mode `none`. */
  readonly statistics: Statistics | null;
  private readonly running: RunningStatistics | null;
  private readonly epsilon: number;
  private readonly clip: number;
  /** The observation as the policy is given it; null where nothing is zeroed. */
  private readonly seen: Float64Array | null;

  /** `zeroed` are the manifest's `observation.zeroed`: statistics and policy are given 0 there. */
  constructor(
    spec: Normalization,
    size: number,
    private readonly zeroed: readonly Run[] = [],
  ) {
    this.seen = zeroed.length > 0 ? new Float64Array(size) : null;
    this.epsilon = spec.epsilon ?? 1e-8;
    this.clip = spec.clip ?? Number.POSITIVE_INFINITY;
    this.running = null;
    if (spec.mode === "none") {
      this.statistics = null;
    } else if (spec.mode === "running") {
      if (typeof spec.count !== "number")
        throw new Error("Running normalisation needs the initial `count` in the manifest.");
      this.running = new RunningStatistics(size, spec.count);
      this.statistics = this.running;
    } else {
      this.statistics = { mean: constants(spec.mean, "mean", size), var: constants(spec.var, "var", size) };
    }
  }

  /** What the policy's graph must be fed: the running statistics, or null where it carries its own. */
  get fed(): Statistics | null {
    return this.running;
  }

  /** Numbers of what changes while it plays: 0 without running statistics. */
  get stateSize(): number {
    return this.running?.size ?? 0;
  }

  /** Writes what changes while it plays into `states`, from element `at` on. */
  saveState(states: Float64Array, at: number): void {
    this.running?.save(states, at);
  }

  loadState(states: Float64Array, at: number): void {
    this.running?.load(states, at);
  }

  /** Forgets running statistics, as a fresh wrapper would. */
  reset(): void {
    this.running?.reset();
  }

  /** Takes every observation once, that of the reset included, before the policy gets it. */
  observe(observation: Float64Array): void {
    this.running?.update(this.asSeen(observation));
  }

  /** The normalised observation, rounded to float32: the one place where this runtime rounds. */
  normalize(observation: Float64Array, into: Float32Array): void {
    const { statistics, epsilon, clip } = this;
    const seen = this.asSeen(observation);
    for (let i = 0; i < seen.length; i++) {
      let value = seen[i] as number;
      if (statistics !== null) {
        value = (value - (statistics.mean[i] as number)) / Math.sqrt((statistics.var[i] as number) + epsilon);
        value = Math.min(Math.max(value, -clip), clip);
      }
      into[i] = value;
    }
  }

  private asSeen(observation: Float64Array): Float64Array {
    if (this.seen === null) return observation;
    this.seen.set(observation);
    for (const [from, to] of this.zeroed) this.seen.fill(0, from, to);
    return this.seen;
  }
}

function constants(values: readonly number[] | null | undefined, name: string, size: number): Float64Array {
  if (!values || values.length !== size) {
    throw new Error(
      `Frozen normalisation needs ${size} numbers in \`${name}\`: the manifest has ${values?.length ?? "none"}.`,
    );
  }
  return Float64Array.from(values);
}
