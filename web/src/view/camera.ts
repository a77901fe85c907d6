/** A camera that orbits and follows the body: the user's angle and distance stay, whatever the body does. z up. */
import { PerspectiveCamera, Vector3 } from "three";
import type { Vec3 } from "../protocol";

/** A view by its name: from the body's front, its right side, above, or from behind, turning as it turns. */
export type Preset = "front" | "side" | "top" | "behind";

/** Where it is looked from, as an address says it: degrees about world z from +x and above the floor, and the distance. */
export interface Viewpoint {
  /** `behind`: turning as the body turns. */
  readonly azimuth: number | "behind";
  readonly elevation: number;
  /** In reaches of the body. */
  readonly reaches: number;
}

/** Angles in radians: azimuth about world z from +x, elevation above the floor. */
interface Angle {
  readonly azimuth: number;
  readonly elevation: number;
}

const FIELD_OF_VIEW = 36;
/** From the body, in multiples of its reach. */
const DISTANCE = 4;
const FARTHEST = 24;
/** A crowd is looked down on from here at least. */
const CROWD = degrees(24);
const LOWEST = degrees(-4);
const HIGHEST = degrees(86);
const USUAL: Angle = { azimuth: degrees(-52), elevation: degrees(13) };
/** Bodies that move in an upright plane are seen from its side, those in a level one from above. */
const BESIDE = degrees(14);
const ABOVE: Angle = { azimuth: degrees(-90), elevation: degrees(52) };
/** The body walks along its own x axis. */
const PRESETS: Record<Preset, Angle> = {
  front: { azimuth: 0, elevation: degrees(9) },
  side: { azimuth: degrees(-90), elevation: degrees(9) },
  top: { azimuth: degrees(-90), elevation: HIGHEST },
  behind: { azimuth: Math.PI, elevation: degrees(20) },
};

export class FollowCamera {
  readonly camera = new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.05, 200);
  /** The point looked at, metres, world. */
  readonly target = new Vector3(0, 0, 1);
  /** Share of the remaining way to go in one second is `1 - exp(-rate)`. */
  #rate = 9;
  #azimuth = USUAL.azimuth;
  #elevation = USUAL.elevation;
  #distance = 5;
  #wanted = { ...USUAL, distance: 5 };
  #first = USUAL;
  #reach = 1;
  #lowest = Number.NEGATIVE_INFINITY;
  /** The share of the height that is covered. */
  #under = 0;
  /** Of the circle around the body that is in the picture, too, metres. */
  #around = 0;
  #settled = false;
  /** Direction (radians) that the body faced when it was last looked at from behind; null where the user's angle stays. */
  #heading: number | null = null;
  readonly #still = window.matchMedia("(prefers-reduced-motion: reduce)");

  constructor() {
    this.camera.up.set(0, 0, 1);
  }

  get distance(): number {
    return this.#distance;
  }

  /** Where the camera looks from, radians. */
  get angle(): Angle {
    return { azimuth: this.#azimuth, elevation: this.#elevation };
  }

  /** Where the camera looks from, as chosen; null at its first angle. */
  get chosen(): Viewpoint | null {
    const { azimuth, elevation, distance } = this.#wanted;
    const first = this.#usualDistance;
    const same = (a: number, b: number) => Math.abs(a - b) < 1e-3;
    const turned = azimuth - nearestTurn(this.#usual.azimuth, azimuth);
    const behind = this.#heading !== null;
    if (!behind && same(turned, 0) && same(elevation, this.#usual.elevation) && same(distance / first, 1)) return null;
    const turn = 180 / Math.PI;
    return {
      azimuth: behind ? "behind" : azimuth * turn,
      elevation: elevation * turn,
      reaches: distance / this.#reach,
    };
  }

  /** Looks from there, at once; `heading` is the direction that the body faces (radians). */
  choose({ azimuth, elevation, reaches }: Viewpoint, heading: number): void {
    const behind = azimuth === "behind";
    this.#heading = behind ? heading : null;
    this.#wanted = {
      azimuth: behind ? PRESETS.behind.azimuth + heading : degrees(azimuth),
      elevation: clamp(degrees(elevation), LOWEST, HIGHEST),
      distance: clamp(reaches, 0.5, this.#farthest) * this.#reach,
    };
    this.#azimuth = this.#wanted.azimuth;
    this.#elevation = this.#wanted.elevation;
    this.#distance = this.#wanted.distance;
    this.#settled = false;
  }

  /** Whether the picture still changes although nothing moves in it. */
  get moving(): boolean {
    return !this.#settled;
  }

  /**
   * Starts over for a model that reaches `reach` metres from its centre, at the angle that shows it best. `plane`: the
   * normal of the plane it moves in; `floor`: the height (metres) that the camera stays above.
   */
  fit(reach: number, plane: Vec3 | null, floor: number | null): void {
    this.#around = 0;
    this.#reach = reach;
    this.#lowest = floor ?? Number.NEGATIVE_INFINITY;
    this.#first = bestAngle(plane);
    this.camera.near = 0.02 * reach;
    this.camera.far = 200 + 100 * reach;
    this.camera.updateProjectionMatrix();
    this.reset();
    this.#azimuth = this.#wanted.azimuth;
    this.#elevation = this.#wanted.elevation;
    this.#distance = this.#wanted.distance;
  }

  /** Back to the first angle and distance. */
  reset(): void {
    this.#turn(this.#usual);
  }

  /** Looks at the body in a named way, `heading` being the direction it faces (radians); `behind` goes on turning with it. */
  preset(preset: Preset, heading: number): void {
    const { azimuth, elevation } = PRESETS[preset];
    this.#turn({ azimuth: azimuth + heading, elevation });
    this.#heading = preset === "behind" ? heading : null;
  }

  /** Tells where the body faces now; turns with it where it is looked at from behind. */
  face(heading: number): void {
    if (this.#heading === null) return;
    const turned = nearestTurn(heading, this.#heading) - this.#heading;
    if (Math.abs(turned) < 1e-4) return;
    this.#heading += turned;
    this.#wanted.azimuth += turned;
    this.#settled = false;
  }

  /** Orbits by (dx, dy) pixels of a window `height` pixels high. */
  orbit(dx: number, dy: number, height: number): void {
    const turn = (2.4 * Math.PI) / Math.max(300, height);
    this.#heading = null;
    this.#wanted.azimuth -= dx * turn;
    this.#wanted.elevation = clamp(this.#wanted.elevation + dy * turn, LOWEST, HIGHEST);
    this.#settled = false;
  }

  /** Multiplies the distance by `factor`. */
  zoom(factor: number): void {
    this.#wanted.distance = clamp(this.#wanted.distance * factor, 0.5 * this.#reach, this.#farthest * this.#reach);
    this.#settled = false;
  }

  /** Steps back and up until a circle of `radius` metres around the body is in the picture, too. */
  include(radius: number): void {
    const { chosen } = this;
    this.#around = radius;
    this.camera.far = 200 + 100 * this.#reach + 10 * radius;
    this.camera.updateProjectionMatrix();
    if (chosen === null) this.reset();
  }

  /** `right` and `bottom` are the shares of width and height behind which nothing has to be seen. */
  resize(aspect: number, { right, bottom }: { readonly right: number; readonly bottom: number }): void {
    this.camera.aspect = aspect;
    const { chosen } = this;
    this.#under = bottom;
    if (chosen === null) this.#wanted.distance = this.#usualDistance;
    if (right > 0 || bottom > 0) this.camera.setViewOffset(aspect, 1, (right * aspect) / 2, bottom / 2, aspect, 1);
    else this.camera.clearViewOffset();
    this.camera.updateProjectionMatrix();
    this.#settled = false;
  }

  /** Jumps to look at (x, y, z): after a reset there is nothing to follow. */
  jump(x: number, y: number, z: number): void {
    this.target.set(x, y, z);
    this.#settled = false;
  }

  /** Moves on by `seconds` towards the body at (x, y, z); at once where the user wants no motion that is not the body's. */
  follow(x: number, y: number, z: number, seconds: number): void {
    const near = 1 - Math.exp(-this.#rate * seconds);
    // Height lags more: a walker's bobbing should be seen, not followed.
    const lift = 1 - Math.exp(-0.3 * this.#rate * seconds);
    const { target } = this;
    target.set(target.x + (x - target.x) * near, target.y + (y - target.y) * near, target.z + (z - target.z) * lift);
    const eased = this.#still.matches ? 1 : 1 - Math.exp(-2 * this.#rate * seconds);
    this.#azimuth += (this.#wanted.azimuth - this.#azimuth) * eased;
    this.#elevation += (this.#wanted.elevation - this.#elevation) * eased;
    this.#distance += (this.#wanted.distance - this.#distance) * eased;
    const left =
      Math.abs(this.#wanted.azimuth - this.#azimuth) +
      Math.abs(this.#wanted.elevation - this.#elevation) +
      Math.abs(this.#wanted.distance - this.#distance) / this.#reach +
      Math.hypot(x - target.x, y - target.y, z - target.z) / this.#reach;
    this.#settled = left < 1e-3;
    if (this.#settled) {
      // The rest of the way is too short to be seen; all of it is gone, so that the same scene rests in the same picture.
      this.#azimuth = this.#wanted.azimuth;
      this.#elevation = this.#wanted.elevation;
      this.#distance = this.#wanted.distance;
      target.set(x, y, z);
    }

    const level = Math.cos(this.#elevation) * this.#distance;
    this.camera.position.set(
      target.x + level * Math.cos(this.#azimuth),
      target.y + level * Math.sin(this.#azimuth),
      Math.max(this.#lowest + 0.08 * this.#reach, target.z + Math.sin(this.#elevation) * this.#distance),
    );
    this.camera.lookAt(target);
    this.camera.updateMatrixWorld();
  }

  /** Unit vectors on the floor: straight away from the viewer, and to the viewer's right. */
  directions(): { away: Vector3; right: Vector3 } {
    const away = new Vector3(-Math.cos(this.#azimuth), -Math.sin(this.#azimuth), 0);
    return { away, right: new Vector3(away.y, -away.x, 0) };
  }

  /** A narrow window needs more distance for the same body. */
  get #usualDistance(): number {
    const narrow = Math.max(1, 0.95 / this.camera.aspect) ** 0.6;
    return ((DISTANCE * this.#reach + 1.5 * this.#around) * narrow) / Math.sqrt(1 - this.#under);
  }

  /** In reaches of the body. */
  get #farthest(): number {
    return FARTHEST + (4 * this.#around) / this.#reach;
  }

  get #usual(): Angle {
    const { azimuth, elevation } = this.#first;
    return { azimuth, elevation: this.#around > 0 ? Math.max(elevation, CROWD) : elevation };
  }

  #turn({ azimuth, elevation }: Angle): void {
    this.#heading = null;
    this.#wanted = {
      azimuth: nearestTurn(azimuth, this.#azimuth),
      elevation,
      distance: this.#usualDistance,
    };
    this.#settled = false;
  }
}

function bestAngle(plane: Vec3 | null): Angle {
  if (plane === null) return USUAL;
  const [x, y, z] = plane;
  if (Math.abs(z) > 0.7) return ABOVE;
  // Of the two sides the one at negative y, or x: then what walks along x walks to the right.
  const side = y > 0 || (y === 0 && x > 0) ? Math.atan2(-y, -x) : Math.atan2(y, x);
  return { azimuth: side + BESIDE, elevation: USUAL.elevation };
}

function degrees(angle: number): number {
  return (angle * Math.PI) / 180;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** `angle` plus the whole turns that bring it nearest to `to`. */
function nearestTurn(angle: number, to: number): number {
  return angle + Math.round((to - angle) / (2 * Math.PI)) * 2 * Math.PI;
}
