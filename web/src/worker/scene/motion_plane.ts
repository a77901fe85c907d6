/** Whether everything moves in one plane: then the camera looks along its normal. */

import type { Vec3 } from "../../protocol";
import type { Engine } from "../physics/engine";
import type { Physics } from "../physics/physics";

/** Axes are unit vectors; compiled ones carry rounding. */
const PARALLEL = 1 - 1e-6;

/**
 * The unit normal (world) that all hinges turn about and no slide moves along, at the world's present pose.
 *
 * Null where there is none: a free or a ball joint, hinges that cross, slides alone.
 */
export function motionPlane(engine: Engine, physics: Physics): Vec3 | null {
  const { model } = physics;
  const { xaxis } = physics.views;
  const { mjJNT_HINGE, mjJNT_SLIDE } = engine.mjtJoint;
  const axes = (type: number): Vec3[] =>
    Array.from({ length: model.njnt }, (_, joint) => joint)
      .filter((joint) => model.jnt_type[joint] === type)
      .map((joint) => [xaxis[3 * joint] as number, xaxis[3 * joint + 1] as number, xaxis[3 * joint + 2] as number]);
  const hinges = axes(mjJNT_HINGE.value);
  const slides = axes(mjJNT_SLIDE.value);
  const normal = hinges[0];
  if (normal === undefined || hinges.length + slides.length < model.njnt) return null;
  const planar =
    hinges.every((axis) => Math.abs(dot(axis, normal)) > PARALLEL) &&
    slides.every((axis) => Math.abs(dot(axis, normal)) < 1 - PARALLEL);
  return planar ? normal : null;
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
