/**
 * The external forces on the bodies: one drag at a time, any number of pins, and impulses.
 *
 * All forces are recomputed before every physics substep. By default they enter as generalised forces (`qfrc_applied`),
 * which no observation contains. When *felt* they enter through `xfrc_applied`, which is part of the `cfrc_ext` that some
 * policies observe (docs/architecture.md, "What must always hold"). Nothing else writes these two arrays.
 */

import { type Pull, type PushMark, SOFTEST, STIFFEST, USUAL_STIFFNESS, type Vec3 } from "../../protocol";
import { Admittance } from "../physics/admittance";
import { bodyId, nameOf } from "../physics/engine";
import type { Physics } from "../physics/physics";
import { Impulse } from "./impulse";
import type { PerturbationState } from "./perturbation_state";
import { Spring, type Strength } from "./spring";

/** N/kg: three times its weight on Earth. */
const DRAG_LIMIT = 30;
/** A pin gives way by its share of gravity, 9.81 m/s² / stiffness: some 2 cm where it carries everything. */
const PIN: Strength = { stiffness: 500, limit: 150 };

const NOTHING: readonly never[] = [];

/** The perturbations of a moment, to be restored later: copies, which nothing changes. */
export interface SavedPerturbations {
  readonly drag: Spring | null;
  readonly pins: readonly Spring[];
  readonly impulses: readonly Impulse[];
}

export class Perturbations {
  private readonly drag: Strength = { stiffness: USUAL_STIFFNESS, limit: DRAG_LIMIT };
  private dragged: Spring | null = null;
  /** The drag of a moment that was restored: it is drawn but exerts no force, since nobody holds the pointer. */
  private restoredDrag: Spring | null = null;
  /** A reset ended the drag while the pointer was still down: the next `move` or `release` is not an error. */
  private endedByReset = false;
  /** By body. */
  private readonly pinned = new Map<number, Spring>();
  /** Those that still act, and those that are still shown. */
  private impulses: Impulse[] = [];
  private count = 0;
  private isFelt = false;
  /** The applied forces may be other than zero. */
  private exerted = false;
  readonly admittance: Admittance;

  constructor(private readonly physics: Physics) {
    this.admittance = new Admittance(physics);
  }

  /** To be called before each substep; null where nothing acts, which costs nothing. */
  get beforeSubstep(): (() => void) | null {
    if (this.impulses.length > 0) this.impulses = this.impulses.filter((impulse) => impulse.shown);
    const busy = this.holds || this.impulses.some(lasts) || this.exerted;
    return busy ? this.apply : null;
  }

  /** Something is dragged or pinned. */
  get holds(): boolean {
    return this.dragged !== null || this.pinned.size > 0;
  }

  set felt(on: boolean) {
    this.isFelt = on;
  }

  /** Of the drag, N/(m·kg), per kilogram of what is dragged; a drag in progress changes at once. */
  get stiffness(): number {
    return this.drag.stiffness;
  }

  set stiffness(stiffness: number) {
    if (!(stiffness >= SOFTEST && stiffness <= STIFFEST)) {
      throw new Error(`The stiffness is ${SOFTEST} to ${STIFFEST} N/m per kilogram; got ${stiffness}.`);
    }
    this.drag.stiffness = stiffness;
  }

  /** Starts to drag a body at `point` (metres, world). Raises where the body cannot move, or is unknown. */
  grab(body: string, point: Vec3, target: Vec3): void {
    const id = this.movable(body, "dragged");
    checkVector(point, "point");
    checkVector(target, "target");
    this.dragged = new Spring(this.physics, this.admittance, this.drag, id, point, target);
    this.restoredDrag = null;
    this.endedByReset = false;
  }

  /** Moves the target. After a reset ended the drag this changes nothing, until `release` or another `grab`. */
  move(target: Vec3): void {
    checkVector(target, "target");
    if (this.dragged === null && !this.endedByReset) throw new Error("Nothing is held. Call grab first.");
    this.dragged?.target.set(target);
  }

  /** Ends the drag; no force remains. */
  release(): void {
    // Where a reset ended this drag, the drag that is shown is of a restored moment, and stays.
    if (!this.endedByReset) this.restoredDrag = null;
    this.dragged = null;
    this.endedByReset = false;
    this.clearIfIdle();
  }

  /**
   * Pins `point` (metres, world; the body's centre of mass without one) of a body to `target` in the world (where the point
   * is, without one), until `unpin`. A body has one pin: the last.
   */
  pin(body: string, point?: Vec3, target?: Vec3): void {
    const id = this.movable(body, "pinned");
    if (point !== undefined) checkVector(point, "point");
    if (target !== undefined) checkVector(target, "target");
    const at = point ?? this.centre(id);
    this.pinned.set(id, new Spring(this.physics, this.admittance, PIN, id, at, target ?? at));
  }

  /** Pins the dragged body where it now is, and ends the drag. After a reset ended the drag there is nothing to pin. */
  hold(): void {
    const { dragged } = this;
    if (dragged === null) {
      if (!this.endedByReset) throw new Error("Nothing is held. Call grab first.");
    } else {
      dragged.pull();
      dragged.target.set(dragged.point);
      dragged.strength = PIN;
      this.pinned.set(dragged.body, dragged);
    }
    this.release();
  }

  /** Removes the pin of a body, or all pins. Raises where that body has no pin. */
  unpin(body?: string): void {
    if (body === undefined) {
      this.pinned.clear();
    } else if (!this.pinned.delete(bodyId(this.physics.engine, this.physics.model, body))) {
      const names = this.pins.map((pin) => pin.body).join(", ");
      throw new Error(`Body ${body} is not pinned. ${names ? `Those that are: ${names}.` : "None is."}`);
    }
    this.clearIfIdle();
  }

  /** An impulse (N·s, world) at `point` (metres, world; the body's centre of mass without one), over a tenth of a second. */
  push(body: string, impulse: Vec3, point?: Vec3): void {
    const id = this.movable(body, "pushed");
    checkVector(impulse, "impulse");
    if (point !== undefined) checkVector(point, "point");
    const at = point ?? this.centre(id);
    this.count += 1;
    this.impulses.push(new Impulse(this.physics, this.count, id, impulse, at));
  }

  /** Ends every perturbation: drag, pins and impulses. */
  reset(): void {
    this.endedByReset ||= this.dragged !== null;
    this.dragged = null;
    this.restoredDrag = null;
    this.pinned.clear();
    this.impulses = [];
    this.clear();
  }

  /** The perturbations of this moment, to be restored later; null where there are none. */
  get saved(): SavedPerturbations | null {
    const { dragged, pinned, impulses } = this;
    if (dragged === null && pinned.size === 0 && impulses.length === 0) return null;
    return {
      drag: dragged?.copy() ?? null,
      pins: Array.from(pinned.values(), (pin) => pin.copy()),
      impulses: impulses.filter((impulse) => impulse.shown).map((impulse) => impulse.copy()),
    };
  }

  /** Restores the perturbations of an earlier moment: pins and impulses act again, the drag is only drawn. */
  restore(saved: SavedPerturbations | null): void {
    this.reset();
    if (saved === null) return;
    this.restoredDrag = saved.drag;
    for (const pin of saved.pins) this.pinned.set(pin.body, pin.copy());
    this.impulses = saved.impulses.map((impulse) => impulse.copy());
  }

  /** Removes a drag that is only drawn, because time goes on; returns the body's name where there was one. */
  dropRestoredDrag(): string | null {
    const body = this.restoredDrag?.state.body ?? null;
    this.restoredDrag = null;
    return body;
  }

  /** What is dragged, with the force of this moment; null when nothing is. */
  get state(): Pull | null {
    return (this.dragged ?? this.restoredDrag)?.state ?? null;
  }

  /** What is pinned, with the forces of this moment. */
  get pins(): readonly Pull[] {
    return this.pinned.size === 0 ? NOTHING : Array.from(this.pinned.values(), (pin) => pin.state);
  }

  /** The impulses to show: those that still act, and those of the last half second. */
  get pushes(): readonly PushMark[] {
    return this.impulses.length === 0
      ? NOTHING
      : this.impulses.filter((impulse) => impulse.shown).map((impulse) => impulse.mark);
  }

  /** All of it as it is drawn; null where there is nothing. */
  get current(): PerturbationState | null {
    const { state: hand, pins, pushes } = this;
    return hand === null && pins.length === 0 && pushes.length === 0 ? null : { hand, pins, pushes };
  }

  dispose(): void {
    this.admittance.dispose();
  }

  private centre(body: number): Float64Array {
    return this.physics.views.xipos.slice(3 * body, 3 * body + 3);
  }

  private movable(body: string, what: string): number {
    const { engine, model } = this.physics;
    const id = bodyId(engine, model, body);
    if (!((model.body_invweight0[2 * id] as number) > 0)) {
      const free = Array.from({ length: model.nbody }, (_, i) => i).filter(
        (i) => (model.body_invweight0[2 * i] as number) > 0,
      );
      const names = free.map((i) => nameOf(engine, model, "body", i)).join(", ");
      throw new Error(`Body ${body} does not move, so it cannot be ${what}. Those that move: ${names}.`);
    }
    return id;
  }

  /** Sets the applied forces to zero where nothing exerts one any more. */
  private clearIfIdle(): void {
    if (!this.holds && !this.impulses.some(lasts)) this.clear();
  }

  private clear(): void {
    const { qfrc_applied, xfrc_applied } = this.physics.views;
    qfrc_applied.fill(0);
    xfrc_applied.fill(0);
    this.exerted = false;
  }

  private readonly apply = (): void => {
    this.clear();
    if (this.dragged !== null) this.pull(this.dragged);
    for (const pin of this.pinned.values()) this.pull(pin);
    for (const impulse of this.impulses) {
      if (!impulse.lasts) continue;
      impulse.spend();
      this.exert(impulse.body, impulse.force, impulse.point);
    }
  };

  private pull(spring: Spring): void {
    spring.pull();
    this.exert(spring.body, spring.force, spring.point);
  }

  private exert(body: number, force: Float64Array, point: Float64Array): void {
    this.exerted = true;
    if (!this.isFelt) {
      this.physics.applyForce(body, force, point);
      return;
    }
    const { xipos, xfrc_applied } = this.physics.views;
    for (let i = 0; i < 3; i++) {
      const j = (i + 1) % 3;
      const k = (i + 2) % 3;
      const armJ = (point[j] as number) - (xipos[3 * body + j] as number);
      const armK = (point[k] as number) - (xipos[3 * body + k] as number);
      const at = 6 * body + i;
      xfrc_applied[at] = (xfrc_applied[at] as number) + (force[i] as number);
      xfrc_applied[at + 3] =
        (xfrc_applied[at + 3] as number) + armJ * (force[k] as number) - armK * (force[j] as number);
    }
  }
}

function lasts(impulse: Impulse): boolean {
  return impulse.lasts;
}

function checkVector(values: Vec3, name: string): void {
  if (values.length !== 3 || !values.every(Number.isFinite)) {
    throw new Error(`${name} is three finite numbers (metres or N·s, world frame); got ${JSON.stringify(values)}.`);
  }
}
