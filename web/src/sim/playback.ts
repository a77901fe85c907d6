/**
 * A simulation on a clock: play, pause, step, episodes that follow one another, and what the page is told of it.
 *
 * Requests and ticks take turns, so that nothing changes the world in the middle of a control step.
 */
import { Metronome, type TimeSource } from "./clock";
import { Frames, type Post } from "./frames";
import type { Meter } from "./meter";
import type { EpisodeEvent, Snapshot, WorkerMetrics } from "./protocol";
import { DivergedError, type ResetOptions, type Simulation } from "./simulation";
import type { Turns } from "./turns";

/** Milliseconds of playing between an episode's end and the next one's beginning. */
const AUTO_RESET_MS = 2000;

export class Playback {
  readonly frames: Frames;
  autoReset = true;
  private isPlaying = false;
  /** Counts the loops begun: an older one that wakes up sees that it is over. */
  private loops = 0;
  private pace = 1;
  /** Milliseconds played since the episode ended. */
  private overtime = 0;
  private readonly metronome: Metronome;

  constructor(
    readonly simulation: Simulation,
    private readonly time: TimeSource,
    private readonly meter: Meter,
    private readonly turns: Turns,
    private readonly post: Post,
    /** Called when playing stops by itself, or the seed changes. */
    private readonly changed: () => void,
  ) {
    this.frames = new Frames(simulation, post);
    this.metronome = new Metronome(this.period);
  }

  get playing(): boolean {
    return this.isPlaying;
  }

  get speed(): number {
    return this.pace;
  }

  /** Wall milliseconds per control step. */
  private get period(): number {
    return (this.simulation.physics.dt * 1000) / this.pace;
  }

  play(): void {
    if (this.isPlaying) return;
    this.isPlaying = true;
    this.restartClock();
    this.loops += 1;
    void this.loop(this.loops);
  }

  pause(): void {
    this.isPlaying = false;
    this.meter.restart();
  }

  /** Control steps per wall second, as a multiple of the policy's own rate. */
  setSpeed(speed: number): void {
    if (!(speed > 0 && speed <= 1000)) throw new Error(`The speed is a factor above 0 and up to 1000; got ${speed}.`);
    this.pace = speed;
    this.restartClock();
  }

  /** Exactly `n` control steps, without the clock. */
  async step(n: number): Promise<Snapshot> {
    if (!Number.isSafeInteger(n) || n < 0)
      throw new Error(`step takes a non-negative whole number of steps; got ${n}.`);
    try {
      for (let i = 0; i < n; i++) await this.advance();
    } catch (error) {
      if (error instanceof DivergedError) this.beginEpisode({});
      throw error;
    }
    this.show();
    return this.simulation.snapshot();
  }

  reset(options: ResetOptions): Snapshot {
    this.beginEpisode(options);
    return this.simulation.snapshot();
  }

  /** Publishes the state as it is: for whatever changed while paused. */
  show(): void {
    const now = this.time.now();
    this.frames.publish(now, now);
  }

  metrics(): WorkerMetrics {
    const { physics } = this.simulation;
    return this.meter.metrics(this.time.now(), physics.dt, this.metronome.slipped, physics.heapBytes);
  }

  dispose(): void {
    this.pause();
    this.simulation.dispose();
  }

  private restartClock(): void {
    this.meter.restart();
    this.metronome.start(this.time.now(), this.period);
  }

  private async loop(loop: number): Promise<void> {
    while (this.isPlaying && loop === this.loops) {
      await this.time.sleepUntil(this.metronome.deadline);
      await this.turns.take(this.tick);
    }
  }

  private readonly tick = async (): Promise<void> => {
    // A request that had its turn first may have paused, or set another pace.
    const due = this.metronome.deadline;
    const now = this.time.now();
    if (!this.isPlaying || now < due) return;
    this.meter.tick(now, this.metronome.tick(now));
    try {
      await this.advance();
      this.continueAfterEnd();
    } catch (error) {
      this.fail(error);
    }
    this.frames.offer(due, now);
  };

  private async advance(): Promise<void> {
    const { simulation } = this;
    const before = simulation.ended;
    await simulation.step();
    this.meter.step(simulation.times);
    if (simulation.ended && !before) this.announce("end");
  }

  private continueAfterEnd(): void {
    if (!this.simulation.ended || this.simulation.hand.holds) {
      this.overtime = 0;
      return;
    }
    this.overtime += this.metronome.period;
    if (this.autoReset && this.overtime >= AUTO_RESET_MS) this.beginEpisode({});
  }

  private beginEpisode(options: ResetOptions): void {
    this.simulation.reset(options);
    this.overtime = 0;
    this.announce("begin");
    this.show();
    this.changed();
  }

  /** Divergence is mended by a reset; anything else stops playing. Both are said. */
  private fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof DivergedError) {
      this.beginEpisode({});
    } else {
      this.pause();
      this.changed();
    }
    this.post({ type: "error", message, fatal: false });
  }

  private announce(phase: EpisodeEvent["phase"]): void {
    const { episode, seed, episodeReturn, episodeLength, terminated, truncated, physics } = this.simulation;
    const reason = terminated ? "terminated" : truncated ? "truncated" : null;
    const time = episodeLength * physics.dt;
    this.post({ type: "episode", phase, episode, seed, episodeReturn, episodeLength, time, reason });
  }
}
