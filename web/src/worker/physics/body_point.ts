/** Points that move with a body: between its frame and the world, and how fast they go. Metres, seconds, world frame. */
import type { Physics } from "./physics";

/** A world point in the frame of a body, into `local`. */
export function toBody(physics: Physics, body: number, point: ArrayLike<number>, local: Float64Array): void {
  const { xpos, xmat } = physics.views;
  for (let i = 0; i < 3; i++) {
    // The rotation's columns times the offset.
    let sum = 0;
    for (let j = 0; j < 3; j++)
      sum += (xmat[9 * body + 3 * j + i] as number) * ((point[j] as number) - (xpos[3 * body + j] as number));
    local[i] = sum;
  }
}

/** Where a point of a body's frame is in the world, into `point`. */
export function toWorld(physics: Physics, body: number, local: Float64Array, point: Float64Array): void {
  const { xpos, xmat } = physics.views;
  for (let i = 0; i < 3; i++) {
    let sum = xpos[3 * body + i] as number;
    for (let j = 0; j < 3; j++) sum += (xmat[9 * body + 3 * i + j] as number) * (local[j] as number);
    point[i] = sum;
  }
}

/** The velocity of a world point that moves with a body, into `velocity`. */
export function velocityAt(physics: Physics, body: number, point: Float64Array, velocity: Float64Array): void {
  const { cvel, subtree_com } = physics.views;
  const root = 3 * (physics.model.body_rootid[body] as number);
  // cvel is the spatial velocity about the root's centre of mass: rotation first, then translation.
  for (let i = 0; i < 3; i++) {
    const j = (i + 1) % 3;
    const k = (i + 2) % 3;
    velocity[i] =
      (cvel[6 * body + 3 + i] as number) +
      (cvel[6 * body + j] as number) * ((point[k] as number) - (subtree_com[root + k] as number)) -
      (cvel[6 * body + k] as number) * ((point[j] as number) - (subtree_com[root + j] as number));
  }
}
