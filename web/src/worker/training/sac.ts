/** Soft actor-critic: what it remembers, and when its networks learn from it. */
import type { Manifest } from "../../generated/bundle";
import type {
  NetworkShape,
  PolicyWeights,
  SegmentResult,
  TrainingJob,
  TrainingResult,
  TrainingSettings,
} from "../../protocol";
import { Generator } from "../env/random";
import { CLIP, EPSILON } from "./actor";
import { TERMINATED } from "./collector";
import { type Beginning, type LearnedPolicy, type Learner, requireFinite } from "./learner";
import { ReplayBuffer, type ReplayState } from "./replay_buffer";
import { SacNetworks, type SacNetworksState } from "./sac_networks";
import { INITIAL_WEIGHTS, MINIBATCHES } from "./seeds";
import { Segments, type SegmentsState } from "./segments";

/** Where a policy that is tuned begins to explore. */
const TUNED_LOG_STD = -2;

interface SacState {
  readonly networks: SacNetworksState;
  readonly replay: ReplayState;
  readonly segments: SegmentsState;
  readonly owed: number;
}

export class SacLearner implements Learner {
  readonly shape: NetworkShape;
  private readonly m: number;
  private readonly networks: SacNetworks;
  private readonly replay: ReplayBuffer;
  private readonly segments: Segments;
  /** Gradient steps that are due: a fraction is carried over. */
  private owed = 0;
  private readonly statistics: Pick<PolicyWeights, "mean" | "variance">;

  constructor(
    manifest: Manifest,
    private readonly settings: TrainingSettings,
    from: Beginning | null,
  ) {
    const { hidden, bodies, horizon, minibatch, bufferSize } = settings.sac;
    const inputs = manifest.observation.size;
    const m = manifest.action.size;
    this.m = m;
    const widths = from?.shape.layers.slice(0, -1) ?? hidden;
    const fresh = { activation: "relu" as const, epsilon: EPSILON, clip: CLIP };
    const { activation, epsilon, clip } = from?.shape ?? fresh;
    this.shape = { inputs, layers: [...widths, 2 * m], activation, squash: true, epsilon, clip };
    this.networks = new SacNetworks(this.shape, hidden, minibatch);
    this.replay = new ReplayBuffer(bufferSize, inputs, m);
    this.segments = new Segments(settings.seed, bodies, horizon);
    this.statistics = from?.policy ?? { mean: new Float64Array(inputs), variance: new Float64Array(inputs).fill(1) };
    this.networks.begin(new Generator([settings.seed, INITIAL_WEIGHTS, 0]));
    if (from !== null) this.beginTuned(from.policy.weights);
  }

  get steps(): number {
    return this.segments.steps;
  }

  get episodes(): Learner["episodes"] {
    return this.segments.episodes;
  }

  jobs(): TrainingJob[] {
    const uniform = this.steps < this.settings.sac.warmup && !this.settings.fineTune;
    return this.segments.jobs(this.policy().policy, uniform);
  }

  learn(results: readonly TrainingResult[]): void {
    const { networks } = this;
    const { warmup, gradients, horizon, minibatch } = this.settings.sac;
    const { iteration } = this.segments;
    for (const segment of this.segments.take(results)) this.remember(segment);
    if (this.steps >= warmup) {
      this.owed += gradients * horizon * results.length;
      const generator = new Generator([this.settings.seed, MINIBATCHES, iteration]);
      for (; this.owed >= 1; this.owed -= 1)
        networks.update(this.replay.sample(generator, minibatch), generator, this.settings.sac);
    }
    requireFinite([networks.actor, ...networks.critics].map(({ parameters }) => parameters));
  }

  policy(): LearnedPolicy {
    const weights = this.networks.actor.parameters;
    return { policy: { weights, ...this.statistics, logStd: null }, critic: null };
  }

  get state(): SacState {
    const { networks, replay, segments, owed } = this;
    return { networks: networks.state, replay: replay.state, segments: segments.state, owed };
  }

  set state({ networks, replay, segments, owed }: SacState) {
    this.networks.state = networks;
    this.replay.state = replay;
    this.segments.state = segments;
    this.owed = owed;
  }

  /** The policy's own means; its exploration, which no bundle carries, begins small. */
  private beginTuned(weights: Float32Array): void {
    const { inputs, layers } = this.shape;
    const { actor } = this.networks;
    const parameters = new Float32Array(actor.parameters.length);
    const width = layers.at(-2) ?? inputs;
    const before = parameters.length - 2 * this.m * (width + 1);
    parameters.set(weights.subarray(0, before + this.m * width));
    parameters.set(weights.subarray(before + this.m * width), before + 2 * this.m * width);
    parameters.fill(TUNED_LOG_STD, parameters.length - this.m);
    actor.parameters = parameters;
  }

  private remember(segment: SegmentResult): void {
    const { inputs } = this.shape;
    const row = (values: Float32Array, at: number): Float32Array => values.subarray(at * inputs, (at + 1) * inputs);
    let ending = 0;
    for (const [step, how] of segment.endings.entries()) {
      const next = how === 0 ? row(segment.observations, step + 1) : row(segment.finals, ending++);
      const action = segment.drawn.subarray(step * this.m, (step + 1) * this.m);
      this.replay.add(
        row(segment.observations, step),
        next,
        action,
        segment.rewards[step] as number,
        how === TERMINATED,
      );
    }
  }
}
