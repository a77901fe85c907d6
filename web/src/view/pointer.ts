/**
 * Mouse, pen and fingers on the canvas.
 *
 * Press on a body and drag: a pull. Press elsewhere and drag: orbit. Wheel: distance. Two fingers: distance and orbit.
 * A pull ends with the press, and also when the pointer is cancelled, its capture is lost or the window loses focus.
 */
import { Vector3 } from "three";
import type { Vec3 } from "../sim/protocol";
import type { Stage } from "./stage";

/** What a pull does to the simulation; points in metres, world. */
export interface Grip {
  grab(pull: { body: string; point: Vec3; target: Vec3 }): void;
  moveGrab(target: Vec3): void;
  release(): void;
}

/** A fingertip is wider than a mouse pointer: rays (CSS pixels off) tried around it. */
const FINGER = [0, 10, 20];

type Gesture =
  | { readonly kind: "none" }
  | { readonly kind: "pull"; readonly pointer: number; readonly depth: number; sent: Vector3 }
  | { readonly kind: "orbit"; readonly pointer: number }
  | { readonly kind: "pinch" };

interface Press {
  x: number;
  y: number;
}

export class Pointer {
  readonly #presses = new Map<number, Press>();
  #gesture: Gesture = { kind: "none" };

  constructor(
    readonly stage: Stage,
    readonly grip: Grip,
  ) {
    const { canvas } = stage;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"] as const)
      canvas.addEventListener(type, (event) => this.#up(event.pointerId));
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    window.addEventListener("blur", () => this.#cancel());
  }

  /** Moves the pull's target under the pointer again: the camera may have moved. Once per picture. */
  update(): void {
    const gesture = this.#gesture;
    if (gesture.kind !== "pull") return;
    const press = this.#presses.get(gesture.pointer);
    const { pull } = this.stage;
    if (!press || !pull) {
      this.#cancel();
      return;
    }
    this.#target(press, gesture.depth, pull.target);
    if (pull.target.distanceTo(gesture.sent) < 1e-4) return;
    gesture.sent.copy(pull.target);
    this.grip.moveGrab(pull.target.toArray());
  }

  /** Ends whatever is going on. */
  #cancel(): void {
    for (const id of [...this.#presses.keys()]) this.#up(id);
  }

  #down(event: PointerEvent): void {
    if (event.pointerType === "mouse" && event.button !== 0 && event.button !== 2) return;
    const press = this.#at(event);
    this.#presses.set(event.pointerId, press);
    this.stage.canvas.setPointerCapture(event.pointerId);
    if (this.#presses.size > 1) {
      this.#endPull();
      this.#gesture = { kind: "pinch" };
    } else if (event.button === 2 || !this.#startPull(event, press)) {
      this.#gesture = { kind: "orbit", pointer: event.pointerId };
    }
    this.#cursor(event);
  }

  #move(event: PointerEvent): void {
    const press = this.#presses.get(event.pointerId);
    const now = this.#at(event);
    if (!press) {
      if (event.pointerType !== "touch") this.#cursor(event);
      return;
    }
    const dx = now.x - press.x;
    const dy = now.y - press.y;
    const { follow, size } = this.stage;
    if (this.#gesture.kind === "orbit") follow.orbit(dx, dy, size.height);
    if (this.#gesture.kind === "pinch") {
      const other = [...this.#presses].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const before = Math.hypot(press.x - other.x, press.y - other.y);
        const after = Math.hypot(now.x - other.x, now.y - other.y);
        if (before > 1 && after > 1) follow.zoom(before / after);
      }
      follow.orbit(dx / 2, dy / 2, size.height);
    }
    press.x = now.x;
    press.y = now.y;
    if (this.#gesture.kind !== "pull") return;
    // At once: drawing may be slow, the hand is not.
    this.update();
    this.stage.refresh();
  }

  #up(pointer: number): void {
    if (!this.#presses.delete(pointer)) return;
    const gesture = this.#gesture;
    if (gesture.kind === "pull" && gesture.pointer === pointer) this.#endPull();
    const left = [...this.#presses.keys()][0];
    this.#gesture = left === undefined ? { kind: "none" } : { kind: "orbit", pointer: left };
    this.stage.canvas.dataset.cursor = "";
    this.stage.refresh();
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 * event.deltaY : event.deltaY;
    this.stage.follow.zoom(Math.exp(Math.max(-120, Math.min(120, pixels)) * 0.0016));
  }

  #startPull(event: PointerEvent, press: Press): boolean {
    const { stage } = this;
    const picked = this.#pick(press, event.pointerType === "touch");
    const body = picked && stage.model?.body(picked.body);
    if (!picked || !body) return false;
    const { camera } = stage.follow;
    const forward = camera.getWorldDirection(new Vector3());
    const point = picked.hit.point.clone();
    const depth = point.clone().sub(camera.position).dot(forward);
    const target = this.#target(press, depth, new Vector3());
    stage.pull = { body: picked.body, anchor: body.worldToLocal(point.clone()), target };
    this.#gesture = { kind: "pull", pointer: event.pointerId, depth, sent: target.clone() };
    this.grip.grab({ body: body.name, point: point.toArray(), target: target.toArray() });
    stage.refresh();
    return true;
  }

  #endPull(): void {
    if (!this.stage.pull) return;
    this.stage.letGo();
    this.grip.release();
  }

  #pick(press: Press, finger: boolean) {
    const { model } = this.stage;
    if (!model) return null;
    for (const radius of finger ? FINGER : [0]) {
      for (let k = 0; k < (radius === 0 ? 1 : 8); k++) {
        const angle = (k * Math.PI) / 4;
        const ray = this.stage.ray(press.x + radius * Math.cos(angle), press.y + radius * Math.sin(angle));
        const picked = model.pick(ray);
        if (picked) return picked;
      }
    }
    return null;
  }

  /** Where the pointer's ray meets the plane that faces the camera `depth` metres ahead of it. */
  #target(press: Press, depth: number, out: Vector3): Vector3 {
    const { ray } = this.stage.ray(press.x, press.y);
    const forward = this.stage.follow.camera.getWorldDirection(new Vector3());
    return ray.at(depth / ray.direction.dot(forward), out);
  }

  #cursor(event: PointerEvent): void {
    const pulling = this.#gesture.kind === "pull" || this.#gesture.kind === "orbit";
    const over = !pulling && this.#pick(this.#at(event), false) !== null;
    this.stage.canvas.dataset.cursor = pulling ? "grabbing" : over ? "grab" : "";
  }

  #at(event: PointerEvent): Press {
    const box = this.stage.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
