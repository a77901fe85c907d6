/** A pin: a head in the air, ringed so that it is seen from any side, and its tether to the body. */

import type { Vector3 } from "three";
import {
  type Camera,
  Color,
  Group,
  Mesh,
  MeshBasicMaterial,
  MeshStandardMaterial,
  SphereGeometry,
  TorusGeometry,
} from "three";
import { Band } from "./band";
import type { Palette } from "./palette";

/** Radii for a body that reaches one metre, metres. */
const HEAD = 0.032;
const RING = 0.06;

export class PinView {
  readonly root = new Group();
  readonly #tether: Band;
  readonly #head = new Mesh(new SphereGeometry(1, 24, 16), new MeshStandardMaterial({ roughness: 0.35 }));
  readonly #ring = new Mesh(new TorusGeometry(1, 0.13, 10, 40), new MeshBasicMaterial());
  readonly #color = new Color();

  constructor(palette: Palette) {
    this.#tether = new Band(palette);
    this.#head.castShadow = true;
    this.root.add(this.#tether.root, this.#head, this.#ring);
    this.root.visible = false;
    this.repaint(palette);
  }

  /** Draws the pin at `target` that holds a body at `point`; world, metres. `unit`: the body's reach. */
  show(point: Vector3, target: Vector3, strain: number, unit: number, camera: Camera): void {
    this.root.visible = true;
    this.#tether.stretch(point, target, strain, unit);
    this.#head.position.copy(target);
    this.#head.scale.setScalar(HEAD * unit);
    this.#ring.position.copy(target);
    this.#ring.scale.setScalar(RING * unit);
    this.#ring.quaternion.copy(camera.quaternion);
  }

  hide(): void {
    this.root.visible = false;
    this.#tether.hide();
  }

  repaint(palette: Palette): void {
    this.#color.set(palette.bandTaut);
    this.#head.material.color.copy(this.#color);
    this.#head.material.emissive.copy(this.#color);
    this.#head.material.emissiveIntensity = 0.3;
    this.#ring.material.color.set(palette.mark);
    this.#tether.repaint(palette);
  }
}
