/** Optional arguments of the player's methods. */
import type { Backend } from "../protocol";

export interface LoadOptions {
  readonly seed?: number;
  readonly backend?: Backend;
}

export interface ResetOptions {
  /** Seed of the episode, as in `env.reset(seed=…)`; without it the generator continues. */
  readonly seed?: number;
  /** Replaces the drawn positions; `model.nq` numbers. */
  readonly qpos?: ArrayLike<number>;
  /** Replaces the drawn velocities; `model.nv` numbers. */
  readonly qvel?: ArrayLike<number>;
}
