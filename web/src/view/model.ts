/** The simulated body as three.js meshes: one group per MuJoCo body, posed in world coordinates (metres, z up). */
import {
  type BufferGeometry,
  Color,
  Group,
  type Intersection,
  Mesh,
  type MeshStandardMaterial,
  type Raycaster,
} from "three";
import { LAST_VISIBLE_GROUP, type SceneDescription, type SceneGeom, type SceneShape } from "../protocol";
import { geometryOf } from "./geometry";
import { Materials } from "./material";
import type { Palette, Side } from "./palette";

/** Numbers per body in a pose buffer: x, y, z, qw, qx, qy, qz. */
const ROW = 7;

interface Painted {
  readonly material: MeshStandardMaterial;
  readonly body: number;
  /** Null: the document's own colour. */
  readonly side: Side | null;
  readonly plain: Color;
}

export class Model {
  readonly root = new Group();
  readonly #bodies: Group[] = [];
  readonly #materials: Materials;
  readonly #painted: Painted[] = [];
  readonly #pickable: Mesh[] = [];
  readonly #hot = new Color();
  #loads: Float32Array | null = null;

  constructor(
    readonly description: SceneDescription,
    palette: Palette,
  ) {
    this.#materials = new Materials(description);
    for (const body of description.bodies) {
      const group = new Group();
      group.name = body.name;
      this.#bodies.push(group);
      this.root.add(group);
    }
    for (const geom of description.geoms) this.#addGeom(geom);
    for (const site of description.sites) this.#add(site);
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

  /** Paints each body by its load, -1 to 1: the harder it is driven, the hotter; null paints plainly. */
  load(loads: Float32Array | null): void {
    if (loads === null && this.#loads === null) return;
    this.#loads = loads;
    for (const painted of this.#painted) this.#paint(painted);
  }

  repaint(palette: Palette): void {
    this.#hot.set(palette.load);
    for (const painted of this.#painted) {
      if (painted.side !== null) painted.plain.set(palette[painted.side]);
      this.#paint(painted);
    }
  }

  dispose(): void {
    this.root.removeFromParent();
    this.root.traverse((object) => {
      if (!(object instanceof Mesh)) return;
      object.geometry.dispose();
      for (const material of [object.material].flat()) material.dispose();
    });
    this.#materials.dispose();
  }

  #paint({ material, body, plain }: Painted): void {
    const load = Math.min(1, Math.abs(this.#loads?.[body] ?? 0));
    material.color.copy(plain).lerp(this.#hot, load);
  }

  #addGeom(geom: SceneGeom): void {
    if (isFloor(geom) || geom.covered) return;
    const mesh = this.#add(geom);
    if (!mesh) return;
    const { material } = mesh;
    const side = this.#materials.sideOf(geom);
    this.#painted.push({ material, body: geom.body, side, plain: material.color.clone() });
    // Two legs of a planar body may stand in one place: then the left one is in front, and nothing flickers.
    material.polygonOffset = side === "left";
    material.polygonOffsetFactor = -0.5;
    material.polygonOffsetUnits = -4;
    mesh.castShadow = geom.rgba[3] === 1;
    mesh.receiveShadow = true;
    mesh.userData.body = geom.body;
    if (geom.body !== 0) this.#pickable.push(mesh);
  }

  #add(shape: SceneShape): Mesh<BufferGeometry, MeshStandardMaterial> | null {
    const group = this.#bodies[shape.body];
    if (!group || shape.rgba[3] === 0 || shape.group > LAST_VISIBLE_GROUP) return null;
    const geometry = geometryOf(shape, this.description);
    if (!geometry) return null;
    const mesh = new Mesh(geometry, this.#materials.of(shape, geometry));
    mesh.name = shape.name;
    mesh.userData.shape = shape;
    mesh.position.set(...shape.pos);
    const [qw, qx, qy, qz] = shape.quat;
    mesh.quaternion.set(qx, qy, qz, qw);
    group.add(mesh);
    return mesh;
  }
}

/** A plane of the world body that lies level: drawn as the endless floor. */
export function isFloor(geom: SceneGeom): boolean {
  const [, qx, qy] = geom.quat;
  return geom.type === "plane" && geom.body === 0 && Math.hypot(qx, qy) < 1e-6;
}
