/** The picture: renderer, scene and drawing loop. Frames come in from the worker, pictures go out when something changed. */
import { NeutralToneMapping, PCFShadowMap, Raycaster, Scene, Vector2, Vector3, WebGLRenderer } from "three";
import type { Frame, SceneDescription } from "../sim/protocol";
import { Backdrop } from "./backdrop";
import { FollowCamera } from "./camera";
import { centreOfMass, reachOf } from "./extent";
import { Floor } from "./floor";
import { HandView } from "./hand";
import { isFloor, Model } from "./model";
import { DARK, LIGHT, type Palette } from "./palette";
import { PoseBuffer } from "./poses";
import { drawsInSoftware, Resolution } from "./resolution";

const SHADOW_TEXELS = { hardware: 2048, software: 1024 };
/** A body that moved farther than this (metres) between two pictures did not walk there. */
const LEAP = 1.5;
/** How long (ms) a picture must stand still before it is drawn again at full resolution. */
const STILL_MS = 250;

/** A pull that the user is making with the pointer: its anchor in the body's frame, its target in the world, metres. */
export interface Pull {
  readonly body: number;
  readonly anchor: Vector3;
  readonly target: Vector3;
}

export class Stage {
  readonly follow = new FollowCamera();
  /** Called before each picture, when poses and camera are up to date. */
  beforePicture: (() => void) | null = null;
  /** Called after each picture, while the canvas still holds it. */
  afterPicture: (() => void) | null = null;
  /** The pull to draw, ahead of what the worker reports; null when no pointer pulls. */
  pull: Pull | null = null;
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #backdrop: Backdrop;
  readonly #hand: HandView;
  readonly #poses = new PoseBuffer();
  readonly #resolution: Resolution;
  readonly #software: boolean;
  readonly #raycaster = new Raycaster();
  readonly #dark = window.matchMedia("(prefers-color-scheme: dark)");
  #model: Model | null = null;
  #floors: Floor[] = [];
  #size = { width: 1, height: 1 };
  #dirty = true;
  #last = 0;
  /** A picture that is being drawn in software. */
  #begun: { readonly at: number; readonly fence: WebGLSync | null } | null = null;
  #sharp = false;
  #fitted = true;
  #pictures: number[] = [];

  /** Throws where the browser has no WebGL. `label` shows the force of a pull; `lost` tells of a lost and a regained context. */
  constructor(
    readonly canvas: HTMLCanvasElement,
    label: HTMLElement,
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
    this.#backdrop = new Backdrop(this.#scene, this.#palette, SHADOW_TEXELS[software ? "software" : "hardware"]);
    this.#hand = new HandView(label, this.#palette);
    this.#scene.add(this.#hand.root);
    this.#dark.addEventListener("change", () => this.#repaint());
    canvas.addEventListener("webglcontextlost", () => {
      // The fence went with the context; the next one would not know it.
      this.#begun = null;
      lost(true);
    });
    canvas.addEventListener("webglcontextrestored", () => {
      lost(false);
      this.#dirty = true;
    });
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
    this.#renderer.setAnimationLoop(() => this.#tick());
  }

  /** Pictures drawn in the last second; none are drawn while nothing moves. */
  get renderFps(): number {
    const now = performance.now();
    this.#pictures = this.#pictures.filter((at) => now - at < 1000);
    return this.#pictures.length;
  }

  get model(): Model | null {
    return this.#model;
  }

  get size(): { readonly width: number; readonly height: number } {
    return this.#size;
  }

  /** Shows another model; the frames of the old one are forgotten. */
  show(description: SceneDescription): void {
    this.#model?.dispose();
    for (const floor of this.#floors) floor.dispose();
    this.#poses.turn(description.bodies.length);
    this.pull = null;
    this.#model = new Model(description, this.#palette);
    this.#floors = description.geoms.filter(isFloor).map((geom) => new Floor(geom.pos[2], this.#palette));
    this.#scene.add(this.#model.root, ...this.#floors.map((floor) => floor.root));
    this.#fitted = false;
    this.#dirty = true;
    // At once, for what is drawn can be grabbed; a hidden tab would wait for its next animation frame.
    this.#drawNow();
  }

  /** Takes a frame; returns one that is no longer needed, for its buffer. */
  push(frame: Frame): Frame | null {
    this.#dirty = true;
    return this.#poses.push(frame);
  }

  /** The names of the bodies that are pinned. */
  get pinned(): readonly string[] {
    return this.#poses.latest?.pins.map((pin) => pin.body) ?? [];
  }

  /** Ends the pull on the screen at once; the worker's own report follows. */
  letGo(): void {
    this.pull = null;
    this.#hand.letGo();
    this.#dirty = true;
  }

  /** A PNG of what is shown, at the device's resolution, without what a hand draws. */
  picture(): Promise<Blob> {
    const { root } = this.#hand.band;
    const { visible } = root;
    root.visible = false;
    this.#renderer.setPixelRatio(window.devicePixelRatio || 1);
    this.#draw();
    root.visible = visible;
    this.#dirty = true;
    return new Promise((resolve, reject) => {
      // At once: after this frame the canvas is empty again.
      this.canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be encoded."))));
    });
  }

  /** Asks for a picture although nothing simulated moved. */
  refresh(): void {
    this.#dirty = true;
  }

  /** A ray through the point (x, y) of the canvas, CSS pixels from its top left. */
  ray(x: number, y: number): Raycaster {
    const { width, height } = this.#size;
    this.#raycaster.setFromCamera(new Vector2((2 * x) / width - 1, 1 - (2 * y) / height), this.follow.camera);
    return this.#raycaster;
  }

  get #palette(): Palette {
    return this.#dark.matches ? DARK : LIGHT;
  }

  #tick(): void {
    const now = performance.now();
    const wall = performance.timeOrigin + now;
    if (this.#gl.isContextLost() || !this.#finished(now)) return;
    if (!this.#dirty && !this.#poses.moving(wall) && !this.follow.moving && !this.#hand.moving) {
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
    this.#dirty = false;
    this.#place(wall, Math.min(0.1, sinceLast / 1000));
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

  #place(wall: number, seconds: number): void {
    const poses = this.#poses.at(wall);
    const model = this.#model;
    if (!poses || !model || poses.length !== 7 * model.description.bodies.length) return;
    model.pose(poses);
    const { x, y, z } = centreOfMass(model.description, poses);
    if (!this.#fitted) {
      this.#fitted = true;
      const reach = reachOf(model.description, poses, x, y, z);
      this.#backdrop.fit(reach);
      this.follow.fit(reach);
      this.#hand.fit(reach, model.description.mass);
      this.follow.jump(x, y, z);
    }
    if (this.follow.target.distanceTo(new Vector3(x, y, z)) > LEAP) this.follow.jump(x, y, z);
    // While a hand pulls, the camera hangs back: else the body would chase a pointer that moves with it.
    this.follow.follow(x, y, z, this.pull ? 0.12 * seconds : seconds);
    const { target, camera, distance } = this.follow;
    this.#backdrop.follow(target.x, target.y, target.z, camera.position, distance);
    for (const floor of this.#floors) floor.follow(x, y);
    this.beforePicture?.();
    this.#showHand(model, wall);
  }

  #showHand(model: Model, wall: number): void {
    const frame = this.#poses.latest;
    if (!frame) return;
    const { hand, pins, pushes } = frame;
    const pull =
      this.#pulled(model) ?? (hand && { anchor: new Vector3(...hand.point), target: new Vector3(...hand.target) });
    this.#hand.show({ pull, hand, pins, pushes }, this.follow.camera, this.#size, wall);
  }

  /** The pull of a pointer, ahead of what the simulation reports. */
  #pulled(model: Model): { anchor: Vector3; target: Vector3 } | null {
    const { pull } = this;
    const body = pull && model.body(pull.body);
    if (!pull || !body) return null;
    body.updateMatrixWorld();
    return { anchor: body.localToWorld(pull.anchor.clone()), target: pull.target };
  }

  #draw(): void {
    this.#renderer.render(this.#scene, this.follow.camera);
    this.#pictures.push(performance.now());
    this.afterPicture?.();
  }

  #drawNow(): void {
    if (!this.#poses.latest || this.#gl.isContextLost()) return;
    this.#place(performance.timeOrigin + performance.now(), 0);
    this.#draw();
  }

  #sharpen(): void {
    this.#sharp = true;
    // In software there is no antialiasing: a still picture has the time for two samples a pixel.
    const ratio = this.#software ? Math.max(1.5, this.#resolution.still) : this.#resolution.still;
    if (!this.#software && this.#resolution.moving === ratio) return;
    this.#renderer.setPixelRatio(ratio);
    this.#draw();
    if (this.#software) this.#begun = { at: performance.now(), fence: this.#fence() };
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.canvas;
    this.#size = { width: Math.max(1, clientWidth), height: Math.max(1, clientHeight) };
    this.#renderer.setPixelRatio(this.#resolution.moving);
    this.#renderer.setSize(this.#size.width, this.#size.height, false);
    this.follow.resize(this.#size.width / this.#size.height);
    this.#dirty = true;
    this.#drawNow();
  }

  #repaint(): void {
    const palette = this.#palette;
    this.#backdrop.repaint(palette);
    this.#hand.repaint(palette);
    this.#model?.repaint(palette);
    for (const floor of this.#floors) floor.repaint(palette);
    this.#dirty = true;
  }
}
