/**
 * The networks of soft actor-critic, and one gradient step of all of them: two critics and their slow copies, a squashed Gaussian,
 * a temperature that is learned.
 *
 * Source: Haarnoja and others, 2018 (arXiv:1812.05905), in the order of Stable-Baselines3, sac/sac.py (2.9);
 * tests/oracle/test_training_in_tab.py holds the gradients to it.
 */
import type { SacHyperparameters } from "../../protocol";
import type { Generator } from "../env/random";
import { Adam, type AdamState } from "./adam";
import type { Transitions } from "./replay_buffer";
import { type Draw, drawSquashed, SQUASH_EPSILON } from "./squashed_gaussian";
import { type MlpShape, type MlpState, TrainableMlp } from "./trainable_mlp";

export interface SacNetworksState {
  readonly actor: MlpState;
  readonly critics: readonly MlpState[];
  readonly targets: readonly MlpState[];
  readonly logAlpha: number;
  readonly adam: AdamState;
}

type Rates = Pick<SacHyperparameters, "learningRate" | "gamma" | "tau">;

export class SacNetworks {
  readonly actor: TrainableMlp;
  readonly critics: readonly [TrainableMlp, TrainableMlp];
  readonly targets: readonly [TrainableMlp, TrainableMlp];
  /** The logarithm of the temperature. */
  readonly logAlpha = new Float64Array(1);
  /** Of the last update: the gradient of the temperature's loss with respect to its logarithm. */
  alphaGradient = 0;
  private readonly adam = new Adam(1);
  private readonly m: number;

  /** `shape` is the actor's, `hidden` the widths of the critics' layers; a batch has `rows` rows. */
  constructor(
    private readonly shape: MlpShape,
    hidden: readonly number[],
    private readonly rows: number,
  ) {
    this.actor = new TrainableMlp(shape, rows);
    this.m = this.actor.outputs / 2;
    const inputs = shape.inputs + this.m;
    const critic = () => new TrainableMlp({ inputs, layers: [...hidden, 1], activation: "relu" }, rows);
    this.critics = [critic(), critic()];
    this.targets = [critic(), critic()];
  }

  begin(generator: Generator): void {
    this.actor.beginUniform(generator);
    for (const [k, critic] of this.critics.entries()) {
      critic.beginUniform(generator);
      (this.targets[k] as TrainableMlp).parameters = critic.parameters;
    }
  }

  get state(): SacNetworksState {
    const { actor, critics, targets, logAlpha, adam } = this;
    return {
      actor: actor.state,
      critics: critics.map(({ state }) => state),
      targets: targets.map(({ state }) => state),
      logAlpha: logAlpha[0] as number,
      adam: adam.state,
    };
  }

  set state({ actor, critics, targets, logAlpha, adam }: SacNetworksState) {
    this.actor.state = actor;
    for (const [k, critic] of this.critics.entries()) critic.state = critics[k] as MlpState;
    for (const [k, target] of this.targets.entries()) target.state = targets[k] as MlpState;
    this.logAlpha[0] = logAlpha;
    this.adam.state = adam;
  }

  /** One gradient step of everything; `generator` draws the actions. */
  update(batch: Transitions, generator: Pick<Generator, "standardNormal">, rates: Rates): void {
    const { rows, m, actor, critics, targets } = this;
    const { learningRate, gamma, tau } = rates;
    const alpha = Math.exp(this.logAlpha[0] as number);

    // What the targets say of the next state, under the policy's own next action.
    this.look(batch.next);
    const next = drawSquashed(actor, generator, rows);
    for (const target of targets) this.feed(target, batch.next, next.action);
    const wanted = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const least = Math.min(targets[0].output(row, 0), targets[1].output(row, 0));
      const soft = least - alpha * (next.logProbability[row] as number);
      wanted[row] = (batch.rewards[row] as number) + (batch.terminated[row] === 1 ? 0 : gamma * soft);
    }

    this.look(batch.observations);
    const now = drawSquashed(actor, generator, rows);
    const excess = now.logProbability.reduce((sum, value) => sum + value - m, 0) / rows;
    this.alphaGradient = -excess;
    this.adam.step(this.logAlpha, Float64Array.of(-excess), learningRate);

    for (const critic of critics) {
      this.feed(critic, batch.observations, batch.actions);
      critic.backward(
        wanted.map((value, row) => (critic.output(row, 0) - value) / rows),
        rows,
      );
      critic.parameterGradient(rows);
      critic.step({ learningRate });
    }
    this.improve(batch.observations, now, { alpha, learningRate });
    for (const [k, target] of targets.entries()) target.approach(critics[k] as TrainableMlp, tau);
  }

  /** The actor's step: up the lesser of the critics, and towards entropy. */
  private improve(
    observations: Float32Array,
    draw: Draw,
    { alpha, learningRate }: { alpha: number; learningRate: number },
  ): void {
    const { rows, m, actor, critics } = this;
    const { inputs } = this.shape;
    for (const critic of critics) this.feed(critic, observations, draw.action);
    const least = critics.map(() => new Float64Array(rows));
    for (let row = 0; row < rows; row++) {
      // The least of two equal numbers is the first.
      const lesser = critics[1].output(row, 0) < critics[0].output(row, 0) ? 1 : 0;
      (least[lesser] as Float64Array)[row] = 1;
    }
    const rises = critics.map((critic, k) => {
      critic.backward(least[k] as Float64Array, rows);
      return critic.inputGradient(rows);
    });
    const slope = new Float64Array(rows * 2 * m);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < m; i++) {
        const at = row * m + i;
        const action = draw.action[at] as number;
        const free = 1 - action * action;
        const column = inputs + i;
        const rise = rises.reduce((sum, { values, stride }) => sum + (values[row * stride + column] as number), 0);
        const along = (alpha * 2 * action * free) / (free + SQUASH_EPSILON) - rise * free;
        const spread = Math.exp(draw.logStd[at] as number) * (draw.normal[at] as number);
        slope[row * 2 * m + i] = along / rows;
        slope[row * 2 * m + m + i] = draw.free[at] === 1 ? (along * spread - alpha) / rows : 0;
      }
    }
    actor.backward(slope, rows);
    actor.parameterGradient(rows);
    actor.step({ learningRate });
  }

  /** Into the actor. */
  private look(observations: Float32Array): void {
    const { inputs } = this.shape;
    for (let row = 0; row < this.rows; row++)
      this.actor.setInput(row, observations.subarray(row * inputs, (row + 1) * inputs));
  }

  private feed(critic: TrainableMlp, observations: Float32Array, actions: Float32Array | Float64Array): void {
    const { rows, m } = this;
    const { inputs } = this.shape;
    for (let row = 0; row < rows; row++) {
      critic.setColumns(row, 0, observations.subarray(row * inputs, (row + 1) * inputs));
      critic.setColumns(row, inputs, actions.subarray(row * m, (row + 1) * m));
    }
    critic.forward(rows);
  }
}
