/**
 * The last two frames of the worker, and the poses in between at the moment of drawing.
 *
 * The picture runs one frame interval behind the simulation, so that there is always a later frame to move towards.
 * Nothing is interpolated across a reset, nor across a pause longer than `LONGEST_GAP_MS`.
 */
import type { DrawnFrame } from "../protocol";

/** Numbers per body: x, y, z, qw, qx, qy, qz. */
const ROW = 7;
const LONGEST_GAP_MS = 700;

export class PoseBuffer {
  #before: DrawnFrame | null = null;
  #after: DrawnFrame | null = null;
  #blend = new Float32Array(0);
  /** How far the poses were that were last drawn. */
  #drawn = 1;

  /** Takes a frame in; returns the one it displaced, whose buffer the worker may have back. */
  push(frame: DrawnFrame): DrawnFrame | null {
    const displaced = this.#before;
    this.#before = this.#after;
    this.#after = frame;
    if (this.#blend.length !== frame.poses.length) this.#blend = new Float32Array(frame.poses.length);
    return displaced;
  }

  /** Switches to a model of `nbody` bodies; its first frame may be here already. */
  turn(nbody: number): void {
    this.#before = null;
    if (this.#after?.poses.length !== ROW * nbody) this.#after = null;
  }

  /** From here on the last frame is drawn, whatever came before it. */
  settle(): void {
    this.#before = null;
  }

  get latest(): DrawnFrame | null {
    return this.#after;
  }

  /** The frame that the picture at wall clock `now` is nearest to. */
  nearest(now: number): DrawnFrame | null {
    return this.#share(now) < 0.5 ? this.#before : this.#after;
  }

  /** Whether `at(now)` would still change with time, or is another one than was drawn: the last picture is of the end. */
  moving(now: number): boolean {
    return this.#share(now) < 1 || this.#drawn < 1;
  }

  /** World poses to draw at wall clock `now` (ms, `performance.timeOrigin` based): nbody rows of 7; null without frames. */
  at(now: number): Float32Array | null {
    const share = this.#share(now);
    this.#drawn = share;
    const after = this.#after;
    if (!after) return null;
    const before = this.#before;
    if (share >= 1 || !before) return after.poses;
    const from = before.poses;
    const to = after.poses;
    const out = this.#blend;
    for (let row = 0; row + ROW <= to.length; row += ROW) {
      for (let k = row; k < row + 3; k++) out[k] = mix(from[k], to[k], share);
      // Quaternions q and -q are the same attitude: take the nearer one, blend, normalise.
      let dot = 0;
      for (let k = row + 3; k < row + ROW; k++) dot += (from[k] ?? 0) * (to[k] ?? 0);
      const sign = dot < 0 ? -1 : 1;
      let norm = 0;
      for (let k = row + 3; k < row + ROW; k++) {
        const value = mix(from[k], sign * (to[k] ?? 0), share);
        out[k] = value;
        norm += value * value;
      }
      const scale = norm > 0 ? 1 / Math.sqrt(norm) : 1;
      for (let k = row + 3; k < row + ROW; k++) out[k] = (out[k] ?? 0) * scale;
    }
    return out;
  }

  /** How far from `before` (0) to `after` (1) the picture is. */
  #share(now: number): number {
    const before = this.#before;
    const after = this.#after;
    if (!before || !after || before.poses.length !== after.poses.length) return 1;
    if (before.episode !== after.episode || before.step >= after.step) return 1;
    const interval = after.at - before.at;
    if (!(interval > 0) || interval > LONGEST_GAP_MS) return 1;
    return Math.min(1, Math.max(0, (now - after.at) / interval));
  }
}

function mix(from: number | undefined, to: number | undefined, share: number): number {
  const start = from ?? 0;
  return start + ((to ?? 0) - start) * share;
}
