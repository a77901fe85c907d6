/**
 * Fixed-step pacing against absolute deadlines.
 *
 * `Metronome` is arithmetic alone: tick k is due at origin + k * period, so nothing drifts; a late caller catches up a few
 * ticks and then the origin slips, which is counted, so nothing spirals and no burst follows a hidden tab.
 * `TimeSource` waits; `WorkerTime` waits finely inside a worker and lets messages in while it does.
 */

/** Ticks that a late caller may still catch up. */
const CATCH_UP = 8;

export class Metronome {
  /** Ticks that were skipped so far. */
  dropped = 0;
  private origin = 0;
  private ticks = 0;
  private length: number;

  /** `period` in milliseconds. */
  constructor(period: number) {
    this.length = period;
  }

  get period(): number {
    return this.length;
  }

  /** When the next tick is due, milliseconds. */
  get deadline(): number {
    return this.origin + this.ticks * this.length;
  }

  /** The first tick is due one period after `now`. */
  start(now: number, period = this.length): void {
    this.length = period;
    this.origin = now;
    this.ticks = 1;
  }

  /**
   * Takes the tick that is due and returns its lateness in milliseconds.
   *
   * More than a few ticks behind, the whole ones are given up: the deadlines move, this tick is on time again.
   */
  tick(now: number): number {
    const behind = now - this.deadline;
    if (behind > CATCH_UP * this.length) {
      const lost = Math.floor(behind / this.length);
      this.dropped += lost;
      this.origin += lost * this.length;
    }
    this.ticks += 1;
    return Math.max(0, behind);
  }
}

export interface TimeSource {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Resolves at `deadline` or soon after; messages that arrived are served in between. */
  sleepUntil(deadline: number): Promise<void>;
}

/** Messages wait no longer than this for a sleeping or a catching-up worker. */
const SLICE_MS = 4;
/** A timer may overshoot by about a millisecond: without a precise sleep the rest is spent yielding. */
const TIMER_MARGIN_MS = 1.6;

/** `precise`: sleeps with Atomics.wait, which needs a cross-origin isolated worker. Otherwise timers, then yielding. */
export class WorkerTime implements TimeSource {
  private readonly channel = new MessageChannel();
  private readonly cell: Int32Array | null;
  private resume: (() => void) | null = null;
  private breathed = Number.NEGATIVE_INFINITY;

  constructor(precise: boolean) {
    this.cell = precise ? new Int32Array(new SharedArrayBuffer(4)) : null;
    this.channel.port1.onmessage = () => {
      this.breathed = this.now();
      this.resume?.();
    };
  }

  now(): number {
    return performance.now();
  }

  async sleepUntil(deadline: number): Promise<void> {
    if (deadline > this.now() || this.now() - this.breathed > SLICE_MS) await this.breathe();
    for (let remaining = deadline - this.now(); remaining > 0; remaining = deadline - this.now()) {
      if (this.cell !== null) {
        Atomics.wait(this.cell, 0, 0, Math.min(remaining, SLICE_MS));
        if (remaining > SLICE_MS) await this.breathe();
      } else {
        // A timer set by a message, not by a timer, is not clamped to 4 ms: each one follows a message.
        if (remaining > TIMER_MARGIN_MS) await new Promise((wake) => setTimeout(wake, remaining - TIMER_MARGIN_MS));
        await this.breathe();
      }
    }
  }

  /** Lets the messages that arrived be served, then goes on. Unlike a timer it is never clamped. */
  breathe(): Promise<void> {
    return new Promise((resolve) => {
      this.resume = resolve;
      this.channel.port2.postMessage(null);
    });
  }

  close(): void {
    this.channel.port1.close();
  }
}
