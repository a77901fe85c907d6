/** The pull of a hand as one sees it: the elastic band and, beside its free end, the force in newtons. */
import { type PerspectiveCamera, Vector3 } from "three";
import type { Hand } from "../sim/protocol";
import { Band } from "./band";
import type { Palette } from "./palette";

/** Pull, in multiples of the body's weight, at which the band is drawn fully taut. */
const TAUT_WEIGHTS = 1.2;
const GRAVITY = 9.81;

export class HandView {
  readonly band: Band;
  readonly #label: HTMLElement;
  readonly #end = new Vector3();
  #strain = 0;

  /** `label` lies in a layer over the canvas, at its top left corner. */
  constructor(label: HTMLElement, palette: Palette) {
    this.#label = label;
    this.band = new Band(palette);
  }

  get visible(): boolean {
    return this.band.root.visible;
  }

  /**
   * Draws the pull from `anchor` to `target` (metres, world).
   *
   * `hand` is what the simulation applies, null until its next step; `mass` is the model's, kg; `width` and `height` are
   * the canvas's, CSS pixels.
   */
  show(anchor: Vector3, target: Vector3, hand: Hand | null, mass: number, camera: PerspectiveCamera, size: Size): void {
    const newtons = hand ? Math.hypot(...hand.force) : 0;
    const strain = Math.min(1, newtons / (TAUT_WEIGHTS * GRAVITY * Math.max(mass, 1e-6)));
    this.#strain += (strain - this.#strain) * 0.35;
    this.band.stretch(anchor, target, this.#strain);

    const end = this.#end.copy(target).project(camera);
    const x = ((end.x + 1) / 2) * size.width;
    const y = ((1 - end.y) / 2) * size.height;
    const label = this.#label;
    label.hidden = false;
    const text = hand ? `${newtons < 10 ? newtons.toFixed(1) : Math.round(newtons)} N` : "…";
    if (label.textContent !== text) label.textContent = text;
    label.style.setProperty("--strain", this.#strain.toFixed(2));
    // On the far side of the pointer's arrow, and inside the window.
    const left = Math.min(x + 22, size.width - 92);
    const top = Math.max(8, Math.min(y - 40, size.height - 40));
    label.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`;
  }

  hide(): void {
    this.band.hide();
    this.#label.hidden = true;
    this.#strain = 0;
  }
}

export interface Size {
  readonly width: number;
  readonly height: number;
}
