/** What `bbconvert bench` measures in the worker. */

/** Microseconds of the same control steps, a number each. */
export interface Benchmark {
  /** A control step as it is played: policy, physics, observation, reward, history. */
  readonly whole: Float64Array;
  readonly policy: Float64Array;
  readonly physics: Float64Array;
  readonly observation: Float64Array;
  /** The policy's arithmetic and MuJoCo, one after the other and nothing else, over the same observations and actions. */
  readonly core: Float64Array;
  /** MuJoCo alone, over the same states and actions: `mj_step` `frame_skip` times, then `mj_rnePostConstraint`. */
  readonly bare: Float64Array;
}
