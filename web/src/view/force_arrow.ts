/** A force as an arrow: its length to scale, its foot or its tip at the point where it acts. */
import { type Color, ConeGeometry, CylinderGeometry, Group, Mesh, MeshStandardMaterial, Vector3 } from "three";

/** Radii and length of the head for a body that reaches one metre, metres. */
const SHAFT = 0.016;
const HEAD = 0.045;
const HEAD_LENGTH = 0.11;
/** An arrow is never shorter than its head by much: a small force still has a direction. */
const SHORTEST = 1.2 * HEAD_LENGTH;

const UP = new Vector3(0, 1, 0);
const CYLINDER = new CylinderGeometry(1, 1, 1, 16).translate(0, 0.5, 0);
const CONE = new ConeGeometry(1, 1, 24).translate(0, 0.5, 0);

export class ForceArrow {
  readonly root = new Group();
  /** Seen through the body: forces act inside it. */
  readonly #material = new MeshStandardMaterial({ roughness: 0.45, depthTest: false });
  readonly #shaft = new Mesh(CYLINDER, this.#material);
  readonly #head = new Mesh(CONE, this.#material);
  readonly #direction = new Vector3();

  constructor() {
    this.#shaft.renderOrder = 1;
    this.#head.renderOrder = 2;
    this.root.add(this.#shaft, this.#head);
    this.root.visible = false;
  }

  /**
   * Draws `force` at `point` (world, metres) with `length` metres; `unit` is the reach of the body, metres.
   *
   * A push ends at the point (`into`), a pull begins there.
   */
  show(point: Vector3, force: Vector3, length: number, unit: number, into: boolean, color: Color): void {
    const full = Math.max(length, SHORTEST * unit);
    const head = HEAD_LENGTH * unit;
    this.#direction.copy(force).normalize();
    this.root.visible = true;
    this.root.quaternion.setFromUnitVectors(UP, this.#direction);
    this.root.position.copy(point);
    if (into) this.root.position.addScaledVector(this.#direction, -full);
    this.#shaft.scale.set(SHAFT * unit, full - head, SHAFT * unit);
    this.#head.position.y = full - head;
    this.#head.scale.set(HEAD * unit, head, HEAD * unit);
    this.#material.color.copy(color);
    this.#material.emissive.copy(color);
    this.#material.emissiveIntensity = 0.35;
  }

  hide(): void {
    this.root.visible = false;
  }

  dispose(): void {
    this.root.removeFromParent();
    this.#material.dispose();
  }
}
