/** Augmented random search: tries directions in the space of weights, and goes where the returns rise. */
import type { Manifest } from "../../generated/bundle";
import type { NetworkShape, PolicyWeights, TrainingResult, TrainingSettings } from "../../protocol";
import { Generator } from "../env/random";
import { CLIP, EPSILON } from "./actor";
import { type Beginning, type LearnedPolicy, type Learner, requireFinite } from "./learner";
import { DIRECTIONS, episodeSeed, INITIAL_WEIGHTS } from "./seeds";
import { ObservationMoments } from "./statistics";
import { parameterCount } from "./trainable_mlp";

interface ArsState {
  readonly parameters: Float64Array;
  readonly moments: ReturnType<ObservationMoments["copy"]>;
  readonly iteration: number;
  readonly steps: number;
}

export class ArsLearner implements Learner {
  readonly shape: NetworkShape;
  steps = 0;
  episodes: [number, number][] = [];
  private iteration = 0;
  private readonly parameters: Float64Array;
  private readonly moments: ObservationMoments;
  private readonly fixed: Beginning["policy"] | null;
  /** The iteration's directions, once they were drawn. */
  private drawn: readonly Float64Array[] = [];

  constructor(
    manifest: Manifest,
    private readonly settings: TrainingSettings,
    from: Beginning | null,
  ) {
    const { hidden } = settings.ars;
    const inputs = manifest.observation.size;
    this.shape = from?.shape ?? {
      inputs,
      layers: [...hidden, manifest.action.size],
      activation: hidden.length > 0 ? "tanh" : "linear",
      squash: false,
      epsilon: EPSILON,
      clip: CLIP,
    };
    this.parameters = new Float64Array(parameterCount(this.shape));
    this.moments = new ObservationMoments(inputs);
    this.fixed = from?.policy ?? null;
    if (from !== null) this.parameters.set(from.policy.weights);
    else if (hidden.length > 0) this.spread();
  }

  jobs() {
    const { mean, variance } = this.statistics();
    return this.directions.flatMap((direction, k) => {
      const seed = episodeSeed(this.settings.seed, this.iteration * this.directions.length + k);
      return [1, -1].map((sign) => ({
        kind: "episode" as const,
        policy: { weights: this.moved(direction, sign), mean, variance, logStd: null },
        seed,
        own: false,
      }));
    });
  }

  learn(results: readonly TrainingResult[]): void {
    const { directions, best, stepSize } = this.settings.ars;
    const returns: number[] = [];
    this.episodes = [];
    for (const result of results) {
      if (result.kind !== "episode") throw new Error("ARS learns from whole episodes.");
      returns.push(result.episodeReturn);
      this.episodes.push([result.episodeReturn, result.episodeLength]);
      this.steps += result.episodeLength;
      this.moments.merge(result.moments);
    }
    const pairs = Array.from({ length: directions }, (_, k) => ({
      k,
      plus: returns[2 * k] as number,
      minus: returns[2 * k + 1] as number,
    }));
    const chosen = pairs
      .sort((a, b) => Math.max(b.plus, b.minus) - Math.max(a.plus, a.minus) || a.k - b.k)
      .slice(0, Math.min(best, directions));
    const deviation = standardDeviation(chosen.flatMap(({ plus, minus }) => [plus, minus]));
    if (deviation > 0) {
      for (const { k, plus, minus } of chosen) {
        const scale = (stepSize * (plus - minus)) / (chosen.length * deviation);
        const direction = this.directions[k] as Float64Array;
        for (let i = 0; i < direction.length; i++)
          this.parameters[i] = (this.parameters[i] as number) + scale * (direction[i] as number);
      }
    }
    this.iteration += 1;
    this.drawn = [];
    requireFinite([this.parameters]);
  }

  policy(): LearnedPolicy {
    return {
      policy: { weights: Float32Array.from(this.parameters), ...this.statistics(), logStd: null },
      critic: null,
    };
  }

  get state(): ArsState {
    const { parameters, moments, iteration, steps } = this;
    return { parameters: parameters.slice(), moments: moments.copy(), iteration, steps };
  }

  set state({ parameters, moments, iteration, steps }: ArsState) {
    this.parameters.set(parameters);
    this.moments.load(moments);
    this.iteration = iteration;
    this.steps = steps;
    this.drawn = [];
  }

  /** A policy that is tuned keeps the statistics that it was trained with. */
  private statistics(): Pick<PolicyWeights, "mean" | "variance"> {
    const { fixed, moments } = this;
    if (fixed !== null) return { mean: fixed.mean, variance: fixed.variance };
    return { mean: moments.mean.slice(), variance: moments.variance() };
  }

  private get directions(): readonly Float64Array[] {
    const { seed, ars } = this.settings;
    if (this.drawn.length === 0) {
      this.drawn = Array.from({ length: ars.directions }, (_, k) => {
        const generator = new Generator([seed, DIRECTIONS, this.iteration * ars.directions + k]);
        return Float64Array.from(this.parameters, () => generator.standardNormal());
      });
    }
    return this.drawn;
  }

  private moved(direction: Float64Array, sign: number): Float32Array {
    const { noise } = this.settings.ars;
    return Float32Array.from(this.parameters, (value, i) => value + sign * noise * (direction[i] as number));
  }

  private spread(): void {
    const generator = new Generator([this.settings.seed, INITIAL_WEIGHTS, 0]);
    const { inputs, layers } = this.shape;
    let at = 0;
    for (const [i, outputs] of layers.entries()) {
      const from = layers[i - 1] ?? inputs;
      const last = i === layers.length - 1;
      for (let k = 0; k < outputs * from; k++)
        this.parameters[at++] = last ? 0 : generator.standardNormal() / Math.sqrt(from);
      at += outputs;
    }
  }
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
