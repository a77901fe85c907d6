/** What a network sees of the body, and what it makes of it. */
import type { Vec3 } from "./perturbation";

/** How a picture is taken: its pixels, and a camera in the world. */
export interface Lens {
  readonly width: number;
  readonly height: number;
  /** Metres. */
  readonly position: Vec3;
  readonly target: Vec3;
  /** From the picture's bottom to its top, degrees. */
  readonly fov: number;
}

/** Whether the network that sees runs: not at all, beside the policy, or in the place of the true attitude. */
export const SIGHTS = ["off", "beside", "used"] as const;
export type Sight = (typeof SIGHTS)[number];

/** The worker asks for a picture of the bodies in these poses, rows of x, y, z, qw, qx, qy, qz. */
export interface LookEvent {
  readonly type: "look";
  readonly id: number;
  readonly poses: Float32Array;
  readonly lens: Lens;
}

/** The page's answer: `height` rows of `width` RGB pixels (sRGB, the top row first), or why there is none. */
export interface Picture {
  readonly type: "picture";
  readonly id: number;
  readonly pixels: Uint8Array | null;
  readonly reason: string;
}

/** What the network made of the last picture. */
export interface SightEvent {
  readonly type: "sight";
  /** Seconds of simulated time since the reset. */
  readonly time: number;
  readonly lens: Lens;
  readonly pixels: Uint8Array;
  /** Rotation matrices, world from body, row by row. */
  readonly truth: Float64Array;
  readonly estimate: Float64Array;
  /** The angle between the two, degrees. */
  readonly error: number;
  /** The action that followed. */
  readonly action: Float32Array;
}
