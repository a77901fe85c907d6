/** Tendons: round ropes along their paths, as thick as the model says. */
import { CylinderGeometry, Group, Mesh, MeshStandardMaterial, SphereGeometry, SRGBColorSpace, Vector3 } from "three";
import { LAST_VISIBLE_GROUP, type SceneTendon } from "../protocol";

const Z = new Vector3(0, 0, 1);
const SEGMENT = new CylinderGeometry(1, 1, 1, 12).rotateX(Math.PI / 2);
const KNOT = new SphereGeometry(1, 12, 8);

export class Ropes {
  readonly root = new Group();
  readonly #tendons: readonly SceneTendon[];
  readonly #parts: Mesh[][];
  readonly #materials: MeshStandardMaterial[];
  readonly #from = new Vector3();
  readonly #to = new Vector3();

  constructor(tendons: readonly SceneTendon[]) {
    this.#tendons = tendons;
    this.#parts = tendons.map(() => []);
    this.#materials = tendons.map(({ rgba: [red, green, blue, alpha] }) => {
      const material = new MeshStandardMaterial({ roughness: 0.6, transparent: alpha < 1, opacity: alpha });
      material.color.setRGB(red, green, blue, SRGBColorSpace);
      return material;
    });
  }

  /** Draws each tendon along its path: points x y z, world, metres; NaN breaks it. */
  show(paths: readonly Float32Array[]): void {
    this.#tendons.forEach((tendon, id) => {
      if (tendon.group > LAST_VISIBLE_GROUP || tendon.rgba[3] === 0) return;
      let used = 0;
      const path = paths[id] ?? new Float32Array();
      for (let at = 0; at + 6 <= path.length; at += 3) {
        this.#from.fromArray(path, at);
        this.#to.fromArray(path, at + 3);
        const length = this.#from.distanceTo(this.#to);
        // A comparison with NaN is false: across a pulley there is no rope.
        if (!(length > 0)) continue;
        const segment = this.#part(id, used++, SEGMENT);
        segment.position.lerpVectors(this.#from, this.#to, 0.5);
        segment.quaternion.setFromUnitVectors(Z, this.#to.clone().sub(this.#from).divideScalar(length));
        segment.scale.set(tendon.width, tendon.width, length);
        const knot = this.#part(id, used++, KNOT);
        knot.position.copy(this.#to);
        knot.scale.setScalar(tendon.width);
      }
      for (const part of this.#parts[id]?.slice(used) ?? []) part.visible = false;
    });
  }

  dispose(): void {
    this.root.removeFromParent();
    for (const material of this.#materials) material.dispose();
  }

  #part(id: number, at: number, geometry: CylinderGeometry | SphereGeometry): Mesh {
    const parts = this.#parts[id] ?? [];
    let part = parts[at];
    if (!part) {
      part = new Mesh(geometry, this.#materials[id]);
      part.castShadow = true;
      parts.push(part);
      this.root.add(part);
    }
    part.visible = true;
    return part;
  }
}
