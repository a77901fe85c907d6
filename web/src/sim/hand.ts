/**
 * The hand: what a person does to the bodies. A spring-damper drags a grabbed point to its target; a push is an impulse.
 *
 * Both are recomputed before every physics substep. By default they enter as generalised forces (`qfrc_applied`), which no
 * observation contains; when *felt* they enter through `xfrc_applied`, which leaks into the `cfrc_ext` that some policies
 * observe (DESIGN.md §2.13). The hand owns both arrays: nobody else writes them.
 */
import { bodyId, nameOf } from "./engine";
import type { Physics } from "./physics";
import type { Hand as HandState, Vec3 } from "./protocol";
import { movingMass } from "./scene";

/** Spring stiffness per kilogram of all that moves, N/(m·kg): a metre of stretch lifts it. */
const STIFFNESS_PER_KG = 10;
/** Limit of the force per kilogram of all that moves, N/kg: three times its weight on Earth. */
const FORCE_PER_KG = 30;
/** The spring's frequency times the substep never exceeds this: a stiffer one would shake light limbs. */
const STABLE_PHASE = 0.25;
/** Seconds of simulated time over which a push is spread. */
const PUSH_SECONDS = 0.1;

interface Push {
  readonly body: number;
  readonly force: Float64Array;
  substeps: number;
}

export class Hand {
  /** The body held, or -1. */
  private held = -1;
  /** A reset let go of what was held: whoever drags may not know yet. */
  private bereft = false;
  private stiffness = 0;
  private damping = 0;
  private isFelt = false;
  private pushes: Push[] = [];
  private touched = false;
  private readonly anchor = new Float64Array(3);
  private readonly target = new Float64Array(3);
  private readonly point = new Float64Array(3);
  private readonly force = new Float64Array(3);
  private readonly center = new Float64Array(3);
  private readonly mass: number;

  constructor(private readonly physics: Physics) {
    this.mass = movingMass(physics.model);
  }

  /** Before each substep, unless there is nothing to do: then null, which costs nothing. */
  get beforeSubstep(): (() => void) | null {
    return this.held >= 0 || this.pushes.length > 0 || this.touched ? this.apply : null;
  }

  get holds(): boolean {
    return this.held >= 0;
  }

  set felt(on: boolean) {
    this.isFelt = on;
  }

  /** Takes hold of `point` (metres, world) of a body. Raises where the body cannot move, or is unknown. */
  grab(body: string, point: Vec3, target: Vec3): void {
    const { physics } = this;
    const id = this.movable(body, "dragged");
    checkVector(point, "point");
    checkVector(target, "target");
    const { xpos, xmat } = physics.views;
    for (let i = 0; i < 3; i++) {
      // The point in the body's frame: the rotation's columns times the offset.
      let sum = 0;
      for (let j = 0; j < 3; j++)
        sum += (xmat[9 * id + 3 * j + i] as number) * ((point[j] as number) - (xpos[3 * id + j] as number));
      this.anchor[i] = sum;
    }
    const effectiveMass = 1 / (physics.model.body_invweight0[2 * id] as number);
    this.stiffness = Math.min(this.mass * STIFFNESS_PER_KG, effectiveMass * (STABLE_PHASE / physics.timestep) ** 2);
    this.damping = 2 * Math.sqrt(this.stiffness * effectiveMass);
    this.target.set(target);
    this.held = id;
    this.bereft = false;
  }

  /** Moves the target. After a reset took the body away it changes nothing, until `release` or another `grab`. */
  move(target: Vec3): void {
    checkVector(target, "target");
    if (this.held < 0 && !this.bereft) throw new Error("Nothing is held. Call grab first.");
    this.target.set(target);
  }

  /** Lets go; no force stays behind. */
  release(): void {
    this.held = -1;
    this.bereft = false;
    if (this.pushes.length === 0) this.clear();
  }

  /** An impulse (N·s, world) at a body's centre of mass, spread over a tenth of a simulated second. */
  push(body: string, impulse: Vec3): void {
    checkVector(impulse, "impulse");
    const substeps = Math.max(1, Math.round(PUSH_SECONDS / this.physics.timestep));
    const duration = substeps * this.physics.timestep;
    this.pushes.push({
      body: this.movable(body, "pushed"),
      force: Float64Array.from(impulse, (component) => component / duration),
      substeps,
    });
  }

  /** Lets go of everything, pushes included. */
  reset(): void {
    this.bereft ||= this.held >= 0;
    this.held = -1;
    this.pushes = [];
    this.clear();
  }

  /** What is held, with the force of this moment; null when the hand is empty. */
  get state(): HandState | null {
    if (this.held < 0) return null;
    this.pull();
    const { physics, point, target, force } = this;
    return {
      body: nameOf(physics.engine, physics.model, "body", this.held),
      point: vector(point),
      target: vector(target),
      force: vector(force),
    };
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

  private clear(): void {
    const { qfrc_applied, xfrc_applied } = this.physics.views;
    qfrc_applied.fill(0);
    xfrc_applied.fill(0);
    this.touched = false;
  }

  private readonly apply = (): void => {
    this.clear();
    if (this.held >= 0) {
      this.pull();
      this.exert(this.held, this.force, this.point);
    }
    let spent = false;
    for (const push of this.pushes) {
      const { xipos } = this.physics.views;
      for (let i = 0; i < 3; i++) this.center[i] = xipos[3 * push.body + i] as number;
      this.exert(push.body, push.force, this.center);
      push.substeps -= 1;
      spent ||= push.substeps === 0;
    }
    if (spent) this.pushes = this.pushes.filter((push) => push.substeps > 0);
  };

  /** The grabbed point as it is now, and the spring's force on it. */
  private pull(): void {
    const { xpos, xmat, cvel, subtree_com } = this.physics.views;
    const body = this.held;
    const root = (this.physics.model.body_rootid[body] as number) * 3;
    for (let i = 0; i < 3; i++) {
      let sum = xpos[3 * body + i] as number;
      for (let j = 0; j < 3; j++) sum += (xmat[9 * body + 3 * i + j] as number) * (this.anchor[j] as number);
      this.point[i] = sum;
    }
    // cvel is the spatial velocity about the root's centre of mass: rotation first, then translation.
    let squared = 0;
    for (let i = 0; i < 3; i++) {
      const j = (i + 1) % 3;
      const k = (i + 2) % 3;
      const velocity =
        (cvel[6 * body + 3 + i] as number) +
        (cvel[6 * body + j] as number) * ((this.point[k] as number) - (subtree_com[root + k] as number)) -
        (cvel[6 * body + k] as number) * ((this.point[j] as number) - (subtree_com[root + j] as number));
      const force = this.stiffness * ((this.target[i] as number) - (this.point[i] as number)) - this.damping * velocity;
      this.force[i] = force;
      squared += force * force;
    }
    const limit = this.mass * FORCE_PER_KG;
    if (squared > limit * limit) {
      const shrink = limit / Math.sqrt(squared);
      for (let i = 0; i < 3; i++) this.force[i] = (this.force[i] as number) * shrink;
    }
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

function vector(values: Float64Array): Vec3 {
  return [values[0] as number, values[1] as number, values[2] as number];
}

function checkVector(values: Vec3, name: string): void {
  if (values.length !== 3 || !values.every(Number.isFinite)) {
    throw new Error(`${name} is three finite numbers (metres or N·s, world frame); got ${JSON.stringify(values)}.`);
  }
}
