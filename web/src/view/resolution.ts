/**
 * How many pixels are drawn, and how often: fewer when drawing is slow, more again when it has been quick for a while, all
 * of them once the picture stands still.
 *
 * A graphics card is judged by the time between pictures. A renderer in software takes its time from the simulation, on
 * the same cores, so there the cost of a picture is measured, and a pause as long as the picture took follows each one.
 * Either way several pictures are looked at, so that one hiccup changes nothing.
 */

/** A picture slower than this (ms) is slow: 60 Hz with some slack; in software half of that rate is plenty. */
const SLOW_MS = { hardware: 26, software: 22 };
const WINDOW = { hardware: 24, software: 6 };
/** In software, the least time (ms) from one picture to the next. */
const PACE_MS = 32;
/** A picture that took very long built its shaders: the next one will not, and must not wait as long. */
const LONGEST_PAUSE_MS = 250;
const STEP = 0.8;
/** Windows of quick pictures before more pixels are tried; each try that turns out slow doubles it, up to `PATIENCE_MOST`. */
const PATIENCE = 6;
const PATIENCE_MOST = 96;
/** Below this share shadows are drawn coarsely, too. */
const COARSE_SHADOWS = 0.7;
/** Least share of the still picture's resolution, per side. */
const LOWEST = { hardware: 0.5, software: 0.6 };
/** Greatest share. */
const MOST = { hardware: 1, software: STEP };

export class Resolution {
  readonly #kind: "hardware" | "software";
  #share: number;
  #slow = 0;
  #seen = 0;
  #quick = 0;
  #patience = PATIENCE;
  #tried = false;
  #next = 0;

  constructor(software: boolean) {
    this.#kind = software ? "software" : "hardware";
    this.#share = MOST[this.#kind];
  }

  /** Device pixels per CSS pixel while moving. */
  get moving(): number {
    return this.still * this.#share;
  }

  /** Whether shadows should be as sharp as they can be. */
  get fineShadows(): boolean {
    return this.#share >= COARSE_SHADOWS;
  }

  /** Device pixels per CSS pixel of a still picture. */
  get still(): number {
    return Math.min(window.devicePixelRatio || 1, 2);
  }

  /** Whether the next picture may be drawn at `now` (ms). */
  due(now: number): boolean {
    return now >= this.#next;
  }

  /**
   * Notes a picture finished at `now` (ms) after `took` ms: the drawing's own time in software, else the time since the
   * picture before.
   */
  note(now: number, took: number): void {
    if (this.#kind === "software") this.#next = now + Math.min(LONGEST_PAUSE_MS, Math.max(PACE_MS - took, took));
    // A gap is a hidden tab or a pause, not slow drawing.
    else if (took > 500) return;
    this.#seen++;
    if (took > SLOW_MS[this.#kind]) this.#slow++;
    if (this.#seen < WINDOW[this.#kind]) return;
    const slow = this.#slow > this.#seen / 2;
    this.#seen = 0;
    this.#slow = 0;
    if (slow) this.#stepDown();
    else this.#stepUp();
  }

  #stepDown(): void {
    this.#share = Math.max(LOWEST[this.#kind], this.#share * STEP);
    if (this.#tried) this.#patience = Math.min(PATIENCE_MOST, 2 * this.#patience);
    this.#tried = false;
    this.#quick = 0;
  }

  #stepUp(): void {
    this.#quick++;
    if (this.#quick < this.#patience) return;
    this.#tried = this.#share < MOST[this.#kind];
    this.#share = Math.min(MOST[this.#kind], this.#share / STEP);
    this.#quick = 0;
  }
}

/** Whether WebGL is drawn by the processor here: SwiftShader, llvmpipe and the like. Null without WebGL. */
export function drawsInSoftware(): boolean | null {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return null;
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|softpipe|basic render/i.test(renderer);
}
