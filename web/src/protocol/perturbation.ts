/** Perturbations as the worker tells of them. World frame, metres, newtons, N·s. */

export type Vec3 = readonly [number, number, number];

/** A drag or a pin: a spring between a point of a body and a target. */
export interface Pull {
  readonly body: string;
  /** The point of the body that is pulled: it moves with the body. */
  readonly point: Vec3;
  readonly target: Vec3;
  /** Force on the body at `point`. */
  readonly force: Vec3;
}

/** An impulse that acts, or did so a moment ago. */
export interface PushMark {
  /** Tells impulses apart. */
  readonly id: number;
  readonly body: string;
  /** Where it acts: it moves with the body. */
  readonly point: Vec3;
  readonly impulse: Vec3;
  /** While it acts. */
  readonly force: Vec3;
}
