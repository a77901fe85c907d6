/** Where a posed model is, and how much room it takes. `poses`: nbody rows of x, y, z, qw, qx, qy, qz, world, metres. */
import type { SceneDescription, SceneGeom } from "../sim/scene_description";

/** Mass-weighted mean of the bodies' frames, metres, world: steadier to look at than any one body. */
export function centreOfMass(description: SceneDescription, poses: Float32Array): { x: number; y: number; z: number } {
  let x = 0;
  let y = 0;
  let z = 0;
  let mass = 0;
  description.bodies.forEach((body, id) => {
    if (id === 0) return;
    x += body.mass * (poses[7 * id] ?? 0);
    y += body.mass * (poses[7 * id + 1] ?? 0);
    z += body.mass * (poses[7 * id + 2] ?? 0);
    mass += body.mass;
  });
  return mass > 0 ? { x: x / mass, y: y / mass, z: z / mass } : { x: 0, y: 0, z: 0 };
}

/** A body that is no larger than this (metres) is looked at as if it were. */
const LEAST = 0.12;

/** How far (metres) the moving bodies reach from (x, y, z): half of what a picture must hold. */
export function reachOf(description: SceneDescription, poses: Float32Array, x: number, y: number, z: number): number {
  let reach = LEAST;
  for (const geom of description.geoms) {
    if (geom.body === 0) continue;
    const row = 7 * geom.body;
    const away = Math.hypot((poses[row] ?? 0) - x, (poses[row + 1] ?? 0) - y, (poses[row + 2] ?? 0) - z);
    reach = Math.max(reach, away + Math.max(Math.hypot(...geom.pos), halfLength(geom)));
  }
  return reach;
}

/** From a long geom's middle to its end, metres. */
function halfLength({ type, size: [a, b] }: SceneGeom): number {
  return type === "capsule" || type === "cylinder" ? a + b : 0;
}
