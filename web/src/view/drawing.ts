/** When and how finely the scene is drawn: only when asked for, at a resolution that this machine keeps up with. */
import { type Camera, NeutralToneMapping, PCFShadowMap, type Scene, WebGLRenderer } from "three";
import { drawsInSoftware, Resolution } from "./resolution";

/** How long (ms) a picture must stand still before it is drawn again at full resolution. */
const STILL_MS = 250;
/** In software, the least time (ms) between pictures while something else is drawn that the simulation waits for. */
const ROOM_MS = 800;
const SHADOW_TEXELS = { hardware: 2048, software: 1024 };

/** What is drawn. */
export interface Subject {
  readonly scene: Scene;
  readonly camera: Camera;
  /** Whether it has changed since it was last placed, or moves by itself. `wall`: ms of the wall clock. */
  changed(wall: number): boolean;
  /** Puts everything where it is at `wall`, `seconds` after the last time. */
  place(wall: number, seconds: number): void;
  /** Draws shadows with this many texels a side from now on. */
  sharpenShadows(texels: number): void;
  /** Called after each picture, while the canvas still holds it. */
  drawn(): void;
}

export class Drawing {
  readonly #renderer: WebGLRenderer;
  readonly #resolution: Resolution;
  readonly #software: boolean;
  #last = 0;
  /** A picture that is being drawn in software. */
  #begun: { readonly at: number; readonly fence: WebGLSync | null } | null = null;
  #sharp = false;
  /** When something else was drawn last. */
  #crowded = Number.NEGATIVE_INFINITY;
  #pictures: number[] = [];

  /** Throws where the browser has no WebGL. `lost` tells of a lost and a regained context. */
  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly subject: Subject,
    lost: (lost: boolean) => void,
  ) {
    const software = drawsInSoftware();
    if (software === null) throw new Error("This browser has no WebGL 2.");
    this.#software = software;
    this.#resolution = new Resolution(software);
    this.#renderer = new WebGLRenderer({ canvas, antialias: !software, powerPreference: "high-performance" });
    this.#renderer.toneMapping = NeutralToneMapping;
    this.#renderer.shadowMap.enabled = true;
    this.#renderer.shadowMap.type = PCFShadowMap;
    canvas.addEventListener("webglcontextlost", () => {
      // The fence went with the context; the next one would not know it.
      this.#begun = null;
      lost(true);
    });
    canvas.addEventListener("webglcontextrestored", () => {
      lost(false);
      this.now();
    });
    this.#renderer.setAnimationLoop(() => this.#tick());
  }

  /** Texels of a shadow's side at its sharpest. */
  get shadowTexels(): number {
    return SHADOW_TEXELS[this.#software ? "software" : "hardware"];
  }

  /** Pictures drawn in the last second. */
  get fps(): number {
    const now = performance.now();
    this.#pictures = this.#pictures.filter((at) => now - at < 1000);
    return this.#pictures.length;
  }

  /** Draws at once, without waiting for the next animation frame: a hidden tab has none. */
  now(): void {
    if (this.#gl.isContextLost()) return;
    this.#sharp = false;
    this.#last = performance.now();
    this.subject.place(performance.timeOrigin + performance.now(), 0);
    this.#draw();
  }

  /** Something else is about to be drawn: in software both take their time from the same cores. */
  makeRoom(): void {
    this.#crowded = performance.now();
  }

  /** Draws at once at the device's resolution, for a picture to keep. */
  finest(): void {
    this.#renderer.setPixelRatio(window.devicePixelRatio || 1);
    this.#draw();
  }

  /** The canvas has another size, CSS pixels. */
  resize(width: number, height: number): void {
    this.#renderer.setPixelRatio(this.#resolution.moving);
    this.#renderer.setSize(width, height, false);
  }

  #tick(): void {
    const now = performance.now();
    const wall = performance.timeOrigin + now;
    if (this.#gl.isContextLost() || !this.#finished(now)) return;
    if (this.#software && now - this.#crowded < ROOM_MS && now - this.#last < ROOM_MS) return;
    if (!this.subject.changed(wall)) {
      if (!this.#sharp && now - this.#last > STILL_MS) this.#sharpen();
      return;
    }
    if (!this.#resolution.due(now)) return;
    // Only right before drawing: another size clears the canvas.
    const ratio = this.#resolution.moving;
    if (this.#renderer.getPixelRatio() !== ratio) this.#renderer.setPixelRatio(ratio);
    const sinceLast = now - this.#last;
    this.#sharp = false;
    this.#last = now;
    this.subject.sharpenShadows(this.shadowTexels / (this.#resolution.fineShadows ? 1 : 2));
    this.subject.place(wall, Math.min(0.1, sinceLast / 1000));
    this.#draw();
    if (this.#software) this.#begun = { at: now, fence: this.#fence() };
    else this.#resolution.note(now, sinceLast);
  }

  /** Whether the picture before is done: in software it takes a while, and two at once would only starve the worker. */
  #finished(now: number): boolean {
    if (!this.#begun) return true;
    const { at, fence } = this.#begun;
    const gl = this.#gl;
    if (fence && gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED) return false;
    gl.deleteSync(fence);
    this.#begun = null;
    this.#resolution.note(now, now - at);
    return true;
  }

  #fence(): WebGLSync | null {
    const fence = this.#gl.fenceSync(this.#gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    this.#gl.flush();
    return fence;
  }

  get #gl(): WebGL2RenderingContext {
    const gl = this.#renderer.getContext();
    if (gl instanceof WebGL2RenderingContext) return gl;
    throw new Error("three.js draws with WebGL 2 only.");
  }

  #draw(): void {
    this.#renderer.render(this.subject.scene, this.subject.camera);
    this.#pictures.push(performance.now());
    this.subject.drawn();
  }

  #sharpen(): void {
    this.#sharp = true;
    // In software there is no antialiasing: a still picture has the time for two samples a pixel.
    const ratio = this.#software ? Math.max(1.5, this.#resolution.still) : this.#resolution.still;
    if (!this.#software && this.#resolution.moving === ratio) return;
    this.subject.sharpenShadows(this.shadowTexels);
    this.#renderer.setPixelRatio(ratio);
    this.#draw();
    if (this.#software) this.#begun = { at: performance.now(), fence: this.#fence() };
  }
}
