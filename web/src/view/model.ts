/** The simulated body as three.js meshes: one group per MuJoCo body, posed in world coordinates (metres, z up). */
import {
  BufferAttribute,
  BufferGeometry,
  CapsuleGeometry,
  CylinderGeometry,
  Group,
  type Intersection,
  Mesh,
  MeshStandardMaterial,
  PlaneGeometry,
  type Raycaster,
  SphereGeometry,
} from "three";
import { RoundedBoxGeometry } from "three/addons/geometries/RoundedBoxGeometry.js";
import type { SceneDescription, SceneGeom } from "../sim/protocol";
import { type Palette, sideOf } from "./palette";

/** Numbers per body in a pose buffer: x, y, z, qw, qx, qy, qz. */
const ROW = 7;
/** MuJoCo's viewer shows groups 0 to 2 by default; 3 and up are for collision shapes. */
const LAST_VISIBLE_GROUP = 2;

export class Model {
  readonly root = new Group();
  readonly #bodies: Group[] = [];
  readonly #tinted: { material: MeshStandardMaterial; side: "left" | "right" | "centre" }[] = [];
  readonly #pickable: Mesh[] = [];

  constructor(
    readonly description: SceneDescription,
    palette: Palette,
  ) {
    for (const body of description.bodies) {
      const group = new Group();
      group.name = body.name;
      this.#bodies.push(group);
      this.root.add(group);
    }
    for (const geom of description.geoms) this.#add(geom);
    this.repaint(palette);
  }

  /** Puts every body where `poses` (nbody rows of 7, world) says. */
  pose(poses: Float32Array): void {
    this.#bodies.forEach((group, body) => {
      const row = body * ROW;
      if (row + ROW > poses.length) return;
      const [x = 0, y = 0, z = 0, qw = 1, qx = 0, qy = 0, qz = 0] = poses.subarray(row, row + ROW);
      group.position.set(x, y, z);
      group.quaternion.set(qx, qy, qz, qw);
    });
  }

  body(id: number): Group | undefined {
    return this.#bodies[id];
  }

  bodyId(name: string): number {
    return this.description.bodies.findIndex((body) => body.name === name);
  }

  /** The nearest movable body under the ray, with the world point that was hit. */
  pick(raycaster: Raycaster): { body: number; hit: Intersection } | null {
    const hit = raycaster.intersectObjects(this.#pickable, false)[0];
    const body = hit?.object.userData.body;
    return hit && typeof body === "number" ? { body, hit } : null;
  }

  repaint(palette: Palette): void {
    for (const { material, side } of this.#tinted) material.color.set(palette[side]);
  }

  dispose(): void {
    this.root.removeFromParent();
    this.root.traverse((object) => {
      if (!(object instanceof Mesh)) return;
      object.geometry.dispose();
      for (const material of [object.material].flat()) material.dispose();
    });
  }

  #add(geom: SceneGeom): void {
    const [red, green, blue, alpha] = geom.rgba;
    const group = this.#bodies[geom.body];
    if (!group || alpha === 0 || geom.group > LAST_VISIBLE_GROUP || isFloor(geom)) return;
    const geometry = geometryOf(geom, this.description);
    if (!geometry) return;

    const material = new MeshStandardMaterial({ roughness: 0.52, metalness: 0.02 });
    const body = this.description.bodies[geom.body];
    if (geom.body === 0) material.color.setRGB(red, green, blue, "srgb");
    else this.#tinted.push({ material, side: sideOf(`${geom.name} ${body?.name ?? ""}`) });
    if (alpha < 1) {
      material.transparent = true;
      material.opacity = alpha;
    }

    const mesh = new Mesh(geometry, material);
    mesh.name = geom.name;
    mesh.position.set(...geom.pos);
    const [qw, qx, qy, qz] = geom.quat;
    mesh.quaternion.set(qx, qy, qz, qw);
    if (geom.type === "ellipsoid") mesh.scale.set(...geom.size);
    mesh.castShadow = alpha === 1;
    mesh.receiveShadow = true;
    mesh.userData.body = geom.body;
    group.add(mesh);
    if (geom.body !== 0) this.#pickable.push(mesh);
  }
}

/** A plane of the world body that lies level: drawn as the endless floor. */
export function isFloor(geom: SceneGeom): boolean {
  const [, qx, qy] = geom.quat;
  return geom.type === "plane" && geom.body === 0 && Math.hypot(qx, qy) < 1e-6;
}

/** The shape of a geom in its own frame, MuJoCo's conventions (long axis z); null for what cannot be drawn (height fields). */
function geometryOf(geom: SceneGeom, description: SceneDescription): BufferGeometry | null {
  const [a, b, c] = geom.size;
  switch (geom.type) {
    case "sphere":
      return new SphereGeometry(a, 32, 20);
    case "ellipsoid":
      return new SphereGeometry(1, 32, 20);
    case "capsule":
      return new CapsuleGeometry(a, 2 * b, 10, 24).rotateX(Math.PI / 2);
    case "cylinder":
      return new CylinderGeometry(a, a, 2 * b, 32).rotateX(Math.PI / 2);
    case "box":
      return new RoundedBoxGeometry(2 * a, 2 * b, 2 * c, 3, 0.25 * Math.min(a, b, c));
    case "plane":
      return new PlaneGeometry(2 * (a || 20), 2 * (b || 20));
    case "mesh": {
      const mesh = description.meshes[geom.mesh];
      if (!mesh) return null;
      const geometry = new BufferGeometry();
      geometry.setAttribute("position", new BufferAttribute(mesh.vertices, 3));
      geometry.setIndex(new BufferAttribute(new Uint32Array(mesh.faces), 1));
      if (mesh.normals.length === mesh.vertices.length)
        geometry.setAttribute("normal", new BufferAttribute(mesh.normals, 3));
      else geometry.computeVertexNormals();
      return geometry;
    }
    case "hfield":
      return null;
  }
}
