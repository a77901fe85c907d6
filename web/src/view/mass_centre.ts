/** The centre of mass: a ball seen through the body, a plumb line to a ring on the floor, and the way it came. */
import { Color, CylinderGeometry, Group, SphereGeometry, TorusGeometry, Vector3 } from "three";
import type { Vec3 } from "../protocol";
import { Instances } from "./instances";
import type { Palette } from "./palette";

/** Radii and distances for a body that reaches one metre, metres. */
const BALL = 0.04;
const LINE = 0.004;
const RING = 0.07;
const DOT = 0.011;
const APART = 0.03;
/** Dots of the trail. */
const TRAIL = 240;
/** A centre that moved farther than this at once did not travel there. */
const LEAP = 1;
const UP = new Vector3(0, 0, 1);

export class MassCentre {
  readonly root = new Group();
  readonly #ball = new Instances(new SphereGeometry(1, 24, 16), 4);
  readonly #line = new Instances(new CylinderGeometry(1, 1, 1, 8).rotateX(Math.PI / 2), 3, 0.6);
  readonly #ring = new Instances(new TorusGeometry(1, 0.09, 8, 40), 3);
  readonly #dots = new Instances(new SphereGeometry(1, 10, 8), 3, 0.75);
  readonly #trail: Vector3[] = [];
  readonly #at = new Vector3();
  readonly #middle = new Vector3();

  constructor() {
    this.root.add(this.#ball.root, this.#line.root, this.#ring.root, this.#dots.root);
  }

  /** Draws the centre (world, metres) of a body that reaches `reach`, over a floor at height `floor` where there is one. */
  show(centre: Vec3, reach: number, floor: number | null): void {
    this.#at.set(...centre);
    this.#extend(reach);
    this.#ball.begin(1);
    this.#ball.add(this.#at, UP, BALL * reach, BALL * reach);
    this.#ball.end();
    const over = floor === null ? 0 : this.#at.z - floor;
    this.#line.begin(1);
    this.#ring.begin(1);
    if (floor !== null && over > 0) {
      this.#middle.set(this.#at.x, this.#at.y, floor + over / 2);
      this.#line.add(this.#middle, UP, LINE * reach, over);
      this.#ring.add(this.#middle.setZ(floor + LINE * reach), UP, RING * reach, RING * reach);
    }
    this.#line.end();
    this.#ring.end();
    this.#dots.begin(TRAIL);
    this.#trail.forEach((dot, i) => {
      // The older, the smaller.
      const radius = DOT * reach * (0.25 + (0.75 * (i + 1)) / this.#trail.length);
      this.#dots.add(dot, UP, radius, radius);
    });
    this.#dots.end();
  }

  /** Hides it and forgets the way it came. */
  hide(): void {
    this.#trail.length = 0;
    for (const part of [this.#ball, this.#line, this.#ring, this.#dots]) part.hide();
  }

  repaint(palette: Palette): void {
    const color = new Color(palette.mass);
    for (const part of [this.#ball, this.#line, this.#ring, this.#dots]) part.paint(color);
  }

  #extend(reach: number): void {
    const last = this.#trail.at(-1);
    const moved = last?.distanceTo(this.#at) ?? Number.POSITIVE_INFINITY;
    if (last && moved > LEAP * reach) this.#trail.length = 0;
    if (moved < APART * reach) return;
    this.#trail.push(this.#at.clone());
    if (this.#trail.length > TRAIL) this.#trail.shift();
  }
}
