/** A push: an impulse at a point of a body, given as a constant force over a tenth of a simulated second. */
import { toBody, toWorld } from "./body_point";
import { nameOf } from "./engine";
import type { Physics } from "./physics";
import type { PushMark, Vec3 } from "./protocol";
import { vector } from "./spring";

/** Seconds of simulated time over which an impulse is spread, or one substep where that is longer. */
const PUSH_SECONDS = 0.1;
/** Seconds of simulated time, from the first, for which a push is shown. */
const SHOWN_SECONDS = 0.5;

export class Push {
  /** Newtons, world, while it lasts. */
  readonly force: Float64Array;
  /** Where it acts now, metres, world. */
  readonly point = new Float64Array(3);
  private readonly anchor = new Float64Array(3);
  private begun: number;
  private substeps: number;

  /** `impulse` in N·s, world; `point` in metres, world: it moves with the body. `id` is no other push's. */
  constructor(
    private readonly physics: Physics,
    private readonly id: number,
    readonly body: number,
    private readonly impulse: Vec3,
    point: ArrayLike<number>,
  ) {
    this.substeps = Math.max(1, Math.round(PUSH_SECONDS / physics.timestep));
    const duration = this.substeps * physics.timestep;
    this.force = Float64Array.from(impulse, (component) => component / duration);
    this.begun = physics.time;
    toBody(physics, body, point, this.anchor);
  }

  /** The same push, which stays as it is while this one goes on. */
  copy(): Push {
    const copy = new Push(this.physics, this.id, this.body, this.impulse, this.point);
    copy.anchor.set(this.anchor);
    copy.begun = this.begun;
    copy.substeps = this.substeps;
    return copy;
  }

  /** Still pushes. */
  get lasts(): boolean {
    return this.substeps > 0;
  }

  /** Pushes, or did so a moment ago. */
  get shown(): boolean {
    return this.lasts || this.physics.time - this.begun < SHOWN_SECONDS;
  }

  get mark(): PushMark {
    const { physics, id, body, impulse, force } = this;
    toWorld(physics, body, this.anchor, this.point);
    const name = nameOf(physics.engine, physics.model, "body", body);
    return { id, body: name, point: vector(this.point), impulse, force: vector(force) };
  }

  /** For one substep: puts where it acts into `point`. */
  spend(): void {
    toWorld(this.physics, this.body, this.anchor, this.point);
    this.substeps -= 1;
  }
}
