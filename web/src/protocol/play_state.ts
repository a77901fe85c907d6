/** What the page shows of the play at all times. */
import { DEFAULT_SETTINGS, type Settings } from "./settings";

/** What evaluates the policy: the page's kernel or ONNX Runtime, both in float64, or TensorFlow.js in float32. */
export const BACKENDS = ["kernel", "onnx", "tfjs"] as const;
export type Backend = (typeof BACKENDS)[number];

/** Sent whenever one of its fields changes. */
export interface PlayState extends Settings {
  readonly bundle: string;
  readonly playing: boolean;
  readonly backend: Backend;
  readonly seed: number;
  /** Of the policy's training, counted from 0; null: as it became. */
  readonly stage: number | null;
  /** Whether a recorded rollout acts, instead of the policy. */
  readonly replaying: boolean;
}

/** Before there is a bundle. */
export const UNLOADED: PlayState = {
  ...DEFAULT_SETTINGS,
  bundle: "",
  playing: false,
  backend: "kernel",
  seed: 0,
  stage: null,
  replaying: false,
};
