/**
 * Tells a worker that is stuck from a page that is not watching: arithmetic alone, no timer.
 *
 * The page beats once a second, and each beat sends a ping that a living worker answers at once. Only beats count, each for
 * a second at most: a hidden tab, a sleeping machine and a stalled main thread do not beat, so they raise no false alarm.
 */

/** Milliseconds from one beat to the next. */
export const BEAT_MS = 1000;
/** Milliseconds of silence before it is reported; each report doubles it. */
export const SILENCE_MS = 10_000;

export class Watchdog {
  /** Milliseconds for which a ping has been without an answer. */
  private silence = 0;
  /** The silence that is reported next. */
  private patience = SILENCE_MS;
  /** When the ping was sent that is to be answered; null: none is. Sent again, it is still the same silence. */
  private asked: number | null = null;
  /** A worker that never spoke is still being fetched: it cannot be silent yet. */
  private spoke = false;

  /** `ping` asks the worker; `tell` is given the milliseconds of silence, and 0 when it is over. */
  constructor(
    private readonly ping: () => void,
    private readonly tell: (silence: number) => void,
  ) {}

  /** The worker said something, whatever it was. */
  heard(): void {
    const told = this.patience > SILENCE_MS;
    this.spoke = true;
    this.asked = null;
    this.silence = 0;
    this.patience = SILENCE_MS;
    if (told) this.tell(0);
  }

  /** Once every `BEAT_MS`, as far as the page can. `now`: milliseconds, monotonic; `seen`: the page is visible. */
  beat(now: number, seen: boolean): void {
    if (!seen || !this.spoke) {
      this.silence = 0;
      this.asked = null;
      return;
    }
    if (this.asked !== null) this.silence += Math.min(now - this.asked, BEAT_MS);
    this.asked = now;
    this.ping();
    if (this.silence < this.patience) return;
    this.tell(this.patience);
    this.patience *= 2;
  }

  /** Another worker begins. */
  restart(): void {
    this.silence = 0;
    this.patience = SILENCE_MS;
    this.asked = null;
    this.spoke = false;
  }
}
