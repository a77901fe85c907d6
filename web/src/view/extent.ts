/** Where a posed model is, and how much room it takes. `poses`: nbody rows of x, y, z, qw, qx, qy, qz, world, metres. */
import { Quaternion, Vector3 } from "three";
import type { SceneDescription, SceneGeom } from "../protocol";

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
  const centre = new Vector3(x, y, z);
  const turn = new Quaternion();
  const end = new Vector3();
  const place = new Vector3();
  let reach = LEAST;
  for (const geom of description.geoms) {
    if (geom.body === 0 || geom.covered) continue;
    const [bx = 0, by = 0, bz = 0, bw = 1, bi = 0, bj = 0, bk = 0] = poses.subarray(7 * geom.body, 7 * geom.body + 7);
    const [gw, gi, gj, gk] = geom.quat;
    const { radius, half } = thickness(geom);
    if (geom.type === "mesh") {
      const vertices = description.meshes[geom.mesh]?.vertices ?? [];
      for (let at = 0; at + 2 < vertices.length; at += 3) {
        end.set(vertices[at] as number, vertices[at + 1] as number, vertices[at + 2] as number);
        end.applyQuaternion(turn.set(gi, gj, gk, gw)).add(place.set(...geom.pos));
        end.applyQuaternion(turn.set(bi, bj, bk, bw)).add(place.set(bx, by, bz));
        reach = Math.max(reach, end.distanceTo(centre));
      }
      continue;
    }
    for (const sign of [-1, 1]) {
      end.set(0, 0, sign * half).applyQuaternion(turn.set(gi, gj, gk, gw));
      end.add(new Vector3(...geom.pos)).applyQuaternion(turn.set(bi, bj, bk, bw));
      end.add(new Vector3(bx, by, bz));
      reach = Math.max(reach, end.distanceTo(centre) + radius);
    }
  }
  return reach;
}

/** A geom as a thick line along its z axis, metres. */
function thickness({ type, size: [a, b] }: SceneGeom): { radius: number; half: number } {
  if (type === "capsule" || type === "cylinder") return { radius: a, half: b };
  return { radius: a, half: 0 };
}
