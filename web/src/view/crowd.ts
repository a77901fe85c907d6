/** The other bodies of a swarm: one draw call for each part, whatever their number. */
import {
  Group,
  InstancedMesh,
  Matrix4,
  Mesh,
  type MeshStandardMaterial,
  Quaternion,
  type Raycaster,
  Vector3,
} from "three";
import type { SceneShape } from "../protocol";
import { COARSE, geometryOf } from "./geometry";
import type { Model } from "./model";

export type CrowdLayout = "grid" | "overlaid";

/** From one body of the grid to the next, in reaches of the body. */
const SPACING = 2.1;
/** Of bodies that are drawn over one another. */
const OPACITY = 0.16;
const ROW = 7;

interface Part {
  readonly body: number;
  /** The part in its body's frame. */
  readonly local: Matrix4;
  readonly mesh: InstancedMesh;
}

export class Crowd {
  readonly root = new Group();
  readonly #parts: Part[] = [];
  readonly #materials: MeshStandardMaterial[] = [];
  readonly #cells: { readonly x: number; readonly y: number }[];
  readonly #pose = new Matrix4();
  readonly #matrix = new Matrix4();
  readonly #position = new Vector3();
  readonly #turn = new Quaternion();
  readonly #scale = new Vector3(1, 1, 1);

  /** `count` bodies like `model` beside it. Body 0 is the model itself, in the middle; the others are 1 to `count`. */
  constructor(
    readonly model: Model,
    readonly count: number,
    readonly layout: CrowdLayout,
    readonly reach: number,
  ) {
    this.#cells = layout === "grid" ? spiral(count + 1) : Array.from({ length: count + 1 }, () => ({ x: 0, y: 0 }));
    model.description.bodies.forEach((_, body) => {
      for (const mesh of model.body(body)?.children ?? []) if (mesh instanceof Mesh) this.#add(mesh, body);
    });
  }

  /** How far (metres) the farthest cell is from the middle. */
  get extent(): number {
    return Math.max(0, ...this.#cells.map(({ x, y }) => Math.hypot(x, y))) * SPACING * this.reach;
  }

  /** Places one of the others, 1 to `count`, where `poses` (nbody rows of 7, world) says, moved to its cell. */
  move(other: number, poses: Float32Array): void {
    const cell = this.#cells[other] ?? { x: 0, y: 0 };
    const [dx, dy] = [cell.x * SPACING * this.reach, cell.y * SPACING * this.reach];
    let body = -1;
    for (const part of this.#parts) {
      if (part.body !== body) {
        body = part.body;
        const [x = 0, y = 0, z = 0, qw = 1, qx = 0, qy = 0, qz = 0] = poses.subarray(ROW * body, ROW * body + ROW);
        this.#pose.compose(this.#position.set(x + dx, y + dy, z), this.#turn.set(qx, qy, qz, qw), this.#scale);
      }
      part.mesh.setMatrixAt(other - 1, this.#matrix.multiplyMatrices(this.#pose, part.local));
      part.mesh.instanceMatrix.needsUpdate = true;
      part.mesh.boundingSphere = null;
    }
  }

  /** The nearest of the others under the ray, and how far away it is, metres. */
  pick(raycaster: Raycaster): { readonly other: number; readonly distance: number } | null {
    const hit = raycaster.intersectObject(this.root, true)[0];
    return hit?.instanceId === undefined ? null : { other: hit.instanceId + 1, distance: hit.distance };
  }

  dispose(): void {
    this.root.removeFromParent();
    for (const { mesh } of this.#parts) {
      mesh.geometry.dispose();
      mesh.dispose();
    }
    for (const material of this.#materials) material.dispose();
  }

  #add(original: Mesh, body: number): void {
    const geometry = geometryOf(original.userData.shape as SceneShape, this.model.description, COARSE);
    if (geometry === null) return;
    original.updateMatrix();
    let material = original.material as MeshStandardMaterial;
    if (this.layout === "overlaid") {
      material = material.clone();
      material.transparent = true;
      material.opacity = OPACITY;
      material.depthWrite = false;
      this.#materials.push(material);
    }
    const mesh = new InstancedMesh(geometry, material, Math.max(1, this.count));
    mesh.count = this.count;
    mesh.frustumCulled = false;
    mesh.receiveShadow = false;
    // Until its first poses come, a body is nowhere.
    const nowhere = new Matrix4().makeScale(0, 0, 0);
    for (let i = 0; i < this.count; i++) mesh.setMatrixAt(i, nowhere);
    this.#parts.push({ body, local: original.matrix.clone(), mesh });
    this.root.add(mesh);
  }
}

/** `count` cells of a square grid, the nearest to the middle first. */
export function spiral(count: number): { readonly x: number; readonly y: number }[] {
  const half = Math.ceil(Math.sqrt(count) / 2) + 1;
  const cells: { x: number; y: number }[] = [];
  for (let x = -half; x <= half; x++) for (let y = -half; y <= half; y++) cells.push({ x, y });
  const order = ({ x, y }: { x: number; y: number }): number => Math.max(Math.abs(x), Math.abs(y));
  cells.sort((a, b) => order(a) - order(b) || Math.atan2(a.y, a.x) - Math.atan2(b.y, b.x));
  return cells.slice(0, count);
}
