/** A training over a pool of workers: one learns, the others play for it. No result depends on how many there are. */
import type {
  ShownPolicy,
  TrainedBundle,
  TrainingBody,
  TrainingCheckpoint,
  TrainingProgress,
  TrainingSettings,
} from "../protocol";
import type { SimulationClient } from "./client";
import type { CollectorPool } from "./collector_pool";

export class Trainer {
  private running: Promise<void> | null = null;
  private wanted = false;

  private constructor(
    private readonly learner: SimulationClient,
    private readonly pool: CollectorPool,
    readonly run: number,
    private readonly body: TrainingBody,
    public settings: TrainingSettings,
    public progress: TrainingProgress,
    private readonly told: (progress: TrainingProgress) => void,
  ) {}

  /** `told` hears of every iteration. Rejects where the settings do not fit the body. */
  static async open(
    learner: SimulationClient,
    pool: CollectorPool,
    run: number,
    body: TrainingBody,
    settings: TrainingSettings,
    checkpoint: TrainingCheckpoint | null,
    told: (progress: TrainingProgress) => void,
  ): Promise<Trainer> {
    const { network, progress } = await learner.request({ type: "train", run, body, settings, checkpoint });
    pool.enrol(run, { body, settings, network });
    return new Trainer(learner, pool, run, body, settings, progress, told);
  }

  /** Learns until the budget is used up, `until` control steps are made, or `pause` is called. Rejects with the reason it failed. */
  learn(until = Number.POSITIVE_INFINITY): Promise<void> {
    this.wanted = true;
    this.running ??= this.iterate(until).finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Ends after the iteration that is being played. */
  async pause(): Promise<void> {
    this.wanted = false;
    await this.running;
  }

  /** The state between two iterations. */
  checkpoint(): Promise<TrainingCheckpoint> {
    return this.learner.request({ type: "trainCheckpoint", run: this.run });
  }

  /** Goes on from another training's state, with these settings. */
  async adopt(settings: TrainingSettings, checkpoint: TrainingCheckpoint): Promise<void> {
    const { body, run } = this;
    const { network, progress } = await this.learner.request({ type: "train", run, body, settings, checkpoint });
    this.pool.enrol(run, { body, settings, network });
    this.settings = settings;
    this.progress = progress;
  }

  /** The policy as it is now. */
  policy(): Promise<ShownPolicy> {
    return this.learner.request({ type: "trainPolicy", run: this.run });
  }

  /** The best policy so far as a bundle. */
  bundle(name: string): Promise<TrainedBundle> {
    return this.learner.request({ type: "trainBundle", run: this.run, name });
  }

  private async iterate(until: number): Promise<void> {
    const { learner, pool, run } = this;
    while (this.wanted && !this.progress.done && (this.progress.steps < until || this.progress.evaluating)) {
      const jobs = await learner.request({ type: "trainJobs", run });
      const results = await pool.play(run, jobs);
      this.progress = await learner.request({ type: "trainLearn", run, results });
      this.told(this.progress);
    }
  }
}
