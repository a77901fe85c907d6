/** A swarm on a clock, and what the page is told of it. */
import type { SavedMoment, SwarmFrame, SwarmSettings, Vec3 } from "../../protocol";
import { Metronome, type TimeSource } from "../playback/clock";
import type { SerialQueue } from "../playback/queue";
import { COUNTERS, COUNTERS_SIZE } from "../simulation/episode_counters";
import type { Swarm } from "./swarm";

/** Milliseconds between two frames: bodies that are drawn by the hundred need no more. */
const FRAME_MS = 33;
/** Milliseconds over which rates are taken. */
const WINDOW_MS = 1000;

export type PostFrame = (frame: SwarmFrame, transfer: Transferable[]) => void;

export class SwarmPlay {
  private playing = false;
  private loops = 0;
  private pace = 1;
  private published = Number.NEGATIVE_INFINITY;
  private readonly metronome: Metronome;
  /** When each of the last steps was made, milliseconds. */
  private made: number[] = [];

  constructor(
    readonly swarm: Swarm,
    private readonly time: TimeSource,
    private readonly queue: SerialQueue,
    private readonly post: PostFrame,
    private readonly fail: (error: unknown) => void,
  ) {
    this.metronome = new Metronome(swarm.dt * 1000);
  }

  set(change: Partial<SwarmSettings>): void {
    const { swarm } = this;
    if (change.policy !== undefined) swarm.policyOn = change.policy;
    if (change.randomPushes !== undefined) swarm.setRandomPushes(change.randomPushes);
    if (change.command !== undefined) swarm.setCommand(change.command);
    if (change.level !== undefined) swarm.setLevel(change.level);
    if (change.speed !== undefined) {
      this.pace = change.speed;
      this.metronome.start(this.time.now(), this.period);
    }
  }

  play(): void {
    if (this.playing) return;
    this.playing = true;
    this.made = [];
    this.metronome.start(this.time.now(), this.period);
    this.loops += 1;
    void this.loop(this.loops);
  }

  pause(): void {
    this.playing = false;
    this.publish(this.time.now());
  }

  /** So many control steps of every body, without the clock. */
  step(n: number): void {
    for (let i = 0; i < n; i++) this.swarm.step();
    this.publish(this.time.now());
  }

  restart(seeds: readonly number[]): void {
    this.swarm.beginAt(seeds);
    this.publish(this.time.now());
  }

  push(impulse: Vec3): void {
    this.swarm.push(impulse, null);
  }

  swap(body: number, moment: SavedMoment | null): SavedMoment {
    const before = this.swarm.moment(body);
    if (moment !== null) this.swarm.put(body, moment);
    this.publish(this.time.now());
    return before;
  }

  dispose(): void {
    this.playing = false;
    this.swarm.dispose();
  }

  private get flatOut(): boolean {
    return this.pace === Number.POSITIVE_INFINITY;
  }

  private get period(): number {
    return (this.swarm.dt * 1000) / (this.flatOut ? 1 : this.pace);
  }

  private async loop(loop: number): Promise<void> {
    while (this.playing && loop === this.loops) {
      await this.time.sleepUntil(this.flatOut ? Number.NEGATIVE_INFINITY : this.metronome.deadline);
      await this.queue.run(this.tick);
    }
  }

  private readonly tick = (): void => {
    const now = this.time.now();
    if (!this.playing || (!this.flatOut && now < this.metronome.deadline)) return;
    if (!this.flatOut) this.metronome.tick(now);
    try {
      this.swarm.step();
    } catch (error) {
      this.playing = false;
      this.fail(error);
      return;
    }
    this.made.push(now);
    while ((this.made[0] ?? now) < now - WINDOW_MS) this.made.shift();
    if (now - this.published >= FRAME_MS) this.publish(now);
  };

  private publish(now: number): void {
    const { swarm, made } = this;
    this.published = now;
    const seconds = Math.max(1, now - (made[0] ?? now)) / 1000;
    const rate = made.length > 1 ? (made.length - 1) / seconds : 0;
    const poses = swarm.poses.slice();
    const steps = Int32Array.from({ length: swarm.slots }, (_, slot) =>
      Number(swarm.counters[slot * COUNTERS_SIZE + COUNTERS.steps]),
    );
    const returns = Float64Array.from({ length: swarm.slots }, (_, slot) =>
      Number(swarm.counters[slot * COUNTERS_SIZE + COUNTERS.episodeReturn]),
    );
    const running = swarm.running.slice();
    const active = running.reduce((sum, on) => sum + on, 0);
    const ended = swarm.ended.splice(0).map(({ slot: _, ...episode }) => episode);
    const frame = {
      type: "swarmFrame",
      poses,
      steps,
      ended,
      returns,
      running,
      stepRate: rate * active,
      factor: rate * swarm.dt,
    } as const;
    this.post(frame, [poses.buffer]);
  }
}
