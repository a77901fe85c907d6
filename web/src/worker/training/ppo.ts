/** Proximal policy optimisation: a clipped surrogate, generalised advantages, normalised observations and rewards. */
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
import { advantagesOf } from "./advantages";
import { type Beginning, type LearnedPolicy, type Learner, requireFinite } from "./learner";
import { logProbability, ppoLoss } from "./ppo_loss";
import { INITIAL_WEIGHTS, MINIBATCHES } from "./seeds";
import { Segments, type SegmentsState } from "./segments";
import { ObservationMoments } from "./statistics";
import { clipScale, type MlpState, TrainableMlp } from "./trainable_mlp";

/** As Stable-Baselines3 has it. */
const ADAM_EPSILON = 1e-5;
/** Bound of a normalised reward. */
const REWARD_CLIP = 10;
/** Where a policy that is tuned begins to explore: a policy that begins anew explores with 1. */
const TUNED_LOG_STD = -1;

interface PpoState {
  readonly actor: MlpState;
  readonly critic: MlpState;
  readonly logStd: Float64Array;
  readonly adam: AdamState;
  readonly moments: ReturnType<ObservationMoments["copy"]>;
  readonly rewards: ReturnType<ObservationMoments["copy"]>;
  readonly discounted: Float64Array;
  readonly segments: SegmentsState;
}

/** What an iteration gathered: rows are body by body, step by step. */
interface Batch {
  readonly observations: Float32Array;
  readonly drawn: Float64Array;
  readonly oldLogProbability: Float64Array;
  readonly advantages: Float64Array;
  readonly returns: Float64Array;
}

export class PpoLearner implements Learner {
  readonly shape: NetworkShape;
  private readonly actor: TrainableMlp;
  private readonly critic: TrainableMlp;
  private readonly logStd: Float64Array;
  /** Of `logStd`. */
  private readonly adam: Adam;
  private readonly moments: ObservationMoments;
  private readonly rewards = new ObservationMoments(1);
  /** Of each body: its discounted return so far, whose spread scales the rewards. */
  private discounted: Float64Array;
  private readonly segments: Segments;
  private readonly fixed: PolicyWeights | null;

  constructor(
    manifest: Manifest,
    private readonly settings: TrainingSettings,
    from: Beginning | null,
  ) {
    const { hidden, bodies, horizon, minibatch } = settings.ppo;
    const inputs = manifest.observation.size;
    const m = manifest.action.size;
    this.shape = from?.shape ?? {
      inputs,
      layers: [...hidden, m],
      activation: "tanh",
      squash: false,
      epsilon: EPSILON,
      clip: CLIP,
    };
    const widths = this.shape.layers.slice(0, -1);
    this.actor = new TrainableMlp(this.shape, minibatch);
    this.critic = new TrainableMlp({ ...this.shape, layers: [...widths, 1] }, minibatch);
    this.logStd = new Float64Array(m);
    this.adam = new Adam(m, ADAM_EPSILON);
    this.moments = new ObservationMoments(inputs);
    this.discounted = new Float64Array(bodies);
    this.segments = new Segments(settings.seed, bodies, horizon);
    this.fixed = from?.policy ?? null;
    const generator = new Generator([settings.seed, INITIAL_WEIGHTS, 0]);
    this.actor.beginOrthogonal(generator, 0.01);
    this.critic.beginOrthogonal(generator, 1);
    if (from !== null) {
      this.actor.parameters = from.policy.weights;
      this.logStd.set(from.policy.logStd ?? new Float64Array(m).fill(TUNED_LOG_STD));
    }
  }

  get steps(): number {
    return this.segments.steps;
  }

  get episodes(): Learner["episodes"] {
    return this.segments.episodes;
  }

  jobs(): TrainingJob[] {
    return this.segments.jobs(this.policy().policy, false);
  }

  learn(results: readonly TrainingResult[]): void {
    const { iteration, steps } = this.segments;
    this.update(this.gather(this.segments.take(results)), iteration, steps);
    for (const { moments } of results) if (this.fixed === null) this.moments.merge(moments);
    requireFinite([this.actor.parameters, this.critic.parameters, this.logStd]);
  }

  policy(): LearnedPolicy {
    const { fixed, moments, actor, critic, logStd } = this;
    const statistics = fixed ?? { mean: moments.mean.slice(), variance: moments.variance() };
    return {
      policy: {
        weights: actor.parameters,
        mean: statistics.mean,
        variance: statistics.variance,
        logStd: logStd.slice(),
      },
      critic: critic.parameters,
    };
  }

  get state(): PpoState {
    const { actor, critic, logStd, adam, moments, rewards, discounted, segments } = this;
    return {
      actor: actor.state,
      critic: critic.state,
      logStd: logStd.slice(),
      adam: adam.state,
      moments: moments.copy(),
      rewards: rewards.copy(),
      discounted: discounted.slice(),
      segments: segments.state,
    };
  }

  set state(state: PpoState) {
    this.actor.state = state.actor;
    this.critic.state = state.critic;
    this.logStd.set(state.logStd);
    this.adam.state = state.adam;
    this.moments.load(state.moments);
    this.rewards.load(state.rewards);
    this.discounted = state.discounted.slice();
    this.segments.state = state.segments;
  }

  /** Values, advantages and returns of the segments, by the networks that played them. */
  private gather(segments: readonly SegmentResult[]): Batch {
    const { horizon, gamma, lambda } = this.settings.ppo;
    const { inputs } = this.shape;
    const m = this.logStd.length;
    const count = segments.length * horizon;
    const observations = new Float32Array(count * inputs);
    const drawn = new Float64Array(count * m);
    const advantages = new Float64Array(count);
    const returns = new Float64Array(count);
    const deviation = this.rewardDeviation(segments);
    for (const [k, segment] of segments.entries()) {
      const { endings } = segment;
      const first = k * horizon;
      observations.set(segment.observations.subarray(0, horizon * inputs), first * inputs);
      drawn.set(segment.drawn, first * m);
      const rewards = segment.rewards.map((reward) =>
        Math.min(Math.max(reward / deviation, -REWARD_CLIP), REWARD_CLIP),
      );
      const values = this.valuesOf(segment.observations, horizon + 1);
      const finals = this.valuesOf(segment.finals, segment.finals.length / inputs);
      const estimated = advantagesOf({ rewards, endings, values, finals }, gamma, lambda);
      advantages.set(estimated, first);
      for (let step = 0; step < horizon; step++)
        returns[first + step] = (estimated[step] as number) + (values[step] as number);
    }
    const oldLogProbability = new Float64Array(count);
    const mean = new Float64Array(m);
    this.eachChunk(count, (first, rows) => {
      for (let row = 0; row < rows; row++) this.actor.setInput(row, rowOf(observations, first + row, inputs));
      this.actor.forward(rows);
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < m; i++) mean[i] = this.actor.output(row, i);
        const at = first + row;
        oldLogProbability[at] = logProbability(drawn.subarray(at * m, (at + 1) * m), mean, this.logStd, 0);
      }
    });
    return { observations, drawn, oldLogProbability, advantages, returns };
  }

  /** What rewards are divided by: the spread of the discounted returns, as VecNormalize has it. */
  private rewardDeviation(segments: readonly SegmentResult[]): number {
    const { horizon, gamma } = this.settings.ppo;
    const sample = new Float64Array(1);
    for (let step = 0; step < horizon; step++) {
      for (const [k, { rewards, endings }] of segments.entries()) {
        sample[0] = (this.discounted[k] as number) * gamma + (rewards[step] as number);
        this.rewards.add(sample);
        this.discounted[k] = endings[step] === 0 ? (sample[0] as number) : 0;
      }
    }
    return Math.sqrt((this.rewards.variance()[0] as number) + EPSILON);
  }

  private valuesOf(observations: Float32Array, count: number): Float64Array {
    const { inputs } = this.shape;
    const values = new Float64Array(count);
    this.eachChunk(count, (first, rows) => {
      for (let row = 0; row < rows; row++) this.critic.setInput(row, rowOf(observations, first + row, inputs));
      this.critic.forward(rows);
      for (let row = 0; row < rows; row++) values[first + row] = this.critic.output(row, 0);
    });
    return values;
  }

  private eachChunk(count: number, run: (first: number, rows: number) => void): void {
    const { minibatch } = this.settings.ppo;
    for (let first = 0; first < count; first += minibatch) run(first, Math.min(minibatch, count - first));
  }

  /** `before`: control steps before this iteration. Epochs of minibatches in an order of their own; stops early where the policy has moved far enough. */
  private update(batch: Batch, iteration: number, before: number): void {
    const { seed, budget } = this.settings;
    const { epochs, minibatch, learningRate, targetKl } = this.settings.ppo;
    const count = batch.returns.length;
    const generator = new Generator([seed, MINIBATCHES, iteration]);
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    const rate = learningRate * Math.max(0, 1 - before / budget);
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle(order, generator);
      for (let first = 0; first < count; first += minibatch) {
        const kl = this.learnMinibatch(batch, order.subarray(first, Math.min(first + minibatch, count)), rate);
        if (targetKl > 0 && kl > 1.5 * targetKl) return;
      }
    }
  }

  private learnMinibatch(batch: Batch, order: Uint32Array, learningRate: number): number {
    const { actor, critic, logStd } = this;
    const { ppo } = this.settings;
    const { inputs } = this.shape;
    const m = logStd.length;
    const rows = order.length;
    const picked = {
      drawn: new Float64Array(rows * m),
      mean: new Float64Array(rows * m),
      values: new Float64Array(rows),
    };
    const pick = (values: Float64Array): Float64Array => Float64Array.from(order, (at) => values[at] as number);
    for (const [row, at] of order.entries()) {
      const observation = rowOf(batch.observations, at, inputs);
      actor.setInput(row, observation);
      critic.setInput(row, observation);
      picked.drawn.set(batch.drawn.subarray(at * m, (at + 1) * m), row * m);
    }
    actor.forward(rows);
    critic.forward(rows);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < m; i++) picked.mean[row * m + i] = actor.output(row, i);
      picked.values[row] = critic.output(row, 0);
    }
    const loss = ppoLoss(
      {
        ...picked,
        rows,
        actuators: m,
        logStd,
        oldLogProbability: pick(batch.oldLogProbability),
        advantages: pick(batch.advantages),
        returns: pick(batch.returns),
      },
      ppo,
    );
    if (ppo.targetKl > 0 && loss.approximateKl > 1.5 * ppo.targetKl) return loss.approximateKl;
    actor.backward(loss.dMean, rows);
    critic.backward(loss.dValues, rows);
    let squares = loss.dLogStd.reduce((sum, slope) => sum + slope * slope, 0);
    for (const network of [actor, critic]) {
      network.parameterGradient(rows);
      squares += network.gradientSquares();
    }
    const scale = clipScale(squares, ppo.maxGradientNorm);
    for (const network of [actor, critic]) network.step({ learningRate, scale, epsilon: ADAM_EPSILON });
    this.adam.step(
      logStd,
      loss.dLogStd.map((slope) => scale * slope),
      learningRate,
    );
    return loss.approximateKl;
  }
}

function rowOf(values: Float32Array, row: number, width: number): Float32Array {
  return values.subarray(row * width, (row + 1) * width);
}

/** Source: Fisher and Yates, 1938. */
function shuffle(order: Uint32Array, generator: Generator): void {
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(generator.uniform(0, i + 1));
    [order[i], order[other]] = [order[other] as number, order[i] as number];
  }
}
