/** A camera that orbits and follows the body: the user's angle and distance stay, whatever the body does. z up. */
import { PerspectiveCamera, Vector3 } from "three";

const FIELD_OF_VIEW = 36;
/** Angles in radians: azimuth about world z from +x, elevation above the floor. */
const DEFAULT_AZIMUTH = (-52 * Math.PI) / 180;
const DEFAULT_ELEVATION = (13 * Math.PI) / 180;
const LOWEST = (-4 * Math.PI) / 180;
const HIGHEST = (86 * Math.PI) / 180;

export class FollowCamera {
  readonly camera = new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.05, 200);
  /** The point looked at, metres, world. */
  readonly target = new Vector3(0, 0, 1);
  /** Share of the remaining way to go in one second is `1 - exp(-rate)`. */
  #rate = 9;
  #azimuth = DEFAULT_AZIMUTH;
  #elevation = DEFAULT_ELEVATION;
  #distance = 5;
  #wanted = { azimuth: DEFAULT_AZIMUTH, elevation: DEFAULT_ELEVATION, distance: 5 };
  #reach = 1;
  #settled = false;

  constructor() {
    this.camera.up.set(0, 0, 1);
  }

  get distance(): number {
    return this.#distance;
  }

  /** Whether the picture still changes although nothing moves in it. */
  get moving(): boolean {
    return !this.#settled;
  }

  /** Starts over for a model that reaches `reach` metres from its centre, at the default angle. */
  fit(reach: number): void {
    this.#reach = reach;
    this.reset();
    this.#azimuth = this.#wanted.azimuth;
    this.#elevation = this.#wanted.elevation;
    this.#distance = this.#wanted.distance;
  }

  /** Back to the default angle and distance. */
  reset(): void {
    // A narrow window needs more distance for the same body.
    const narrow = Math.max(1, 0.95 / this.camera.aspect);
    this.#wanted = {
      azimuth: nearestTurn(DEFAULT_AZIMUTH, this.#azimuth),
      elevation: DEFAULT_ELEVATION,
      distance: 4.35 * this.#reach * narrow ** 0.6,
    };
    this.#settled = false;
  }

  /** Turns by (dx, dy) pixels of a window `height` pixels high. */
  orbit(dx: number, dy: number, height: number): void {
    const turn = (2.4 * Math.PI) / Math.max(300, height);
    this.#wanted.azimuth -= dx * turn;
    this.#wanted.elevation = clamp(this.#wanted.elevation + dy * turn, LOWEST, HIGHEST);
    this.#settled = false;
  }

  /** Multiplies the distance by `factor`. */
  zoom(factor: number): void {
    this.#wanted.distance = clamp(this.#wanted.distance * factor, 1.2 * this.#reach, 24 * this.#reach);
    this.#settled = false;
  }

  resize(aspect: number): void {
    this.camera.aspect = aspect;
    this.camera.updateProjectionMatrix();
    this.#settled = false;
  }

  /** Jumps to look at (x, y, z): after a reset there is nothing to follow. */
  jump(x: number, y: number, z: number): void {
    this.target.set(x, y, z);
    this.#settled = false;
  }

  /** Moves on by `seconds` towards the body at (x, y, z). */
  follow(x: number, y: number, z: number, seconds: number): void {
    const near = 1 - Math.exp(-this.#rate * seconds);
    // Height lags more: a walker's bobbing should be seen, not followed.
    const lift = 1 - Math.exp(-0.3 * this.#rate * seconds);
    const { target } = this;
    target.set(target.x + (x - target.x) * near, target.y + (y - target.y) * near, target.z + (z - target.z) * lift);
    const eased = 1 - Math.exp(-2 * this.#rate * seconds);
    this.#azimuth += (this.#wanted.azimuth - this.#azimuth) * eased;
    this.#elevation += (this.#wanted.elevation - this.#elevation) * eased;
    this.#distance += (this.#wanted.distance - this.#distance) * eased;
    const left =
      Math.abs(this.#wanted.azimuth - this.#azimuth) +
      Math.abs(this.#wanted.elevation - this.#elevation) +
      Math.abs(this.#wanted.distance - this.#distance) +
      Math.hypot(x - target.x, y - target.y, z - target.z);
    this.#settled = left < 1e-3;

    const level = Math.cos(this.#elevation) * this.#distance;
    this.camera.position.set(
      target.x + level * Math.cos(this.#azimuth),
      target.y + level * Math.sin(this.#azimuth),
      Math.max(0.08, target.z + Math.sin(this.#elevation) * this.#distance),
    );
    this.camera.lookAt(target);
    this.camera.updateMatrixWorld();
  }

  /** Unit vectors on the floor: straight away from the viewer, and to the viewer's right. */
  directions(): { away: Vector3; right: Vector3 } {
    const away = new Vector3(-Math.cos(this.#azimuth), -Math.sin(this.#azimuth), 0);
    return { away, right: new Vector3(away.y, -away.x, 0) };
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** `angle` plus the whole turns that bring it nearest to `to`. */
function nearestTurn(angle: number, to: number): number {
  return angle + Math.round((to - angle) / (2 * Math.PI)) * 2 * Math.PI;
}
