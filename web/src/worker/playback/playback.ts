/**
 * A simulation on a clock: play, pause, step, episodes that follow one another, and what the page is told of it.
 *
 * Requests and ticks run one at a time, so that nothing changes the world in the middle of a control step.
 */

import {
  type EpisodeEvent,
  fatalError,
  isFatal,
  type SavedMoment,
  type Snapshot,
  type WorkerMetrics,
} from "../../protocol";
import { Frames, type Post } from "../frames/frames";
import type { Meter } from "../frames/meter";
import { Replay } from "../recording/replay";
import type { Rollout } from "../recording/rollout";
import { DivergedError, type ResetOptions, type Simulation } from "../simulation/simulation";
import { StopWatch } from "../simulation/stop_watch";
import { Metronome, type TimeSource } from "./clock";
import { History } from "./history";
import type { SerialQueue } from "./queue";

/** Milliseconds of playing between an episode's end and the next one's beginning. */
const AUTO_RESET_MS = 2000;
/** Milliseconds of `step` between two moments at which messages, such as pings, are served. */
const BREATH_MS = 100;
/** Control steps between two whose stages are timed: reading the clock takes time itself, and leaves garbage. */
const TIMED_EVERY = 8;

export class Playback {
  readonly frames: Frames;
  readonly history: History;
  autoReset = true;
  private isPlaying = false;
  /** Counts the loops begun: an older one that wakes up sees that it is over. */
  private loops = 0;
  private pace = 1;
  /** The moment at which the last replay began. */
  private replayBegin = 0;
  /** Milliseconds played since the episode ended. */
  private overtime = 0;
  private readonly metronome: Metronome;
  private readonly watch = new StopWatch();

  constructor(
    readonly simulation: Simulation,
    private readonly time: TimeSource,
    private readonly meter: Meter,
    private readonly queue: SerialQueue,
    private readonly post: Post,
    /** Called when playing stops without a request, or the seed changes. */
    private readonly changed: () => void,
  ) {
    this.history = new History(simulation);
    this.frames = new Frames(simulation, post, () => this.history.keep());
    this.metronome = new Metronome(this.period);
  }

  get playing(): boolean {
    return this.isPlaying;
  }

  get speed(): number {
    return this.pace;
  }

  /** As fast as this machine can: no step is late, and none waits. */
  private get flatOut(): boolean {
    return this.pace === Number.POSITIVE_INFINITY;
  }

  /** Wall milliseconds per control step; at unlimited speed those of real time, which pace nothing. */
  private get period(): number {
    return (this.simulation.physics.dt * 1000) / (this.flatOut ? 1 : this.pace);
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

  /** Control steps per wall second, as a multiple of the policy's own rate; Infinity: as many as there can be. */
  setSpeed(speed: number): void {
    if (!(speed > 0 && (speed <= 1000 || speed === Number.POSITIVE_INFINITY))) {
      throw new Error(`The speed is a factor above 0 and up to 1000, or Infinity; got ${speed}.`);
    }
    this.pace = speed;
    this.restartClock();
  }

  /** Another level of the environment: begins anew with the same seed; what came before cannot be returned to. */
  setLevel(level: number | null): void {
    const { simulation } = this;
    if ((level ?? simulation.manifest.env.level ?? null) === simulation.level) return;
    simulation.setLevel(level);
    this.beginEpisode({ seed: simulation.seed });
    this.history.forget();
  }

  /** Exactly `n` control steps, without the clock. */
  async step(n: number): Promise<Snapshot> {
    if (!Number.isSafeInteger(n) || n < 0)
      throw new Error(`step takes a non-negative whole number of steps; got ${n}.`);
    try {
      for (let i = 0, rested = this.time.now(); i < n; i++) {
        const pending = this.advance();
        if (pending !== null) await pending;
        this.endReplay();
        if (this.time.now() - rested < BREATH_MS) continue;
        await this.time.sleepUntil(Number.NEGATIVE_INFINITY);
        rested = this.time.now();
      }
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

  /** Pauses at moment `index` of the history, everything as it was then. */
  seek(index: number): Snapshot {
    this.pause();
    this.history.seek(index);
    this.frames.gait.forget();
    // What came before a replay is no part of it.
    if (index < this.replayBegin) this.simulation.replay = null;
    this.overtime = 0;
    this.show();
    this.changed();
    return this.simulation.snapshot();
  }

  /** Pauses where `rollout` begins; its actions play from there to its end, unless a perturbation lets the policy take over. */
  replay(rollout: Rollout): Snapshot {
    const { simulation } = this;
    const replay = new Replay(rollout, simulation.physics);
    this.pause();
    if (rollout.level !== simulation.level) simulation.setLevel(rollout.level);
    const { seed, start, firstStep: steps, state, lastAction, recurrentState, loop, commands } = rollout;
    if (commands !== null) simulation.command = Array.from(commands.row(0));
    if (state === null) {
      const { nq } = simulation.physics.model;
      const held = (simulation.manifest.env.control?.hold ?? 0) > 0;
      const [qpos, qvel] =
        start === null ? [rollout.qpos.row(0), rollout.qvel.row(0)] : [start.subarray(0, nq), start.subarray(nq)];
      // The first row comes after the steps in which a robot is held: only its own reset leads there.
      if (held && start === null) this.beginEpisode({ seed });
      else this.beginEpisode({ seed, qpos: Array.from(qpos), qvel: Array.from(qvel) });
    } else {
      simulation.enter({ seed, steps, state, lastAction, recurrentState, loop });
      this.history.entered(state);
      this.begun();
    }
    simulation.replay = replay;
    this.replayBegin = this.history.at;
    this.changed();
    return simulation.snapshot();
  }

  /** Pauses where another worker was. */
  resume(moment: SavedMoment): Snapshot {
    this.pause();
    this.history.resume(moment);
    this.simulation.replay = null;
    this.overtime = 0;
    this.show();
    this.changed();
    return this.simulation.snapshot();
  }

  /** The policy takes over from a replay. */
  takeOver(): void {
    if (this.simulation.replay === null) return;
    this.simulation.replay = null;
    this.simulation.perturbations.reset();
    this.changed();
  }

  /** Publishes the state as it is: for whatever changed while paused. */
  show(): void {
    const now = this.time.now();
    this.frames.publish(now, now);
  }

  metrics(): WorkerMetrics {
    const { physics } = this.simulation;
    return this.meter.metrics(this.time.now(), physics.dt, this.metronome.dropped, physics.heapBytes);
  }

  dispose(): void {
    this.pause();
    this.frames.dispose();
    this.simulation.dispose();
  }

  private restartClock(): void {
    this.meter.restart();
    this.metronome.start(this.time.now(), this.period);
  }

  private async loop(loop: number): Promise<void> {
    while (this.isPlaying && loop === this.loops) {
      await this.time.sleepUntil(this.flatOut ? Number.NEGATIVE_INFINITY : this.metronome.deadline);
      await this.queue.run(this.tick);
    }
  }

  private readonly tick = async (): Promise<void> => {
    // A request that ran first may have paused, or set another speed.
    const now = this.time.now();
    const due = this.flatOut ? now : this.metronome.deadline;
    if (!this.isPlaying || now < due) return;
    this.meter.tick(now, this.flatOut ? 0 : this.metronome.tick(now));
    try {
      const pending = this.advance();
      if (pending !== null) await pending;
      this.endReplay();
      this.continueAfterEnd();
    } catch (error) {
      this.fail(error);
    }
    this.frames.offer(due, now);
  };

  /** One control step and what follows it; every so often its stages are timed. Null: it is made. */
  advance(watch = this.simulation.steps % TIMED_EVERY === 0 ? this.watch : null): Promise<void> | null {
    const { simulation, frames } = this;
    const before = simulation.ended;
    const body = simulation.perturbations.dropRestoredDrag();
    if (body !== null) this.post({ type: "letGo", body });
    const pending = simulation.step(watch);
    if (pending !== null) {
      return pending.then(async () => {
        this.stepped(before, watch);
        await frames.traces.record();
      });
    }
    this.stepped(before, watch);
    return frames.traces.record();
  }

  private stepped(endedBefore: boolean, watch: StopWatch | null): void {
    const { simulation } = this;
    this.history.stepped();
    this.frames.gait.record();
    if (watch !== null) this.meter.step(watch.times);
    if (simulation.ended && !endedBefore) this.announce("end");
  }

  private continueAfterEnd(): void {
    if (!this.simulation.ended || this.simulation.perturbations.holds || this.simulation.replay !== null) {
      this.overtime = 0;
      return;
    }
    this.overtime += this.metronome.period;
    if (this.autoReset && this.overtime >= AUTO_RESET_MS) this.beginEpisode({});
  }

  /** At its end a replay is compared with the recording, and play pauses. */
  private endReplay(): void {
    const { replay, steps } = this.simulation;
    if (replay === null || !replay.isOver(steps)) return;
    this.pause();
    this.show();
    this.takeOver();
    this.post({ type: "replay", steps: replay.rollout.steps, equal: replay.equal, largest: replay.largest });
  }

  private beginEpisode(options: ResetOptions): void {
    this.simulation.reset(options);
    this.frames.gait.forget();
    this.history.began(options.seed !== undefined);
    this.begun();
  }

  private begun(): void {
    this.simulation.replay = null;
    this.overtime = 0;
    this.announce("begin");
    this.show();
    this.changed();
  }

  /** Divergence leads to a reset; any other error stops playing. Both are reported. */
  private fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof DivergedError) {
      this.beginEpisode({});
    } else {
      this.pause();
      this.changed();
    }
    this.post(isFatal(error) ? fatalError(message) : { type: "error", message, fatal: false });
  }

  private announce(phase: EpisodeEvent["phase"]): void {
    const { episode, seed, episodeReturn, episodeLength, terminated, truncated, physics } = this.simulation;
    const reason = terminated ? "terminated" : truncated ? "truncated" : null;
    const time = episodeLength * physics.dt;
    this.post({ type: "episode", phase, episode, seed, episodeReturn, episodeLength, time, reason });
  }
}
