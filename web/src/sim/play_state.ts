/** What the page shows of the play at all times, and what of it a person can set. */
import type { Backend, Overlay } from "./protocol";
import { USUAL_STIFFNESS } from "./stiffness";

/** Pushes that come by themselves, in random level directions, at the root. */
export interface RandomPushes {
  /** Pushes per simulated minute. */
  readonly perMinute: number;
  /** N·s. */
  readonly impulse: number;
}

/** Standard deviations of Gaussian noise. */
export interface Noise {
  /** In standard deviations of the training's observations where they are known, else in the observation's own units. */
  readonly observation: number;
  /** As a share of each actuator's range. */
  readonly action: number;
}

/** What the page shows at all times; sent whenever one of its fields changes. */
export interface PlayState {
  readonly bundle: string;
  readonly playing: boolean;
  readonly policy: boolean;
  readonly backend: Backend;
  /** Infinity: as fast as possible. */
  readonly speed: number;
  readonly seed: number;
  /** Whether a recorded rollout acts, instead of the policy. */
  readonly replaying: boolean;
  readonly handFelt: boolean;
  /** Of the drag, N/(m·kg). */
  readonly stiffness: number;
  readonly randomPushes: RandomPushes | null;
  /** Whether actions are drawn as in training, instead of their mean. */
  readonly sampled: boolean;
  readonly noise: Noise;
  /** Actuators that get 0, ascending. */
  readonly mutes: readonly number[];
  readonly autoReset: boolean;
  /** What is shown over the picture. */
  readonly overlays: readonly Overlay[];
}

/** Before there is a bundle. */
export const UNLOADED: PlayState = {
  bundle: "",
  playing: false,
  policy: true,
  backend: "onnx",
  speed: 1,
  seed: 0,
  replaying: false,
  handFelt: false,
  stiffness: USUAL_STIFFNESS,
  randomPushes: null,
  sampled: false,
  noise: { observation: 0, action: 0 },
  mutes: [],
  autoReset: true,
  overlays: [],
};
