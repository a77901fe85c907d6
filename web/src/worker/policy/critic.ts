/** The checkpoint's critic, with any backend. */
import type { Statistics } from "./normalization";

export interface Critic {
  /** The return that is still to come, as training discounted and scaled it. One call at a time. */
  estimate(observation: Float64Array, fed: Statistics | null): number | Promise<number>;
  dispose(): Promise<void>;
}
