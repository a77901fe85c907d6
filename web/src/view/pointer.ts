/**
 * Mouse, pen and fingers on the canvas.
 *
 * Press on a body: what the tool does. Press elsewhere and drag: orbit. Wheel: distance. Two fingers: distance and orbit.
 * A pull ends with the press, and also when the pointer is cancelled, its capture is lost or the window loses focus.
 *
 * Tools: `drag` pulls the body while the press lasts; `hold` does too, and then pins it where it is; `push` gives
 * it an impulse away from the viewer. A pull at a pinned body removes its pin.
 */
import { Vector3 } from "three";
import type { Vec3 } from "../protocol";
import type { Stage } from "./stage";

export type HandTool = "drag" | "push" | "hold";

/** What the pointer does to the simulation; points in metres, world. */
export interface PerturbationActions {
  grab(pull: { body: string; point: Vec3; target: Vec3 }): void;
  moveGrab(target: Vec3): void;
  release(): void;
  /** Pins the dragged body where it is, and ends the drag. */
  hold(): void;
  unpin(body: string): void;
  /** `direction` is horizontal, of length one. */
  push(push: { body: string; point: Vec3; direction: Vec3 }): void;
}

/** CSS pixels that a press may wander and still be a click. */
const CLICK = 5;

/** A fingertip is wider than a mouse pointer: rays (CSS pixels off) tried around it. */
const FINGER = [0, 10, 20];

type Gesture =
  | { readonly kind: "none" }
  | {
      readonly kind: "pull";
      readonly pointer: number;
      readonly depth: number;
      sent: Vector3;
      /** Where the press began, CSS pixels, and whether it took a pin out. */
      readonly from: Press;
      readonly unpinned: boolean;
      wandered: boolean;
    }
  | { readonly kind: "push" }
  | { readonly kind: "orbit"; readonly pointer: number }
  | { readonly kind: "pinch" };

interface Press {
  x: number;
  y: number;
}

interface Picked {
  readonly body: number;
  readonly hit: { readonly point: Vector3 };
}

export class Pointer {
  tool: HandTool = "drag";
  readonly #presses = new Map<number, Press>();
  #gesture: Gesture = { kind: "none" };

  constructor(
    readonly stage: Stage,
    readonly perturb: PerturbationActions,
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
    this.perturb.moveGrab(pull.target.toArray());
  }

  /** Pins what is pulled where it is. Whether anything was. */
  hold(): boolean {
    if (this.#gesture.kind !== "pull") return false;
    this.#endPull(true);
    this.#gesture = { kind: "none" };
    return true;
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
      this.#endPull(false);
      this.#gesture = { kind: "pinch" };
    } else {
      const picked = event.button === 2 ? null : this.#pick(press, event.pointerType === "touch");
      if (!picked) this.#gesture = { kind: "orbit", pointer: event.pointerId };
      else if (this.tool === "push") this.#push(picked);
      else this.#startPull(event, press, picked);
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
    this.#gesture.wandered ||= Math.hypot(now.x - this.#gesture.from.x, now.y - this.#gesture.from.y) > CLICK;
    // At once: drawing may be slow, the pointer is not.
    this.update();
    this.stage.refresh();
  }

  #up(pointer: number): void {
    if (!this.#presses.delete(pointer)) return;
    const gesture = this.#gesture;
    if (gesture.kind === "pull" && gesture.pointer === pointer) {
      const letGo = gesture.unpinned && !gesture.wandered;
      this.#endPull(this.tool === "hold" && !letGo);
    }
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

  #startPull(event: PointerEvent, press: Press, { body: id, hit }: Picked): void {
    const { stage } = this;
    const body = stage.model?.body(id);
    if (!body) return;
    const { camera } = stage.follow;
    const forward = camera.getWorldDirection(new Vector3());
    const point = hit.point.clone();
    const depth = point.clone().sub(camera.position).dot(forward);
    const target = this.#target(press, depth, new Vector3());
    const unpinned = stage.pinned.includes(body.name);
    if (unpinned) this.perturb.unpin(body.name);
    stage.pull = { body: id, anchor: body.worldToLocal(point.clone()), target };
    this.#gesture = {
      kind: "pull",
      pointer: event.pointerId,
      depth,
      sent: target.clone(),
      from: { ...press },
      unpinned,
      wandered: false,
    };
    this.perturb.grab({ body: body.name, point: point.toArray(), target: target.toArray() });
    stage.refresh();
  }

  /** Ends the pull: the body is released, or `pinned` where it is. */
  #endPull(pinned: boolean): void {
    if (!this.stage.pull) return;
    this.stage.letGo();
    if (pinned) this.perturb.hold();
    else this.perturb.release();
  }

  /** Level, and away from the viewer. */
  #push({ body: id, hit }: Picked): void {
    const body = this.stage.model?.body(id);
    if (!body) return;
    this.#gesture = { kind: "push" };
    const { away } = this.stage.follow.directions();
    this.perturb.push({ body: body.name, point: hit.point.toArray(), direction: [away.x, away.y, 0] });
    this.stage.refresh();
  }

  #pick(press: Press, finger: boolean): Picked | null {
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
    const open = this.tool === "push" ? "push" : "grab";
    this.stage.canvas.dataset.cursor = pulling ? "grabbing" : over ? open : "";
  }

  #at(event: PointerEvent): Press {
    const box = this.stage.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
