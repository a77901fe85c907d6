/** Where the time of a control step goes. */

export type Stage = "policy" | "physics" | "observation";

export class StopWatch {
  /** Microseconds of each stage in the last step that was timed, and of all of it. */
  readonly times: Record<Stage | "total", number> = { policy: 0, physics: 0, observation: 0, total: 0 };
  private begin = 0;
  private last = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The step begins. */
  start(): void {
    this.begin = this.now();
    this.last = this.begin;
  }

  /** A stage ends, and the next one begins. */
  ends(stage: Stage): void {
    const now = this.now();
    this.times[stage] = (now - this.last) * 1000;
    this.last = now;
  }

  /** The step ends. */
  stop(): void {
    this.times.total = (this.now() - this.begin) * 1000;
  }
}
