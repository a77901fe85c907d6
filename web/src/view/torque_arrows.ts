/** The torque that actuators give a body as a whole: an arrow along the axis that it turns about. */
import { Color, ConeGeometry, CylinderGeometry, Group, TorusGeometry, Vector3 } from "three";
import { TURN_ROW } from "../protocol";
import { Instances } from "./instances";
import type { Palette } from "./palette";

/** Radii, and the length at full torque, for a body that reaches one metre, metres. */
const SHAFT = 0.014;
const HEAD = 0.04;
const HEAD_LENGTH = 0.1;
const LENGTH = 1;
const RING = 0.16;
/** Below this share of the greatest torque there is nothing to see. */
const LEAST = 0.02;

export class TorqueArrows {
  readonly root = new Group();
  readonly #shafts = new Instances(new CylinderGeometry(1, 1, 1, 12).rotateX(Math.PI / 2), 3);
  readonly #heads = new Instances(new ConeGeometry(1, 1, 20).rotateX(Math.PI / 2), 3);
  readonly #rings = new Instances(new TorusGeometry(1, 0.06, 8, 40), 3);
  readonly #point = new Vector3();
  readonly #torque = new Vector3();

  constructor() {
    this.root.add(this.#shafts.root, this.#heads.root, this.#rings.root);
  }

  /** Draws `turns` (rows of a point, and a torque as shares of its limits, world) of a body that reaches `reach` metres. */
  show(turns: Float32Array, reach: number): void {
    const count = turns.length / TURN_ROW;
    for (const marks of [this.#shafts, this.#heads, this.#rings]) marks.begin(count);
    for (let row = 0; row < turns.length; row += TURN_ROW) {
      const [x = 0, y = 0, z = 0, tx = 0, ty = 0, tz = 0] = turns.subarray(row, row + TURN_ROW);
      this.#torque.set(tx, ty, tz);
      const share = this.#torque.length();
      if (share < LEAST) continue;
      this.#torque.normalize();
      const length = LENGTH * share * reach;
      this.#point.set(x, y, z).addScaledVector(this.#torque, length / 2);
      this.#shafts.add(this.#point, this.#torque, SHAFT * reach, length);
      this.#rings.add(this.#point, this.#torque, RING * reach, RING * reach);
      this.#point.addScaledVector(this.#torque, length / 2 + (HEAD_LENGTH * reach) / 2);
      this.#heads.add(this.#point, this.#torque, HEAD * reach, HEAD_LENGTH * reach);
    }
    for (const marks of [this.#shafts, this.#heads, this.#rings]) marks.end();
  }

  hide(): void {
    for (const marks of [this.#shafts, this.#heads, this.#rings]) marks.hide();
  }

  repaint(palette: Palette): void {
    const color = new Color(palette.load);
    for (const marks of [this.#shafts, this.#heads, this.#rings]) marks.paint(color);
  }
}
