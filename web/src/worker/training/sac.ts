/**
 * Soft actor-critic: two critics and their slow copies, a squashed Gaussian, a temperature that is learned.
 *
 * Source: Haarnoja and others, 2018 (arXiv:1812.05905), in the order of Stable-Baselines3, sac/sac.py (2.9).
 */
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
import { Adam, type AdamState } from "./adam";
import { TERMINATED } from "./collector";
import { type Beginning, type LearnedPolicy, type Learner, requireFinite } from "./learner";
import { ReplayBuffer, type ReplayState } from "./replay_buffer";
import { INITIAL_WEIGHTS, MINIBATCHES } from "./seeds";
import { Segments, type SegmentsState } from "./segments";
import { type Draw, drawSquashed, SQUASH_EPSILON } from "./squashed_gaussian";
import { TrainableMlp } from "./trainable_mlp";

/** Where a policy that is tuned begins to explore. */
const TUNED_LOG_STD = -2;

interface SacState {
  readonly actor: Float64Array;
  readonly critics: readonly Float64Array[];
  readonly targets: readonly Float64Array[];
  readonly logAlpha: number;
  readonly adams: readonly AdamState[];
  readonly replay: ReplayState;
  readonly segments: SegmentsState;
  readonly owed: number;
}

export class SacLearner implements Learner {
  readonly shape: NetworkShape;
  private readonly m: number;
  private readonly actor: TrainableMlp;
  private readonly critics: readonly [TrainableMlp, TrainableMlp];
  private readonly targets: readonly [TrainableMlp, TrainableMlp];
  private readonly actorAdam: Adam;
  private readonly criticAdam: Adam;
  private readonly alphaAdam = new Adam(1);
  private readonly logAlpha = new Float64Array(1);
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
    this.actor = new TrainableMlp(this.shape, minibatch);
    const critic = () =>
      new TrainableMlp({ inputs: inputs + m, layers: [...hidden, 1], activation: "relu" }, minibatch);
    this.critics = [critic(), critic()];
    this.targets = [critic(), critic()];
    this.actorAdam = new Adam(this.actor.parameters.length);
    this.criticAdam = new Adam(2 * this.critics[0].parameters.length);
    this.replay = new ReplayBuffer(bufferSize, inputs, m);
    this.segments = new Segments(settings.seed, bodies, horizon);
    this.statistics = from?.policy ?? { mean: new Float64Array(inputs), variance: new Float64Array(inputs).fill(1) };
    const generator = new Generator([settings.seed, INITIAL_WEIGHTS, 0]);
    this.actor.beginUniform(generator);
    for (const [k, network] of this.critics.entries()) {
      network.beginUniform(generator);
      this.targets[k]?.parameters.set(network.parameters);
      this.targets[k]?.load();
    }
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
    const { warmup, gradients, horizon } = this.settings.sac;
    const { iteration } = this.segments;
    for (const segment of this.segments.take(results)) this.remember(segment);
    if (this.steps >= warmup) {
      this.owed += gradients * horizon * results.length;
      const generator = new Generator([this.settings.seed, MINIBATCHES, iteration]);
      for (; this.owed >= 1; this.owed -= 1) this.update(generator);
    }
    requireFinite([this.actor, ...this.critics].map(({ parameters }) => parameters));
  }

  policy(): LearnedPolicy {
    const weights = Float32Array.from(this.actor.parameters);
    return { policy: { weights, ...this.statistics, logStd: null }, critic: null };
  }

  get state(): SacState {
    const { actor, critics, targets, logAlpha, replay, segments, owed } = this;
    return {
      actor: actor.parameters.slice(),
      critics: critics.map(({ parameters }) => parameters.slice()),
      targets: targets.map(({ parameters }) => parameters.slice()),
      logAlpha: logAlpha[0] as number,
      adams: [this.actorAdam.state, this.criticAdam.state, this.alphaAdam.state],
      replay: replay.state,
      segments: segments.state,
      owed,
    };
  }

  set state(state: SacState) {
    const networks = [this.actor, ...this.critics, ...this.targets];
    for (const [k, parameters] of [state.actor, ...state.critics, ...state.targets].entries()) {
      networks[k]?.parameters.set(parameters);
      networks[k]?.load();
    }
    this.logAlpha[0] = state.logAlpha;
    for (const [k, adam] of [this.actorAdam, this.criticAdam, this.alphaAdam].entries())
      adam.state = state.adams[k] as AdamState;
    this.replay.state = state.replay;
    this.segments.state = state.segments;
    this.owed = state.owed;
  }

  /** The policy's own means; its exploration, which no bundle carries, begins small. */
  private beginTuned(weights: Float32Array): void {
    const { inputs, layers } = this.shape;
    const { parameters } = this.actor;
    const width = layers.at(-2) ?? inputs;
    const before = parameters.length - 2 * this.m * (width + 1);
    parameters.fill(0, before);
    parameters.set(weights.subarray(0, before + this.m * width));
    parameters.set(weights.subarray(before + this.m * width), before + 2 * this.m * width);
    parameters.fill(TUNED_LOG_STD, parameters.length - this.m);
    this.actor.load();
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

  /** One gradient step of everything. */
  private update(generator: Generator): void {
    const { minibatch, learningRate, gamma, tau } = this.settings.sac;
    const { replay, m, actor, critics, targets } = this;
    const picked = Array.from({ length: minibatch }, () => Math.floor(generator.uniform(0, replay.size)));
    const alpha = Math.exp(this.logAlpha[0] as number);

    // What the targets say of the next state, under the policy's own next action.
    for (const [row, index] of picked.entries()) actor.setInput(row, replay.next(index));
    const next = drawSquashed(actor, generator, minibatch);
    for (const target of targets) this.feed(target, picked, (index) => replay.next(index), next.action);
    const wanted = Float64Array.from(picked, (index, row) => {
      const least = Math.min(targets[0].output(row, 0), targets[1].output(row, 0));
      const soft = least - alpha * (next.logProbability[row] as number);
      return replay.reward(index) + (replay.terminated(index) ? 0 : gamma * soft);
    });

    for (const [row, index] of picked.entries()) actor.setInput(row, replay.observation(index));
    const now = drawSquashed(actor, generator, minibatch);
    const excess = now.logProbability.reduce((sum, value) => sum + value - m, 0) / minibatch;
    this.alphaAdam.step([this.logAlpha], Float64Array.of(-excess), learningRate);

    const size = critics[0].parameters.length;
    const slope = new Float64Array(2 * size);
    for (const [k, critic] of critics.entries()) {
      for (const [row, index] of picked.entries()) critic.setColumns(row, this.shape.inputs, replay.action(index));
      for (const [row, index] of picked.entries()) critic.setColumns(row, 0, replay.observation(index));
      critic.forward(minibatch);
      const error = wanted.map((value, row) => (critic.output(row, 0) - value) / minibatch);
      critic.backward(error, minibatch);
      critic.takeGradient(slope, k * size);
    }
    this.criticAdam.step([critics[0].parameters, critics[1].parameters], slope, learningRate);
    for (const critic of critics) critic.load();

    this.improve(picked, now, alpha);
    for (const [k, target] of targets.entries()) {
      const source = (critics[k] as TrainableMlp).parameters;
      for (let i = 0; i < source.length; i++)
        target.parameters[i] = (1 - tau) * (target.parameters[i] as number) + tau * (source[i] as number);
      target.load();
    }
  }

  /** The actor's step: up the lesser of the critics, and towards entropy. */
  private improve(picked: readonly number[], draw: Draw, alpha: number): void {
    const { minibatch, learningRate } = this.settings.sac;
    const { m, actor, critics, replay } = this;
    const { inputs } = this.shape;
    for (const critic of critics) this.feed(critic, picked, (index) => replay.observation(index), draw.action);
    const rises = critics.map((critic, k) => {
      const other = critics[1 - k] as TrainableMlp;
      // The least of two equal numbers is the first.
      const least = Float64Array.from(picked, (_, row) => {
        const [mine, its] = [critic.output(row, 0), other.output(row, 0)];
        return mine < its || (mine === its && k === 0) ? 1 : 0;
      });
      critic.backward(least, minibatch);
      critic.clearGradient();
      return critic.inputGradient(minibatch);
    });
    const slope = new Float64Array(minibatch * 2 * m);
    for (let row = 0; row < minibatch; row++) {
      for (let i = 0; i < m; i++) {
        const at = row * m + i;
        const action = draw.action[at] as number;
        const free = 1 - action * action;
        const column = row * (inputs + m) + inputs + i;
        const rise = rises.reduce((sum, rise) => sum + (rise[column] as number), 0);
        const along = (alpha * 2 * action * free) / (free + SQUASH_EPSILON) - rise * free;
        const spread = Math.exp(draw.logStd[at] as number) * (draw.normal[at] as number);
        slope[row * 2 * m + i] = along / minibatch;
        slope[row * 2 * m + m + i] = draw.free[at] === 1 ? (along * spread - alpha) / minibatch : 0;
      }
    }
    actor.backward(slope, minibatch);
    const gradient = new Float64Array(actor.parameters.length);
    actor.takeGradient(gradient);
    this.actorAdam.step([actor.parameters], gradient, learningRate);
    actor.load();
  }

  private feed(
    critic: TrainableMlp,
    picked: readonly number[],
    observation: (index: number) => Float32Array,
    action: Float64Array,
  ): void {
    const { m } = this;
    for (const [row, index] of picked.entries()) {
      critic.setColumns(row, 0, observation(index));
      critic.setColumns(row, this.shape.inputs, action.subarray(row * m, (row + 1) * m));
    }
    critic.forward(picked.length);
  }
}
