/** How fast the simulation runs, as the worker measures it and the page shows it. */

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export interface WorkerMetrics {
  /** Control steps per second of wall time, over the last second or so. */
  readonly controlHz: number;
  /** Simulated seconds per wall second, over the same window. */
  readonly realTimeFactor: number;
  /** Lateness of control ticks against their deadlines, milliseconds. */
  readonly latenessMs: Percentiles;
  /** Median microseconds a control step spends in each stage. */
  readonly stepUs: {
    readonly physics: number;
    readonly observation: number;
    readonly policy: number;
    readonly total: number;
  };
  /** Control steps that were skipped because the worker could not keep pace. */
  readonly droppedSteps: number;
  /** The earlier name of `droppedSteps`. */
  readonly slipped: number;
  /** Size of the MuJoCo WASM heap, bytes. */
  readonly heapBytes: number;
}

export interface Metrics extends WorkerMetrics {
  readonly renderFps: number;
}
