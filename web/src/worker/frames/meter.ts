/** The timings that the telemetry shows, in rings allocated once; sorted only on request. */
import type { Percentiles, WorkerMetrics } from "../../protocol";
import type { StopWatch } from "../simulation/stop_watch";

/** The last `capacity` values. */
export class Ring {
  private readonly values: Float64Array;
  private readonly scratch: Float64Array;
  private next = 0;
  private count = 0;

  constructor(capacity: number) {
    this.values = new Float64Array(capacity);
    this.scratch = new Float64Array(capacity);
  }

  push(value: number): void {
    this.values[this.next] = value;
    this.next = (this.next + 1) % this.values.length;
    this.count = Math.min(this.count + 1, this.values.length);
  }

  clear(): void {
    this.next = 0;
    this.count = 0;
  }

  get size(): number {
    return this.count;
  }

  /** The value pushed `back` pushes ago (0: the last one). */
  last(back: number): number {
    const { length } = this.values;
    return this.values[(this.next - 1 - back + 2 * length) % length] as number;
  }

  /** The value at `share` (0 to 1) of the sorted values, nearest rank; 0 when empty. */
  percentile(share: number): number {
    if (this.count === 0) return 0;
    this.scratch.set(this.values.subarray(0, this.count));
    const sorted = this.scratch.subarray(0, this.count).sort();
    return sorted[Math.min(this.count - 1, Math.floor(share * this.count))] as number;
  }

  mean(): number {
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += this.values[i] as number;
    return this.count === 0 ? 0 : sum / this.count;
  }
}

const STAGES = ["physics", "observation", "policy", "total"] as const;
const WINDOW_MS = 1000;

export class Meter {
  private readonly ticks = new Ring(4096);
  private readonly lateness = new Ring(4096);
  private readonly stages = {
    physics: new Ring(64),
    observation: new Ring(64),
    policy: new Ring(64),
    total: new Ring(64),
  };

  /**
   * `coarse`: the clock's steps are longer than a stage (no cross-origin isolation: 100 µs). Then a median would be one of
   * two wrong values, and the mean, in which the rounding cancels, stands for it.
   */
  constructor(private readonly coarse: boolean) {}

  /** Starts to measure the rate anew: the speed changed, or playing begins. */
  restart(): void {
    this.ticks.clear();
    this.lateness.clear();
  }

  /** A control step of the clock, at `now` milliseconds, `late` milliseconds after its deadline. */
  tick(now: number, late: number): void {
    this.ticks.push(now);
    this.lateness.push(late);
  }

  /** A control step whose stages were timed. */
  step(times: StopWatch["times"]): void {
    for (const stage of STAGES) this.stages[stage].push(times[stage]);
  }

  private stage(name: (typeof STAGES)[number]): number {
    return this.coarse ? this.stages[name].mean() : this.stages[name].percentile(0.5);
  }

  /** Control steps per wall second over the last second. */
  rate(now: number): number {
    let n = 0;
    while (n < this.ticks.size && now - this.ticks.last(n) <= WINDOW_MS) n++;
    if (n < 2) return 0;
    return ((n - 1) * 1000) / (this.ticks.last(0) - this.ticks.last(n - 1));
  }

  /** `dt`: simulated seconds per control step. */
  metrics(now: number, dt: number, droppedSteps: number, heapBytes: number): WorkerMetrics {
    const controlHz = this.rate(now);
    const latenessMs: Percentiles = { p50: this.lateness.percentile(0.5), p99: this.lateness.percentile(0.99) };
    return {
      controlHz,
      realTimeFactor: controlHz * dt,
      latenessMs,
      stepUs: {
        physics: this.stage("physics"),
        observation: this.stage("observation"),
        policy: this.stage("policy"),
        total: this.stage("total"),
      },
      droppedSteps,
      slipped: droppedSteps,
      heapBytes,
    };
  }
}
