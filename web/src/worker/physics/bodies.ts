/** Facts about the bodies of a compiled model. */
import type { MjModel } from "@mujoco/mujoco";

/** The first body that moves; the world where none does. */
export function rootBody(model: MjModel): number {
  // body_dofnum counts a body's own degrees of freedom.
  return Math.max(
    0,
    (model.body_dofnum as Int32Array).findIndex((dofs) => dofs > 0),
  );
}

/** Kilograms of the bodies that are not welded to the world. */
export function movingMass(model: MjModel): number {
  const masses: Float64Array = model.body_mass;
  return masses.reduce((sum, mass, body) => (model.body_weldid[body] === 0 ? sum : sum + mass), 0);
}
