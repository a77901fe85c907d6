/** Many marks of one shape in one draw call, seen through whatever is in front of them. */
import {
  type BufferGeometry,
  type Color,
  Group,
  InstancedMesh,
  Matrix4,
  MeshBasicMaterial,
  Quaternion,
  Vector3,
} from "three";

const Z = new Vector3(0, 0, 1);

export class Instances {
  readonly root = new Group();
  readonly #geometry: BufferGeometry;
  readonly #material = new MeshBasicMaterial({ transparent: true, depthTest: false, depthWrite: false });
  readonly #matrix = new Matrix4();
  readonly #turn = new Quaternion();
  readonly #scale = new Vector3();
  #mesh: InstancedMesh | null = null;
  #count = 0;

  /** `geometry` has its axis along z; `order` is higher for what is drawn later; `opacity` 0 to 1. */
  constructor(
    geometry: BufferGeometry,
    readonly order: number,
    opacity = 0.9,
  ) {
    this.#geometry = geometry;
    this.#material.opacity = opacity;
  }

  /** Starts a new set of `count` marks. */
  begin(count: number): void {
    if (!this.#mesh || this.#mesh.instanceMatrix.count < count) {
      this.#mesh?.removeFromParent();
      this.#mesh?.dispose();
      this.#mesh = new InstancedMesh(this.#geometry, this.#material, Math.max(16, 2 * count));
      this.#mesh.frustumCulled = false;
      this.#mesh.renderOrder = this.order;
      this.root.add(this.#mesh);
    }
    this.#count = 0;
  }

  /** A mark at `at` (world, metres), its z axis along `axis`, scaled. */
  add(at: Vector3, axis: Vector3, width: number, length: number): void {
    this.#turn.setFromUnitVectors(Z, axis);
    this.#matrix.compose(at, this.#turn, this.#scale.set(width, width, length));
    this.#mesh?.setMatrixAt(this.#count++, this.#matrix);
  }

  end(): void {
    if (!this.#mesh) return;
    this.#mesh.count = this.#count;
    this.#mesh.visible = this.#count > 0;
    this.#mesh.instanceMatrix.needsUpdate = true;
  }

  hide(): void {
    if (this.#mesh) this.#mesh.visible = false;
  }

  paint(color: Color): void {
    this.#material.color.copy(color);
  }
}
