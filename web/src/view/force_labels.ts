/** The numbers beside forces: elements in a layer over the canvas, each near a point of the world. */
import { type PerspectiveCamera, Vector3 } from "three";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type LabelKind = "pull" | "pin" | "push" | "contact";

/** CSS pixels that a label keeps from the window's edges. */
const MARGIN = 8;
const HEIGHT = 32;

export class ForceLabels {
  readonly #layer: HTMLElement;
  readonly #labels = new Map<string, HTMLElement>();
  readonly #shown = new Set<string>();
  readonly #point = new Vector3();
  /** Where the labels of this picture stand, CSS pixels. */
  #boxes: { left: number; top: number; width: number }[] = [];

  constructor(layer: HTMLElement) {
    this.#layer = layer;
  }

  /** Before the labels of a picture. */
  begin(): void {
    this.#shown.clear();
    this.#boxes = [];
  }

  /** Writes beside `point` (world, metres); `key` names the force from picture to picture, `strain` is 0 to 1. */
  write(
    key: string,
    kind: LabelKind,
    text: string,
    point: Vector3,
    strain: number,
    camera: PerspectiveCamera,
    size: Size,
  ): void {
    this.#shown.add(key);
    let label = this.#labels.get(key);
    if (!label) {
      label = document.createElement("span");
      label.className = `force ${kind}`;
      this.#labels.set(key, label);
      this.#layer.append(label);
    }
    if (label.textContent !== text) label.textContent = text;
    label.style.setProperty("--strain", strain.toFixed(2));
    const end = this.#point.copy(point).project(camera);
    // Behind the camera there is nothing to write beside.
    label.hidden = end.z > 1;
    // A push's stands over its point; the others on the far side of the pointer's arrow; all inside the window.
    const width = 22 + 9 * text.length;
    const aside = kind === "push" ? -width / 2 : 22;
    const left = Math.max(MARGIN, Math.min(((end.x + 1) / 2) * size.width + aside, size.width - width - MARGIN));
    let top = Math.max(MARGIN, Math.min(((1 - end.y) / 2) * size.height - 40, size.height - HEIGHT - MARGIN));
    // Under those that stand there already.
    for (const box of this.#boxes) {
      if (left < box.left + box.width && box.left < left + width && Math.abs(top - box.top) < HEIGHT)
        top = box.top + HEIGHT;
    }
    if (!label.hidden) this.#boxes.push({ left, top, width });
    label.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`;
  }

  /** After the labels of a picture: those that were not written go. */
  end(): void {
    for (const key of this.#labels.keys()) if (!this.#shown.has(key)) this.remove(key);
  }

  remove(key: string): void {
    this.#labels.get(key)?.remove();
    this.#labels.delete(key);
  }
}

/** A force as it is written: 3.4 N, 120 N. */
export function newtons(value: number): string {
  return `${short(value)} N`;
}

/** An impulse and the force that it is spread into: 24 N·s · 240 N. */
export function impulseAndForce(impulse: number, force: number): string {
  return `${short(impulse)} N·s · ${newtons(force)}`;
}

function short(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toString();
}
