/** An impulse at a point of a body: a constant force over a tenth of a simulated second. */

import { IMPULSE_SECONDS } from "../../generated/constants";
import type { PushMark, Vec3 } from "../../protocol";
import { toBody, toWorld } from "../physics/body_point";
import { nameOf } from "../physics/engine";
import type { Physics } from "../physics/physics";
import { vector } from "./spring";

/** Seconds of simulated time, from its beginning, for which an impulse is shown. */
const SHOWN_SECONDS = 0.5;

export class Impulse {
  /** Newtons, world, while it lasts. */
  readonly force: Float64Array;
  /** Where it acts now, metres, world. */
  readonly point = new Float64Array(3);
  private readonly anchor = new Float64Array(3);
  private begun: number;
  private substeps: number;

  /** `total` in N·s, world; `point` in metres, world: it moves with the body. `id` is unique. */
  constructor(
    private readonly physics: Physics,
    private readonly id: number,
    readonly body: number,
    private readonly total: Vec3,
    point: ArrayLike<number>,
  ) {
    // One substep where that is longer.
    this.substeps = Math.max(1, Math.round(IMPULSE_SECONDS / physics.timestep));
    const duration = this.substeps * physics.timestep;
    this.force = Float64Array.from(total, (component) => component / duration);
    this.begun = physics.time;
    toBody(physics, body, point, this.anchor);
  }

  /** A copy, which does not change while this one acts. */
  copy(): Impulse {
    const copy = new Impulse(this.physics, this.id, this.body, this.total, this.point);
    copy.anchor.set(this.anchor);
    copy.begun = this.begun;
    copy.substeps = this.substeps;
    return copy;
  }

  /** Still acts. */
  get lasts(): boolean {
    return this.substeps > 0;
  }

  /** Acts, or did so a moment ago. */
  get shown(): boolean {
    return this.lasts || this.physics.time - this.begun < SHOWN_SECONDS;
  }

  get mark(): PushMark {
    const { physics, id, body, total: impulse, force } = this;
    toWorld(physics, body, this.anchor, this.point);
    const name = nameOf(physics.engine, physics.model, "body", body);
    return { id, body: name, point: vector(this.point), impulse, force: vector(force) };
  }

  /** Uses up one substep, and puts where it acts into `point`. */
  spend(): void {
    toWorld(this.physics, this.body, this.anchor, this.point);
    this.substeps -= 1;
  }
}
