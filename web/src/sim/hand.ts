/**
 * The hand: what a person does to the bodies. It drags one at a time, pins any number to points of the world, and pushes.
 *
 * All forces are recomputed before every physics substep. By default they enter as generalised forces (`qfrc_applied`),
 * which no observation contains; when *felt* they enter through `xfrc_applied`, which leaks into the `cfrc_ext` that some
 * policies observe (DESIGN.md §2.13). The hand owns both arrays: nobody else writes them.
 */
import { Admittance } from "./admittance";
import { bodyId, nameOf } from "./engine";
import type { Physics } from "./physics";
import type { Hand as HandState, PushMark, Vec3 } from "./protocol";
import { Push } from "./push";
import { Spring, type Strength } from "./spring";
import { SOFTEST, STIFFEST, USUAL_STIFFNESS } from "./stiffness";
import type { Touches } from "./touches";

/** N/kg: three times its weight on Earth. */
const DRAG_LIMIT = 30;
/** A pin gives way by its share of gravity, 9.81 m/s² / stiffness: some 2 cm where it carries everything. */
const PIN: Strength = { stiffness: 500, limit: 150 };

const NOTHING: readonly never[] = [];

/** What hands did at a moment: copies, which nothing changes. */
export interface Acts {
  readonly drag: Spring | null;
  readonly pins: readonly Spring[];
  readonly pushes: readonly Push[];
}

export class Hand {
  private readonly drag: Strength = { stiffness: USUAL_STIFFNESS, limit: DRAG_LIMIT };
  private held: Spring | null = null;
  /** The drag of a moment that was returned to: it shows, and pulls at nothing, for nobody is there who drags. */
  private remembered: Spring | null = null;
  /** A reset let go of what was held: whoever drags may not know yet. */
  private bereft = false;
  /** By body. */
  private readonly pinned = new Map<number, Spring>();
  /** Those that push, and those that are still shown. */
  private given: Push[] = [];
  private count = 0;
  private isFelt = false;
  private touched = false;
  readonly admittance: Admittance;

  constructor(private readonly physics: Physics) {
    this.admittance = new Admittance(physics);
  }

  /** Before each substep, unless there is nothing to do: then null, which costs nothing. */
  get beforeSubstep(): (() => void) | null {
    if (this.given.length > 0) this.given = this.given.filter((push) => push.shown);
    const busy = this.holds || this.given.some(lasts) || this.touched;
    return busy ? this.apply : null;
  }

  /** Something is dragged or pinned. */
  get holds(): boolean {
    return this.held !== null || this.pinned.size > 0;
  }

  set felt(on: boolean) {
    this.isFelt = on;
  }

  /** Of the drag, N/(m·kg), per kilogram of what is dragged; at once, for what is held too. */
  get stiffness(): number {
    return this.drag.stiffness;
  }

  set stiffness(stiffness: number) {
    if (!(stiffness >= SOFTEST && stiffness <= STIFFEST)) {
      throw new Error(`The stiffness is ${SOFTEST} to ${STIFFEST} N/m per kilogram; got ${stiffness}.`);
    }
    this.drag.stiffness = stiffness;
  }

  /** Takes hold of `point` (metres, world) of a body. Raises where the body cannot move, or is unknown. */
  grab(body: string, point: Vec3, target: Vec3): void {
    const id = this.movable(body, "dragged");
    checkVector(point, "point");
    checkVector(target, "target");
    this.held = new Spring(this.physics, this.admittance, this.drag, id, point, target);
    this.remembered = null;
    this.bereft = false;
  }

  /** Moves the target. After a reset took the body away it changes nothing, until `release` or another `grab`. */
  move(target: Vec3): void {
    checkVector(target, "target");
    if (this.held === null && !this.bereft) throw new Error("Nothing is held. Call grab first.");
    this.held?.target.set(target);
  }

  /** Lets go of what is dragged; no force stays behind. */
  release(): void {
    // Who was bereft of one body does not let go of another.
    if (!this.bereft) this.remembered = null;
    this.held = null;
    this.bereft = false;
    this.rest();
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

  /** Pins what is dragged where it now is, and lets go of it. After a reset took the body away it only lets go. */
  hold(): void {
    const { held } = this;
    if (held === null) {
      if (!this.bereft) throw new Error("Nothing is held. Call grab first.");
    } else {
      held.pull();
      held.target.set(held.point);
      held.strength = PIN;
      this.pinned.set(held.body, held);
    }
    this.release();
  }

  /** Lets go of a pinned body, or of all. Raises where that body has no pin. */
  unpin(body?: string): void {
    if (body === undefined) {
      this.pinned.clear();
    } else if (!this.pinned.delete(bodyId(this.physics.engine, this.physics.model, body))) {
      const names = this.pins.map((pin) => pin.body).join(", ");
      throw new Error(`Body ${body} is not pinned. ${names ? `Those that are: ${names}.` : "None is."}`);
    }
    this.rest();
  }

  /** An impulse (N·s, world) at `point` (metres, world; the body's centre of mass without one), over a tenth of a second. */
  push(body: string, impulse: Vec3, point?: Vec3): void {
    const id = this.movable(body, "pushed");
    checkVector(impulse, "impulse");
    if (point !== undefined) checkVector(point, "point");
    const at = point ?? this.centre(id);
    this.count += 1;
    this.given.push(new Push(this.physics, this.count, id, impulse, at));
  }

  /** Lets go of everything, pushes and pins included. */
  reset(): void {
    this.bereft ||= this.held !== null;
    this.held = null;
    this.remembered = null;
    this.pinned.clear();
    this.given = [];
    this.clear();
  }

  /** What is done at this moment, to be taken up again later; null where it is nothing. */
  get acts(): Acts | null {
    const { held, pinned, given } = this;
    if (held === null && pinned.size === 0 && given.length === 0) return null;
    return {
      drag: held?.copy() ?? null,
      pins: Array.from(pinned.values(), (pin) => pin.copy()),
      pushes: given.filter((push) => push.shown).map((push) => push.copy()),
    };
  }

  /** Takes up what was done at a moment that is returned to: pins hold and pushes go on, the drag only shows. */
  takeUp(acts: Acts | null): void {
    this.reset();
    if (acts === null) return;
    this.remembered = acts.drag;
    for (const pin of acts.pins) this.pinned.set(pin.body, pin.copy());
    this.given = acts.pushes.map((push) => push.copy());
  }

  /** Lets go of a drag that only shows, for time goes on; returns the body's name where there was one. */
  forget(): string | null {
    const body = this.remembered?.state.body ?? null;
    this.remembered = null;
    return body;
  }

  /** What is dragged, with the force of this moment; null when nothing is. */
  get state(): HandState | null {
    return (this.held ?? this.remembered)?.state ?? null;
  }

  /** What is pinned, with the forces of this moment. */
  get pins(): readonly HandState[] {
    return this.pinned.size === 0 ? NOTHING : Array.from(this.pinned.values(), (pin) => pin.state);
  }

  /** The pushes to show: those that last, and those of the last half second. */
  get pushes(): readonly PushMark[] {
    return this.given.length === 0 ? NOTHING : this.given.filter((push) => push.shown).map((push) => push.mark);
  }

  /** All of it as it is drawn; null where it is nothing. */
  get touches(): Touches | null {
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

  /** No force stays behind where nothing exerts one any more. */
  private rest(): void {
    if (!this.holds && !this.given.some(lasts)) this.clear();
  }

  private clear(): void {
    const { qfrc_applied, xfrc_applied } = this.physics.views;
    qfrc_applied.fill(0);
    xfrc_applied.fill(0);
    this.touched = false;
  }

  private readonly apply = (): void => {
    this.clear();
    if (this.held !== null) this.pull(this.held);
    for (const pin of this.pinned.values()) this.pull(pin);
    for (const push of this.given) {
      if (!push.lasts) continue;
      push.spend();
      this.exert(push.body, push.force, push.point);
    }
  };

  private pull(spring: Spring): void {
    spring.pull();
    this.exert(spring.body, spring.force, spring.point);
  }

  private exert(body: number, force: Float64Array, point: Float64Array): void {
    this.touched = true;
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

function lasts(push: Push): boolean {
  return push.lasts;
}

function checkVector(values: Vec3, name: string): void {
  if (values.length !== 3 || !values.every(Number.isFinite)) {
    throw new Error(`${name} is three finite numbers (metres or N·s, world frame); got ${JSON.stringify(values)}.`);
  }
}
