/** Where a robot is asked to walk, as an arrow over its base: its length tells how fast. */
import { type Color, Euler, Quaternion, Vector3 } from "three";
import { ForceArrow } from "./force_arrow";
import type { Model } from "./model";

/** Metres of arrow for a metre a second, and how far over the base it stands, in reaches of the body. */
const LENGTH = 0.4;
const OVER = 0.4;
/** Slower than this (m/s) is standing. */
const STANDS = 0.02;

export class CommandArrow {
  readonly #arrow = new ForceArrow();
  readonly #way = new Vector3();
  readonly #point = new Vector3();
  readonly #turned = new Quaternion();
  readonly #euler = new Euler();

  get root() {
    return this.#arrow.root;
  }

  /** `command` begins with the speeds forward and to the left, m/s; it is drawn at the body that follows the world. */
  show(command: readonly number[], model: Model, reach: number, color: Color): void {
    const [forward = 0, left = 0] = command;
    const base = model.body(1);
    const speed = Math.hypot(forward, left);
    if (base === undefined || command.length < 2 || speed < STANDS) {
      this.#arrow.hide();
      return;
    }
    const yaw = this.#euler.setFromQuaternion(base.quaternion, "ZYX").z;
    this.#turned.setFromEuler(this.#euler.set(0, 0, yaw));
    this.#way.set(forward, left, 0).applyQuaternion(this.#turned);
    this.#point.copy(base.position).z += OVER * reach;
    this.#arrow.show(this.#point, this.#way, LENGTH * speed * reach, 0.7 * reach, false, color);
  }
}
