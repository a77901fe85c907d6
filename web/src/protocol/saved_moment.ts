/** A moment as it is kept outside the worker, so that another worker can go on from it to the last bit. */
export interface SavedMoment {
  /** Whether it is an episode's beginning: then `state` is `qpos` and `qvel`, else what `Physics.restore` takes. */
  readonly reset: boolean;
  readonly state: Float64Array;
  /** A row of `COUNTERS`. */
  readonly counters: Float64Array;
  /** The action that led to it. */
  readonly action: Float32Array;
  /** A recurrent network's state, then the command; empty where there is neither. */
  readonly carried: Float64Array;
  /** The running statistics; empty in the other modes. */
  readonly statistics: Float64Array;
}
