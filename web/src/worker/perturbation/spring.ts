/** A spring-damper from a point of a body to a point of the world: a drag or a pin. */
import type { MjModel } from "@mujoco/mujoco";
import type { Pull, Vec3 } from "../../protocol";
import type { Admittance } from "../physics/admittance";
import { movingMass } from "../physics/bodies";
import { toBody, toWorld, velocityAt } from "../physics/body_point";
import { nameOf } from "../physics/engine";
import type { Physics } from "../physics/physics";

/** The spring's frequency times the substep never exceeds this: a stiffer one would shake light limbs. */
const STABLE_PHASE = 0.25;

export interface Strength {
  /** N/(m·kg): per kilogram of what is pulled. */
  stiffness: number;
  /** Greatest pull per kilogram of what is pulled, N/kg; its damping comes on top. */
  readonly limit: number;
}

export class Spring {
  /** On the body at `point`, newtons, world; as the last `pull` left it. */
  readonly force = new Float64Array(3);
  /** The held point as it is now, metres, world. */
  readonly point = new Float64Array(3);
  readonly target = new Float64Array(3);
  private readonly anchor = new Float64Array(3);
  private readonly offset = new Float64Array(3);
  /** What is pulled, kg. */
  private readonly weight: number;

  /** Takes hold of `point` (metres, world) of a body that moves. */
  constructor(
    private readonly physics: Physics,
    private readonly admittance: Admittance,
    public strength: Strength,
    readonly body: number,
    point: ArrayLike<number>,
    target: ArrayLike<number>,
  ) {
    this.weight = weightOf(physics.model, body);
    toBody(physics, body, point, this.anchor);
    this.target.set(target);
  }

  /** The same hold, which stays as it is while this one goes on. */
  copy(): Spring {
    const copy = new Spring(this.physics, this.admittance, { ...this.strength }, this.body, this.point, this.target);
    copy.anchor.set(this.anchor);
    return copy;
  }

  /** The state of this moment. */
  get state(): Pull {
    this.pull();
    const { engine, model } = this.physics;
    return {
      body: nameOf(engine, model, "body", this.body),
      point: vector(this.point),
      target: vector(this.target),
      force: vector(this.force),
    };
  }

  /**
   * Computes `point` and `force`.
   *
   * Damped critically along the pull; neither stiffness nor damping exceeds what the lightest direction bears.
   */
  pull(): void {
    const { physics, admittance, body, point, target, offset, force, weight } = this;
    toWorld(physics, body, this.anchor, point);
    for (let i = 0; i < 3; i++) offset[i] = (target[i] as number) - (point[i] as number);
    admittance.at(body, point);
    const { lightest } = admittance;
    const fastest = STABLE_PHASE / physics.timestep;
    const stiffness = Math.min(this.strength.stiffness * weight, lightest * fastest ** 2);
    const critical = 2 * Math.sqrt(stiffness * admittance.along(offset));
    // Nothing to damp where the point cannot move.
    const bearable = Number.isFinite(lightest) ? 2 * lightest * fastest : 0;
    const damping = Math.min(critical, bearable);
    const limit =
      (this.strength.limit * weight) / Math.hypot(offset[0] as number, offset[1] as number, offset[2] as number);
    const drawn = Math.min(stiffness, limit);
    // The velocity of the point stands in `force` until the force does.
    velocityAt(physics, body, point, force);
    for (let i = 0; i < 3; i++) force[i] = drawn * (offset[i] as number) - damping * (force[i] as number);
  }
}

/** Kilograms of all that moves, or the body's own inertia where gears and armatures make that greater (a Reacher's arm). */
function weightOf(model: MjModel, body: number): number {
  // The mean over three axes: a body on one hinge gives way along one of them.
  const inertia = 1 / (3 * (model.body_invweight0[2 * body] as number));
  return Math.max(movingMass(model), inertia);
}

/** Three numbers as the protocol writes them. */
export function vector(values: Float64Array): Vec3 {
  return [values[0] as number, values[1] as number, values[2] as number];
}
