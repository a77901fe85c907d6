/** What hands do to the body, as one sees it: the elastic band of a drag, pins, pushes, and each force in newtons. */
import { Color, Group, type PerspectiveCamera, Vector3 } from "three";
import type { Pull, PushMark } from "../protocol";
import { Band } from "./band";
import { ForceArrow } from "./force_arrow";
import { ForceLabels, impulseAndForce, type Size, newtons as written } from "./force_labels";
import type { Palette } from "./palette";
import { PinView } from "./pin";

/** Pull, in multiples of the body's weight, at which the band is drawn fully taut. */
const TAUT_WEIGHTS = 1.2;
const GRAVITY = 9.81;
/** Length of the arrow of a force as large as the body's weight, as a share of the body's reach. */
const WEIGHT_LENGTH = 0.9;
/** No arrow is longer than this share of the reach: its number says the rest. */
const LONGEST = 3;
/** Milliseconds for which a push is shown at least, however fast the simulation runs. */
const SHOWN_MS = 500;

/** All that hands do at a moment. */
export interface ShownPerturbations {
  /** Where the drag's band begins and ends, metres, world; null where nothing is dragged. */
  readonly pull: { readonly anchor: Vector3; readonly target: Vector3 } | null;
  /** What the simulation applies for it, null until its next step. */
  readonly hand: Pull | null;
  readonly pins: readonly Pull[];
  readonly pushes: readonly PushMark[];
}

interface ShownPush {
  mark: PushMark;
  readonly since: number;
  readonly arrow: ForceArrow;
}

export class PerturbationView {
  readonly root = new Group();
  readonly band: Band;
  readonly #labels: ForceLabels;
  readonly #pull = new ForceArrow();
  readonly #pins: PinView[] = [];
  readonly #pushes = new Map<number, ShownPush>();
  readonly #color = new Color();
  readonly #from = new Vector3();
  readonly #to = new Vector3();
  readonly #force = new Vector3();
  #palette: Palette;
  /** Metres that the body reaches, and its kilograms. */
  #reach = 1;
  #mass = 1;
  #strain = 0;
  /** The number of pushes in the last frame. */
  #told = 0;

  /** `layer` lies over the canvas; the numbers are written in it. */
  constructor(layer: HTMLElement, palette: Palette) {
    this.#labels = new ForceLabels(layer);
    this.#palette = palette;
    this.band = new Band(palette);
    this.root.add(this.band.root, this.#pull.root);
  }

  /** Scales everything to a body. */
  fit(reach: number, mass: number): void {
    this.#reach = reach;
    this.#mass = Math.max(mass, 1e-6);
  }

  /** Something here still changes by itself: a push that is over is shown for a moment more. */
  get moving(): boolean {
    return this.#pushes.size > this.#told;
  }

  /** Draws what hands do; `now` in milliseconds, `size` of the canvas in CSS pixels. */
  show({ pull, hand, pins, pushes }: ShownPerturbations, camera: PerspectiveCamera, size: Size, now: number): void {
    this.#labels.begin();
    if (pull) this.#showPull(pull.anchor, pull.target, hand, camera, size);
    else this.#hidePull();
    this.#showPins(pins, camera, size);
    this.#showPushes(pushes, camera, size, now);
    this.#labels.end();
  }

  /** Ends the drag on the screen, ahead of the simulation's own report. */
  letGo(): void {
    this.#hidePull();
    this.#labels.remove("pull");
  }

  repaint(palette: Palette): void {
    this.#palette = palette;
    this.band.repaint(palette);
    for (const pin of this.#pins) pin.repaint(palette);
  }

  #showPull(anchor: Vector3, target: Vector3, hand: Pull | null, camera: PerspectiveCamera, size: Size): void {
    const newtons = hand ? Math.hypot(...hand.force) : 0;
    this.#strain += (this.#strainOf(newtons) - this.#strain) * 0.35;
    this.band.stretch(anchor, target, this.#strain, this.#reach);
    if (hand && newtons > 0) {
      this.#pull.show(
        anchor,
        this.#force.set(...hand.force),
        this.#length(newtons),
        this.#reach,
        false,
        this.band.color,
      );
    } else this.#pull.hide();
    const text = hand ? written(newtons) : "…";
    this.#labels.write("pull", "pull", text, target, this.#strain, camera, size);
  }

  #hidePull(): void {
    this.band.hide();
    this.#pull.hide();
    this.#strain = 0;
  }

  #showPins(pins: readonly Pull[], camera: PerspectiveCamera, size: Size): void {
    for (const [index, pin] of pins.entries()) {
      const view = this.#pins[index] ?? this.#addPin();
      const newtons = Math.hypot(...pin.force);
      const strain = this.#strainOf(newtons);
      this.#from.set(...pin.point);
      this.#to.set(...pin.target);
      view.show(this.#from, this.#to, strain, this.#reach, camera);
      this.#labels.write(`pin ${pin.body}`, "pin", written(newtons), this.#to, strain, camera, size);
    }
    for (const view of this.#pins.slice(pins.length)) view.hide();
  }

  #addPin(): PinView {
    const view = new PinView(this.#palette);
    this.#pins.push(view);
    this.root.add(view.root);
    return view;
  }

  #showPushes(pushes: readonly PushMark[], camera: PerspectiveCamera, size: Size, now: number): void {
    for (const mark of pushes) {
      const shown = this.#pushes.get(mark.id);
      if (shown) shown.mark = mark;
      else {
        const arrow = new ForceArrow();
        this.root.add(arrow.root);
        this.#pushes.set(mark.id, { mark, since: now, arrow });
      }
    }
    const told = new Set(pushes.map(({ id }) => id));
    this.#told = told.size;
    for (const [id, { mark, since, arrow }] of this.#pushes) {
      if (!told.has(id) && now - since >= SHOWN_MS) {
        arrow.dispose();
        this.#pushes.delete(id);
        continue;
      }
      const newtons = Math.hypot(...mark.force);
      const length = this.#length(newtons);
      this.#from.set(...mark.point);
      this.#force.set(...mark.force);
      arrow.show(this.#from, this.#force, length, this.#reach, true, this.#color.set(this.#palette.bandTense));
      // At the tail: the tip is in the body.
      this.#to.copy(this.#from).addScaledVector(this.#force.normalize(), -length);
      const text = impulseAndForce(Math.hypot(...mark.impulse), newtons);
      this.#labels.write(`push ${id}`, "push", text, this.#to, 0, camera, size);
    }
  }

  /** Metres of the arrow of a force: the same scale for all. */
  #length(newtons: number): number {
    const weights = newtons / (GRAVITY * this.#mass);
    return this.#reach * Math.min(LONGEST, WEIGHT_LENGTH * weights);
  }

  #strainOf(newtons: number): number {
    return Math.min(1, newtons / (TAUT_WEIGHTS * GRAVITY * this.#mass));
  }
}
