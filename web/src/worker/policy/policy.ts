/** A policy as the simulation uses it, with any backend. */

import type { Backend } from "../../protocol";
import type { Statistics } from "./normalization";

export interface Policy {
  readonly backend: Backend;
  /** The last action, float32 as given to the environment: the same array every time. */
  readonly action: Float32Array;
  /** The network's output before the action transform; written by `evaluate`. */
  readonly preAction: Float64Array;
  /** The logarithm of the Gaussian's standard deviation around it, where there is one; written by `evaluate`. */
  readonly logStd: Float64Array | null;
  /**
   * The action for a raw observation, into `action`. One call at a time. Null: it is there already.
   *
   * `fed` are the running statistics, null in the other modes: frozen ones are part of the policy. `recurrentState` is
   * that of a recurrent network, zeros when an episode begins, and is replaced by the one that follows; else it is empty.
   */
  act(observation: Float64Array, fed: Statistics | null, recurrentState: Float64Array): Promise<void> | null;
  /** As `act`, and the output before the transform, into `preAction` and `logStd`. */
  evaluate(observation: Float64Array, fed: Statistics | null, recurrentState: Float64Array): Promise<void> | null;
  dispose(): Promise<void>;
}
