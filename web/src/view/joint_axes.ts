/** The axes of hinges and slides, as arrows through their anchors, seen through the body. */
import { Color, ConeGeometry, CylinderGeometry, Group, Vector3 } from "three";
import { Instances } from "./instances";
import type { Palette } from "./palette";

/** Numbers per joint: anchor x y z, unit axis x y z. */
const ROW = 6;
/** Length and radii for a body that reaches one metre, metres. */
const LENGTH = 0.2;
const SHAFT = 0.007;
const HEAD = 0.02;
const HEAD_LENGTH = 0.05;

export class JointAxes {
  readonly root = new Group();
  readonly #shafts = new Instances(new CylinderGeometry(1, 1, 1, 12).rotateX(Math.PI / 2), 3);
  readonly #heads = new Instances(new ConeGeometry(1, 1, 16).rotateX(Math.PI / 2), 3);
  readonly #point = new Vector3();
  readonly #axis = new Vector3();

  constructor() {
    this.root.add(this.#shafts.root, this.#heads.root);
  }

  /** Draws `joints` (rows of anchor and axis, world) of a body that reaches `reach` metres. */
  show(joints: Float32Array, reach: number): void {
    this.#shafts.begin(joints.length / ROW);
    this.#heads.begin(joints.length / ROW);
    for (let row = 0; row < joints.length; row += ROW) {
      const [x = 0, y = 0, z = 0, ax = 0, ay = 0, az = 1] = joints.subarray(row, row + ROW);
      this.#axis.set(ax, ay, az);
      this.#shafts.add(this.#point.set(x, y, z), this.#axis, SHAFT * reach, LENGTH * reach);
      this.#point.addScaledVector(this.#axis, ((LENGTH + HEAD_LENGTH) / 2) * reach);
      this.#heads.add(this.#point, this.#axis, HEAD * reach, HEAD_LENGTH * reach);
    }
    this.#shafts.end();
    this.#heads.end();
  }

  hide(): void {
    this.#shafts.hide();
    this.#heads.hide();
  }

  repaint(palette: Palette): void {
    const color = new Color(palette.axis);
    this.#shafts.paint(color);
    this.#heads.paint(color);
  }
}
