/**
 * Population-based training: members learn side by side; after each generation the worst goes on from the best one's state
 * with hyperparameters that are changed a little.
 *
 * Source: Jaderberg and others, 2017 (arXiv:1711.09846)
 */
import type { TrainingCheckpoint, TrainingSettings } from "../protocol";
import type { Trainer } from "./trainer";

/** Generations in a budget. */
export const GENERATIONS = 8;
/** A hyperparameter is multiplied by one of these. */
const CHANGES = [0.8, 1.25] as const;

/** From which member one went on. */
export interface Descent {
  readonly generation: number;
  readonly member: number;
  readonly from: number;
  /** What was changed, in words: `learningRate 0.0003 → 0.00024`. */
  readonly changes: readonly string[];
}

export interface PopulationState {
  readonly generation: number;
  readonly descents: readonly Descent[];
  readonly checkpoints: readonly TrainingCheckpoint[];
}

export class Population {
  private wanted = false;

  constructor(
    readonly members: readonly Trainer[],
    private readonly budget: number,
    public generation = 0,
    public descents: readonly Descent[] = [],
  ) {}

  get done(): boolean {
    return this.members.every(({ progress }) => progress.done);
  }

  /** The number of the member whose best evaluation is the best. */
  get leader(): number {
    return ranked(this.members.map(({ progress }) => progress.best?.mean ?? Number.NEGATIVE_INFINITY))[0] ?? 0;
  }

  /** Learns until every budget is used up, or `pause` is called. `changed` is told of each descent. */
  async learn(changed: (descent: Descent) => void): Promise<void> {
    this.wanted = true;
    while (this.wanted && !this.done) {
      const until = ((this.generation + 1) * this.budget) / GENERATIONS;
      await Promise.all(this.members.map((member) => member.learn(until)));
      if (!this.wanted) return;
      this.generation += 1;
      if (this.members.length > 1 && !this.done) changed(await this.exploit());
    }
  }

  async pause(): Promise<void> {
    this.wanted = false;
    await Promise.all(this.members.map((member) => member.pause()));
  }

  async state(): Promise<PopulationState> {
    const checkpoints = await Promise.all(this.members.map((member) => member.checkpoint()));
    return { generation: this.generation, descents: this.descents, checkpoints };
  }

  /** One member that failed, or else the worst, goes on from the best. */
  private async exploit(): Promise<Descent> {
    const scores = this.members.map(({ progress }) =>
      progress.failure === null ? (progress.evaluated?.mean ?? Number.NEGATIVE_INFINITY) : Number.NEGATIVE_INFINITY,
    );
    const order = ranked(scores);
    const [best, worst] = [order[0] as number, order.at(-1) as number];
    const source = this.members[best] as Trainer;
    const loser = this.members[worst] as Trainer;
    const { settings, changes } = perturbed(source.settings, this.generation * this.members.length + worst);
    await loser.adopt({ ...settings, seed: loser.settings.seed }, await source.checkpoint());
    const descent = { generation: this.generation, member: worst, from: best, changes };
    this.descents = [...this.descents, descent];
    return descent;
  }
}

/** Indices, the highest score first; of equal ones the first. */
function ranked(scores: readonly number[]): number[] {
  return scores.map((_, at) => at).sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
}

/** The hyperparameters that a population varies. */
const VARIED = {
  ars: ["stepSize", "noise"],
  ppo: ["learningRate", "clipRange"],
  sac: ["learningRate", "tau"],
} as const;

/** The settings of another member: each varied hyperparameter a little smaller or larger, chosen by `number`. */
export function perturbed(
  settings: TrainingSettings,
  number: number,
): { readonly settings: TrainingSettings; readonly changes: readonly string[] } {
  const { algorithm } = settings;
  const values: Record<string, number> = {};
  const changes: string[] = [];
  for (const [i, name] of VARIED[algorithm].entries()) {
    const before = (settings[algorithm] as unknown as Record<string, number>)[name] as number;
    const after = Number((before * CHANGES[(number >> i) & 1 ? 1 : 0]).toPrecision(4));
    values[name] = after;
    changes.push(`${name} ${before} → ${after}`);
  }
  return { settings: { ...settings, [algorithm]: { ...settings[algorithm], ...values } }, changes };
}
