/** Contacts as one sees them: a disc at each point, an arrow along its force to scale, and the sum a body feels. */
import { Color, CylinderGeometry, Group, type PerspectiveCamera, Vector3 } from "three";
import { CONTACT_ROW } from "../protocol";
import { ForceArrow } from "./force_arrow";
import { ForceLabels, newtons, type Size } from "./force_labels";
import { Instances } from "./instances";
import type { Palette } from "./palette";

const GRAVITY = 9.81;
/** Radius and thickness of a disc, for a body that reaches one metre, metres. */
const DISC = 0.028;
const THICK = 0.006;
/** Length of the arrow of a force as large as the body's weight, as a share of the body's reach; and the longest. */
const WEIGHT_LENGTH = 0.9;
const LONGEST = 2;
/** A force below this share of the weight is a touch: it has a disc and no arrow. */
const TOUCH = 0.01;

export class ContactView {
  readonly root = new Group();
  readonly #discs = new Instances(new CylinderGeometry(1, 1, 1, 24).rotateX(Math.PI / 2), 3);
  readonly #arrows: ForceArrow[] = [];
  readonly #labels: ForceLabels;
  readonly #color = new Color();
  readonly #point = new Vector3();
  readonly #axis = new Vector3();
  #reach = 1;
  #weight = 1;

  /** `layer` lies over the canvas; the sums are written in it. */
  constructor(layer: HTMLElement) {
    this.#labels = new ForceLabels(layer);
    this.root.add(this.#discs.root);
  }

  fit(reach: number, mass: number): void {
    this.#reach = reach;
    this.#weight = Math.max(mass, 1e-6) * GRAVITY;
  }

  /** Draws `contacts` (rows of `CONTACT_ROW`), as discs and as forces where each is wanted. */
  show(contacts: Float32Array, points: boolean, forces: boolean, camera: PerspectiveCamera, size: Size): void {
    const count = contacts.length / CONTACT_ROW;
    this.#discs.begin(points ? count : 0);
    const sums = new Map<number, { force: Vector3; tip: Vector3; largest: number }>();
    let arrows = 0;
    for (let row = 0; row < contacts.length; row += CONTACT_ROW) {
      const [body = 0, x = 0, y = 0, z = 0, nx = 0, ny = 0, nz = 1, fx = 0, fy = 0, fz = 0] = contacts.subarray(
        row,
        row + CONTACT_ROW,
      );
      this.#point.set(x, y, z);
      if (points) this.#discs.add(this.#point, this.#axis.set(nx, ny, nz), DISC * this.#reach, THICK * this.#reach);
      if (!forces) continue;
      const force = new Vector3(fx, fy, fz);
      const strength = force.length();
      const sum = sums.get(body) ?? { force: new Vector3(), tip: new Vector3(), largest: -1 };
      sum.force.add(force);
      const length = this.#reach * Math.min(LONGEST, (WEIGHT_LENGTH * strength) / this.#weight);
      if (strength > sum.largest) {
        sum.largest = strength;
        sum.tip.copy(this.#point).addScaledVector(force, length / (strength || 1));
      }
      sums.set(body, sum);
      if (strength > TOUCH * this.#weight)
        this.#arrow(arrows++).show(this.#point, force, length, 0.7 * this.#reach, false, this.#color);
    }
    this.#discs.end();
    for (const arrow of this.#arrows.slice(arrows)) arrow.hide();
    this.#labels.begin();
    for (const [body, { force, tip }] of sums) {
      const strength = force.length();
      if (strength > TOUCH * this.#weight)
        this.#labels.write(`contact ${body}`, "contact", newtons(strength), tip, 0, camera, size);
    }
    this.#labels.end();
  }

  hide(): void {
    this.#discs.hide();
    for (const arrow of this.#arrows) arrow.hide();
    this.#labels.begin();
    this.#labels.end();
  }

  repaint(palette: Palette): void {
    this.#discs.paint(this.#color.set(palette.contact));
    this.#color.set(palette.force);
  }

  #arrow(at: number): ForceArrow {
    const arrow = this.#arrows[at] ?? new ForceArrow();
    if (!this.#arrows[at]) {
      this.#arrows.push(arrow);
      this.root.add(arrow.root);
    }
    return arrow;
  }
}
