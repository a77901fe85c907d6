/** A training: iterations of its learner, evaluations between them, and the best policy so far. */
import type { Manifest } from "../../generated/bundle";
import type {
  TrainingCheckpoint,
  TrainingJob,
  TrainingProgress,
  TrainingResult,
  TrainingSettings,
} from "../../protocol";
import type { Stage } from "../export/trained_bundle";
import { openLearner } from "./algorithms";
import { type Beginning, DivergedTraining, type Learner } from "./learner";
import { evaluationSeeds } from "./seeds";

/** Evaluations in a budget, one before it apart, and the episodes of each. */
const EVALUATIONS = 20;
const EVALUATION_EPISODES = 10;
/** Latest episodes whose mean return is told. */
const WINDOW = 100;

/** What a checkpoint keeps beside the learner's own state. */
interface TrainingState {
  readonly learner: unknown;
  readonly iteration: number;
  readonly evaluations: number;
  readonly evaluating: boolean;
  readonly latest: readonly (readonly [number, number])[];
  readonly stages: readonly Stage[];
}

export class Training {
  readonly learner: Learner;
  /** Every evaluation, in order. */
  stages: Stage[] = [];
  private iteration = 0;
  private evaluations = 0;
  private evaluating = true;
  private latest: (readonly [number, number])[] = [];
  private failure: string | null = null;

  constructor(
    private readonly manifest: Manifest,
    readonly settings: TrainingSettings,
    from: Beginning | null,
  ) {
    this.learner = openLearner(manifest, settings, from);
  }

  get done(): boolean {
    return this.failure !== null || (!this.evaluating && this.learner.steps >= this.settings.budget);
  }

  /** Where in `stages` the best evaluation is; of two equal ones it is the later, which has learned more. */
  get best(): number {
    return this.stages.reduce((best, { mean }, at) => (mean >= (this.stages[best]?.mean ?? mean) ? at : best), 0);
  }

  /** What to play next. */
  jobs(): TrainingJob[] {
    if (!this.evaluating) return this.learner.jobs();
    const { policy } = this.learner.policy();
    return evaluationSeeds(EVALUATION_EPISODES).map((seed) => ({ kind: "episode", policy, seed, own: true }));
  }

  learn(results: readonly TrainingResult[]): TrainingProgress {
    if (this.evaluating) this.judge(results);
    else this.improve(results);
    return this.progress;
  }

  get progress(): TrainingProgress {
    const { iteration, learner, latest, stages, done, failure } = this;
    const mean = (at: 0 | 1): number | null =>
      latest.length === 0 ? null : latest.reduce((sum, episode) => sum + episode[at], 0) / latest.length;
    const point = (stage: Stage | undefined) => (stage === undefined ? null : { steps: stage.steps, mean: stage.mean });
    return {
      iteration,
      steps: learner.steps,
      episodeReturn: mean(0),
      episodeLength: mean(1),
      evaluated: point(stages.at(-1)),
      best: point(stages[this.best]),
      evaluating: this.evaluating,
      done,
      failure,
    };
  }

  checkpoint(): TrainingCheckpoint {
    const { learner, iteration, evaluations, evaluating, latest, stages } = this;
    const state: TrainingState = {
      learner: learner.state,
      iteration,
      evaluations,
      evaluating,
      latest: [...latest],
      stages: [...stages],
    };
    const curve = stages.map(({ steps, mean }) => [steps, mean] as const);
    return { version: 1, settings: this.settings, env: this.manifest.env.id, state, steps: learner.steps, curve };
  }

  /** Goes on from a checkpoint, to the bit. Raises where it is of another environment. */
  resume({ env, state }: TrainingCheckpoint): void {
    if (env !== this.manifest.env.id) throw new Error(`This checkpoint is of ${env}, not of ${this.manifest.env.id}.`);
    const { learner, iteration, evaluations, evaluating, latest, stages } = state as TrainingState;
    this.learner.state = learner;
    this.iteration = iteration;
    this.evaluations = evaluations;
    this.evaluating = evaluating;
    this.latest = [...latest];
    this.stages = [...stages];
  }

  private judge(results: readonly TrainingResult[]): void {
    const mean = (of: "episodeReturn" | "episodeLength"): number =>
      results.reduce((sum, result) => sum + (result.kind === "episode" ? result[of] : Number.NaN), 0) / results.length;
    const { steps } = this.learner;
    this.stages.push({ ...this.learner.policy(), steps, mean: mean("episodeReturn"), length: mean("episodeLength") });
    this.evaluations += 1;
    this.evaluating = false;
  }

  private improve(results: readonly TrainingResult[]): void {
    try {
      this.learner.learn(results);
    } catch (error) {
      if (!(error instanceof DivergedTraining)) throw error;
      const steps = this.stages[this.best]?.steps ?? 0;
      const kept = `The best policy so far, of step ${steps.toLocaleString("en")}, is kept.`;
      this.failure = `${error.message} The training stopped. ${kept} A smaller learning rate may help.`;
      return;
    }
    this.iteration += 1;
    this.latest = [...this.latest, ...this.learner.episodes].slice(-WINDOW);
    const { budget } = this.settings;
    const { steps } = this.learner;
    this.evaluating = steps >= budget || steps >= (this.evaluations * budget) / EVALUATIONS;
  }
}
