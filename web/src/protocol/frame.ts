/** A frame: what the worker sends to be drawn, at most one per display frame. World frame, metres, newtons, N·s. */

import type { Pull, PushMark, Vec3 } from "./perturbation";
import type { SavedMoment } from "./saved_moment";

/** What can be shown over the picture. */
export const OVERLAYS = ["contacts", "forces", "joints", "centreOfMass", "torques"] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** Numbers per site that is turned: point x y z, torque x y z. */
export const TURN_ROW = 6;

/** Numbers per contact: body, point x y z, normal x y z, force x y z. */
export const CONTACT_ROW = 10;

/**
 * Where the numbers of a traced control step stand. `height` (m) and `speed` (m/s) are the root body's; `value` is the
 * critic's last estimate, NaN before the first. From `terms` on: each reward term, in the manifest's order, then the action.
 */
export const TRACE = { episode: 0, step: 1, reward: 2, height: 3, speed: 4, value: 5, terms: 6 } as const;

/** What the shown overlays need, world frame, metres and newtons; null is what is not shown. */
export interface OverlayFrame {
  /** Rows of `CONTACT_ROW`; normal and force are as the moving body feels them. */
  readonly contacts: Float32Array | null;
  /** Rows of anchor x y z and unit axis x y z, one a hinge or slide. */
  readonly joints: Float32Array | null;
  /** Of everything that moves. */
  readonly centreOfMass: Vec3 | null;
  /** Per body, -1 to 1: the greatest share of its limit at which an actuator of its joints works. */
  readonly loads: Float32Array | null;
  /** Rows of `TURN_ROW`, one a site that actuators turn: the torque's parts are shares of the actuators' limits. */
  readonly turns: Float32Array | null;
  /** Per spatial tendon the points of its path, x y z each; NaN breaks it. Null where the model has none. */
  readonly tendons: readonly Float32Array[] | null;
}

/** Drawn state after a control step (at most one per display frame): the view interpolates between the last two. */
export interface Frame {
  readonly type: "frame";
  /** Wall clock (`performance.timeOrigin + performance.now()`, ms) at which the state is due. */
  readonly at: number;
  /** Changes at each reset: never interpolate across. */
  readonly episode: number;
  readonly step: number;
  /** nbody rows of x, y, z, qw, qx, qy, qz; transferred. */
  readonly poses: Float32Array;
  /** Small numbers for the HUD and charts. */
  readonly time: number;
  readonly reward: number;
  readonly episodeReturn: number;
  readonly episodeLength: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly hand: Pull | null;
  readonly pins: readonly Pull[];
  readonly pushes: readonly PushMark[];
  /** Null where nothing of it is shown. */
  readonly overlays: OverlayFrame | null;
  /** float32 action of the last step, and the raw observation: present every few frames only (for the HUD), else null. */
  readonly action: Float32Array | null;
  readonly observation: Float32Array | null;
  /** The observation as the network is given it; null also where it is not normalised. */
  readonly normalized: Float32Array | null;
  /** The control steps since the frame before, a row of `TRACE` each; null where none is traced. */
  readonly traces: Float64Array | null;
  /** Which of `Loaded.feet` touched the ground at each control step since the frame before: a bit a foot, and `STRIDE`. */
  readonly gait: Uint8Array | null;
  /** The share of a stride that is over, as the policy is told; null where it is not. */
  readonly phase: number | null;
  /** What brings another worker here, should this one be lost. */
  readonly moment: SavedMoment;
}

/** The bit of `Frame.gait` that says: a stride began at this step. */
export const STRIDE = 128;

/** What of a frame is drawn. */
export type DrawnFrame = Pick<Frame, "at" | "episode" | "step" | "poses" | "hand" | "pins" | "pushes" | "overlays">;
