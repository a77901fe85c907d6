/** What the page shows of the play at all times. */
import { DEFAULT_SETTINGS, type Settings } from "./settings";

/** Which engine evaluates the policy: ONNX Runtime in float64, or TensorFlow.js in float32. */
export type Backend = "onnx" | "tfjs";

/** Sent whenever one of its fields changes. */
export interface PlayState extends Settings {
  readonly bundle: string;
  readonly playing: boolean;
  readonly backend: Backend;
  readonly seed: number;
  /** Whether a recorded rollout acts, instead of the policy. */
  readonly replaying: boolean;
}

/** Before there is a bundle. */
export const UNLOADED: PlayState = {
  ...DEFAULT_SETTINGS,
  bundle: "",
  playing: false,
  backend: "onnx",
  seed: 0,
  replaying: false,
};
