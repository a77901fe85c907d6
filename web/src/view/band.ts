/** The elastic band from the grabbed point to the pointer: a tube that thins and reddens as it stretches. */
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  Group,
  Mesh,
  MeshStandardMaterial,
  SphereGeometry,
  Vector3,
} from "three";
import type { Palette } from "./palette";

const ALONG = 20;
const AROUND = 10;
/** Of the band and its knots, for a body that reaches one metre, metres. */
const THICKNESS = 0.02;
const KNOTS = [0.024, 0.036] as const;

export class Band {
  readonly root = new Group();
  readonly #positions = new Float32Array((ALONG + 1) * AROUND * 3);
  readonly #normals = new Float32Array((ALONG + 1) * AROUND * 3);
  readonly #geometry = new BufferGeometry();
  readonly #material = new MeshStandardMaterial({ roughness: 0.4 });
  readonly #ends: [Mesh, Mesh];
  readonly #slack = new Color();
  readonly #tense = new Color();
  readonly #taut = new Color();
  readonly #axis = new Vector3();
  readonly #side = new Vector3();
  readonly #other = new Vector3();

  constructor(palette: Palette) {
    this.#geometry.setAttribute("position", new BufferAttribute(this.#positions, 3));
    this.#geometry.setAttribute("normal", new BufferAttribute(this.#normals, 3));
    const faces: number[] = [];
    for (let ring = 0; ring < ALONG; ring++) {
      for (let k = 0; k < AROUND; k++) {
        const a = ring * AROUND + k;
        const b = ring * AROUND + ((k + 1) % AROUND);
        faces.push(a, b, a + AROUND, b, b + AROUND, a + AROUND);
      }
    }
    this.#geometry.setIndex(faces);
    const tube = new Mesh(this.#geometry, this.#material);
    tube.frustumCulled = false;
    const knot = new SphereGeometry(1, 20, 14);
    this.#ends = [new Mesh(knot, this.#material), new Mesh(knot, this.#material)];
    for (const mesh of [tube, ...this.#ends]) mesh.castShadow = true;
    this.root.add(tube, ...this.#ends);
    this.root.visible = false;
    this.repaint(palette);
  }

  /** The colour that it is drawn in. */
  get color(): Color {
    return this.#material.color;
  }

  /**
   * Draws the band from `from` to `to` (metres, world); `strain` 0 to 1 is its force against the strongest pull, `unit` the
   * reach of the body, metres.
   */
  stretch(from: Vector3, to: Vector3, strain: number, unit: number): void {
    this.root.visible = true;
    const { color } = this.#material;
    if (strain < 0.5) color.copy(this.#slack).lerp(this.#tense, 2 * strain);
    else color.copy(this.#tense).lerp(this.#taut, 2 * strain - 1);
    this.#material.emissive.copy(this.#material.color);
    this.#material.emissiveIntensity = 0.25 + 0.35 * strain;
    this.#ends[0].position.copy(from);
    this.#ends[1].position.copy(to);
    for (const [k, end] of this.#ends.entries()) end.scale.setScalar((KNOTS[k] ?? 0) * unit);
    const axis = this.#axis.subVectors(to, from);
    const length = axis.length();
    axis.divideScalar(length || 1);
    const side = this.#side.set(axis.z, axis.x, axis.y).cross(axis).normalize();
    const other = this.#other.crossVectors(axis, side);
    // Rubber keeps its volume: the longer, the thinner, and thinnest in the middle.
    const stretched = length / unit;
    const thin = (THICKNESS * unit) / Math.sqrt(1 + 1.6 * stretched);
    let at = 0;
    for (let ring = 0; ring <= ALONG; ring++) {
      const share = ring / ALONG;
      const waist = 1 - 0.5 * Math.sin(Math.PI * share) * Math.min(1, 1.5 * stretched);
      const radius = thin * waist * (1 + 0.35 * share);
      for (let k = 0; k < AROUND; k++, at += 3) {
        const angle = (2 * Math.PI * k) / AROUND;
        const cos = Math.cos(angle);
        const sin = Math.sin(angle);
        const nx = side.x * cos + other.x * sin;
        const ny = side.y * cos + other.y * sin;
        const nz = side.z * cos + other.z * sin;
        this.#normals.set([nx, ny, nz], at);
        this.#positions.set(
          [
            from.x + axis.x * length * share + nx * radius,
            from.y + axis.y * length * share + ny * radius,
            from.z + axis.z * length * share + nz * radius,
          ],
          at,
        );
      }
    }
    const { position, normal } = this.#geometry.attributes;
    if (position) position.needsUpdate = true;
    if (normal) normal.needsUpdate = true;
  }

  hide(): void {
    this.root.visible = false;
  }

  repaint(palette: Palette): void {
    this.#slack.set(palette.bandSlack);
    this.#tense.set(palette.bandTense);
    this.#taut.set(palette.bandTaut);
  }
}
