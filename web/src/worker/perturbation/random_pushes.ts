/**
 * Random impulses on the root body: one in every period, at a random moment of it, in a random horizontal direction.
 *
 * Each is drawn from the episode's seed and its own number alone: the same seed has the same pushes, whenever the mode was
 * turned on, and after the world was put back to an earlier moment.
 */

import type { RandomPushes as Settings, Vec3 } from "../../protocol";
import { Generator, RANDOM_PUSHES } from "../env/random";
import { rootBody } from "../physics/bodies";
import { nameOf } from "../physics/engine";
import type { Physics } from "../physics/physics";
import type { Perturbations } from "./perturbations";

/** Bounds of the frequency, pushes per simulated minute. */
const RAREST = 1;
const DENSEST = 600;
/** An axis along which the root is this much harder to move than along another counts as one where it cannot move. */
const STUCK = 1e-6;

export class RandomPushes {
  private settings: Settings | null = null;
  private readonly root: number;
  private readonly body: string;
  /** Number and moment (seconds) of the push that comes in this period, and its direction about z, radians. */
  private period = -1;
  private moment = 0;
  private angle = 0;
  private seed = 0;

  constructor(
    private readonly physics: Physics,
    private readonly perturbations: Perturbations,
  ) {
    this.root = rootBody(physics.model);
    this.body = nameOf(physics.engine, physics.model, "body", this.root);
  }

  /** Null: none. Raises where a number is out of bounds. */
  set(settings: Settings | null): void {
    if (settings !== null) {
      const { perMinute, impulse } = settings;
      if (!(perMinute >= RAREST && perMinute <= DENSEST))
        throw new Error(`Random pushes come ${RAREST} to ${DENSEST} times a minute; got ${perMinute}.`);
      if (!(impulse > 0 && impulse <= 1e6))
        throw new Error(`A random push has an impulse above 0 N·s; got ${impulse}.`);
    }
    this.settings = settings;
    this.period = -1;
  }

  get current(): Settings | null {
    return this.settings;
  }

  /** Before the control step from `time` to `time + dt` (seconds since the reset with `seed`): pushes if it is time. */
  before(time: number, dt: number, seed: number): void {
    if (this.settings === null) return;
    this.visit(time, dt, seed, (impulse) => {
      const [x, y, z] = this.directionOf();
      this.perturbations.push(this.body, [x * impulse, y * impulse, z * impulse]);
    });
  }

  /** Whether `before` would push. */
  isDue(time: number, dt: number, seed: number): boolean {
    if (this.settings === null) return false;
    let due = false;
    this.visit(time, dt, seed, () => {
      due = true;
    });
    return due;
  }

  private visit(time: number, dt: number, seed: number, push: (impulse: number) => void): void {
    const { settings } = this;
    if (settings === null) return;
    const seconds = 60 / settings.perMinute;
    for (let period = Math.floor(time / seconds); period * seconds < time + dt; period++) {
      if (period !== this.period || seed !== this.seed) this.draw(period, seconds, seed);
      if (this.moment >= time && this.moment < time + dt) push(settings.impulse);
    }
  }

  private draw(period: number, seconds: number, seed: number): void {
    const generator = new Generator([seed, RANDOM_PUSHES, period]);
    this.period = period;
    this.seed = seed;
    this.moment = (period + generator.uniform(0, 1)) * seconds;
    this.angle = generator.uniform(0, 2 * Math.PI);
  }

  /** On a rail there are two directions; what moves up and down alone is pushed up. */
  private directionOf(): Vec3 {
    const [x, y] = this.mobility();
    const cos = Math.cos(this.angle);
    const sin = Math.sin(this.angle);
    if (x && y) return [cos, sin, 0];
    if (x) return [Math.sign(cos), 0, 0];
    return y ? [0, Math.sign(sin), 0] : [0, 0, 1];
  }

  /** Whether the root can move along the world's x, and along its y. */
  private mobility(): readonly [boolean, boolean] {
    const { admittance } = this.perturbations;
    admittance.at(this.root, this.physics.views.xipos.slice(3 * this.root, 3 * this.root + 3));
    const [x = 0, , , , y = 0, , , , z = 0] = admittance.matrix;
    const most = Math.max(x, y, z);
    return [x > STUCK * most, y > STUCK * most];
  }
}
