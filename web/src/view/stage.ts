/** The picture: what stands in the scene, and where it is. Frames come in from the worker. */
import { Euler, type PerspectiveCamera, Raycaster, Scene, Vector2, Vector3 } from "three";
import type { DrawnFrame, Overlay, SceneDescription } from "../protocol";
import { Backdrop } from "./backdrop";
import { FollowCamera, type Preset, type Viewpoint } from "./camera";
import { Drawing, type Subject } from "./drawing";
import { centreOfMass, reachOf } from "./extent";
import { Floor } from "./floor";
import { isFloor, Model } from "./model";
import { Others } from "./others";
import { OverlayView } from "./overlays";
import { DARK, LIGHT, type Palette } from "./palette";
import { PerturbationView } from "./perturbation_view";
import { PoseBuffer } from "./poses";

/** A body that moved farther than this share of its reach between two pictures did not walk there. */
const LEAP = 1.5;

/** A pull that the user is making with the pointer: its anchor in the body's frame, its target in the world, metres. */
export interface Pull {
  readonly body: number;
  readonly anchor: Vector3;
  readonly target: Vector3;
}

/** CSS pixels that other things cover. */
export interface Covered {
  readonly right: number;
  readonly bottom: number;
}

export class Stage implements Subject {
  readonly follow = new FollowCamera();
  /** Called before each picture, when poses and camera are up to date. */
  beforePicture: (() => void) | null = null;
  /** Called after each picture, while the canvas still holds it. */
  afterPicture: (() => void) | null = null;
  /** The pull to draw, ahead of what the worker reports; null when no pointer pulls. */
  pull: Pull | null = null;
  /** Called when another body is followed; null: the whole of what moves. */
  focused: ((body: string | null) => void) | null = null;
  readonly scene = new Scene();
  /** The bodies beside this one, or over it. */
  readonly others = new Others(this.scene, this.follow, () => this.refresh());
  readonly #drawing: Drawing;
  readonly #backdrop: Backdrop;
  readonly #hand: PerturbationView;
  readonly #overlays: OverlayView;
  readonly #poses = new PoseBuffer();
  readonly #raycaster = new Raycaster();
  readonly #dark = window.matchMedia("(prefers-color-scheme: dark)");
  #model: Model | null = null;
  #floors: Floor[] = [];
  #size = { width: 1, height: 1 };
  #covered: Covered = { right: 0, bottom: 0 };
  #dirty = true;
  #fitted = true;
  #reach = 1;
  /** The body that the camera follows, or -1. */
  #focus = -1;

  /** Throws where the browser has no WebGL. `layer`, over the canvas, shows forces; `lost` tells of a lost and a regained context. */
  constructor(
    readonly canvas: HTMLCanvasElement,
    layer: HTMLElement,
    lost: (lost: boolean) => void,
  ) {
    this.#drawing = new Drawing(canvas, this, lost);
    this.#backdrop = new Backdrop(this.scene, this.#palette, this.#drawing.shadowTexels);
    this.#hand = new PerturbationView(layer, this.#palette);
    this.#overlays = new OverlayView(layer, this.#palette);
    this.scene.add(this.#hand.root, this.#overlays.root);
    this.#dark.addEventListener("change", () => this.#repaint());
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
  }

  get camera(): PerspectiveCamera {
    return this.follow.camera;
  }

  /** Pictures drawn in the last second; none are drawn while nothing moves. */
  get renderFps(): number {
    return this.#drawing.fps;
  }

  get model(): Model | null {
    return this.#model;
  }

  get size(): { readonly width: number; readonly height: number } {
    return this.#size;
  }

  /** Where the middle of the picture has to keep away from. */
  cover(covered: Covered): void {
    this.#covered = covered;
    this.#resize();
  }

  /** Shows another model; the frames of the old one are forgotten. */
  show(description: SceneDescription): void {
    this.others.disperse();
    this.others.accompany([], false);
    this.#model?.dispose();
    for (const floor of this.#floors) floor.dispose();
    this.#poses.turn(description.bodies.length);
    this.pull = null;
    this.#model = new Model(description, this.#palette);
    this.#floors = description.geoms.filter(isFloor).map((geom) => new Floor(geom.pos[2], this.#palette));
    this.scene.add(this.#model.root, ...this.#floors.map((floor) => floor.root));
    this.#overlays.turn(this.#model);
    this.#fitted = false;
    this.#dirty = true;
    this.focus(null);
    // At once, for what is drawn can be grabbed.
    this.#drawing.now();
  }

  /** The body of the crowd under the point (x, y) of the canvas, CSS pixels; null where the model or nothing is. */
  pickOther(x: number, y: number): number | null {
    const ray = this.ray(x, y);
    return this.others.pick(ray, this.#model?.pick(ray)?.hit.distance ?? Number.POSITIVE_INFINITY);
  }

  /** Shows these overlays, from the next frame that carries them, and what a robot is asked to do. */
  showOverlays(overlays: readonly Overlay[], command: readonly number[] = []): void {
    this.#overlays.wanted = overlays;
    this.#overlays.command = command;
    this.#dirty = true;
  }

  /** Follows a body; null: the whole of what moves. */
  focus(body: number | null): void {
    this.#focus = body ?? -1;
    this.#dirty = true;
    this.focused?.(this.followed);
  }

  /** The name of the body that the camera follows; null: the whole of what moves. */
  get followed(): string | null {
    return this.#model?.description.bodies[this.#focus]?.name ?? null;
  }

  /** Follows the body of that name; false where there is none. */
  focusOn(name: string): boolean {
    const body = this.#model?.description.bodies.findIndex((other) => other.name === name) ?? -1;
    if (body >= 0) this.focus(body);
    return body >= 0;
  }

  /** Follows the body under the point (x, y) of the canvas, CSS pixels; nothing there changes nothing. */
  focusAt(x: number, y: number): void {
    const picked = this.#model?.pick(this.ray(x, y));
    if (picked) this.focus(picked.body);
  }

  /** Looks at the body from one of the named directions. */
  view(preset: Preset): void {
    this.follow.preset(preset, this.#heading());
    this.#dirty = true;
  }

  /** Looks from there, at once. */
  choose(viewpoint: Viewpoint): void {
    this.follow.choose(viewpoint, this.#heading());
    this.#dirty = true;
  }

  /** Notes where the camera looks from and what it follows; what it returns does so again, in the scene there is then. */
  keepView(): () => void {
    const { chosen } = this.follow;
    const { followed } = this;
    return () => {
      if (followed !== null) this.focusOn(followed);
      if (chosen !== null) this.choose(chosen);
    };
  }

  /** Takes a frame; returns one that is no longer needed, for its buffer. */
  push(frame: DrawnFrame): DrawnFrame | null {
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

  /** A PNG of what is shown, at the device's resolution, without the marks of perturbations. */
  picture(): Promise<Blob> {
    const { root } = this.#hand;
    const { visible } = root;
    root.visible = false;
    this.#drawing.finest();
    root.visible = visible;
    this.#dirty = true;
    return this.#png();
  }

  /** A PNG of the last frame itself, in a film of which `seconds` passed since the picture before. */
  photograph(seconds: number): Promise<Blob> {
    this.#poses.settle();
    this.place(performance.timeOrigin + performance.now(), seconds);
    this.#drawing.finest();
    return this.#png();
  }

  /** Something else is about to be drawn. */
  makeRoom(): void {
    this.#drawing.makeRoom();
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

  /** What the canvas holds, at once: after this frame it is empty again. */
  #png(): Promise<Blob> {
    return new Promise((resolve, reject) => {
      this.canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be encoded."))));
    });
  }

  get #palette(): Palette {
    return this.#dark.matches ? DARK : LIGHT;
  }

  changed(wall: number): boolean {
    return this.#dirty || this.#poses.moving(wall) || this.follow.moving || this.#hand.moving;
  }

  sharpenShadows(texels: number): void {
    this.#backdrop.sharpenShadows(texels);
  }

  drawn(): void {
    this.afterPicture?.();
  }

  place(wall: number, seconds: number): void {
    this.#dirty = false;
    const poses = this.#poses.at(wall);
    const model = this.#model;
    if (!poses || !model || poses.length !== 7 * model.description.bodies.length) return;
    model.pose(poses);
    if (!this.#fitted) this.#fit(model, poses);
    this.others.assemble(model, this.#reach, this.#palette);
    const { x, y, z } = model.body(this.#focus)?.position ?? centreOfMass(model.description, poses);
    const { follow } = this;
    if (follow.target.distanceTo(new Vector3(x, y, z)) > LEAP * Math.max(1, this.#reach)) follow.jump(x, y, z);
    follow.face(this.#heading());
    // During a drag the camera follows more slowly: else the body would chase a pointer that moves with it.
    follow.follow(x, y, z, this.pull ? 0.12 * seconds : seconds);
    const { target, camera, distance } = follow;
    this.#backdrop.follow(target.x, target.y, target.z, camera.position, distance);
    for (const floor of this.#floors) floor.follow(x, y);
    this.beforePicture?.();
    this.#showHand(model, wall);
    const overlays = this.#poses.nearest(wall)?.overlays ?? null;
    this.#overlays.show(overlays, model, this.#ground, camera, this.#size);
  }

  #fit(model: Model, poses: Float32Array): void {
    this.#fitted = true;
    const { description } = model;
    const { x, y, z } = centreOfMass(description, poses);
    this.#reach = reachOf(description, poses, x, y, z);
    this.#backdrop.fit(this.#reach);
    this.follow.fit(this.#reach, description.plane, this.#ground);
    this.#hand.fit(this.#reach, description.mass);
    this.#overlays.fit(this.#reach, description.mass);
    for (const floor of this.#floors) floor.fit(this.#reach);
    this.follow.jump(x, y, z);
  }

  /** The floor's height, metres; null where there is none. */
  get #ground(): number | null {
    return this.#floors.length > 0 ? Math.max(...this.#floors.map((floor) => floor.height)) : null;
  }

  /** Where the root's x axis points on the floor, radians about z. */
  #heading(): number {
    const root = this.#model?.body(this.#model.description.root);
    return root ? new Euler().setFromQuaternion(root.quaternion, "ZYX").z : 0;
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

  #resize(): void {
    const { clientWidth, clientHeight } = this.canvas;
    this.#size = { width: Math.max(1, clientWidth), height: Math.max(1, clientHeight) };
    this.#drawing.resize(this.#size.width, this.#size.height);
    const { width, height } = this.#size;
    const { right, bottom } = this.#covered;
    this.follow.resize(width / height, { right: right / width, bottom: bottom / height });
    this.#dirty = true;
    if (this.#poses.latest) this.#drawing.now();
  }

  #repaint(): void {
    const palette = this.#palette;
    this.#backdrop.repaint(palette);
    this.#hand.repaint(palette);
    this.#overlays.repaint(palette);
    this.#model?.repaint(palette);
    this.others.repaint(palette);
    for (const floor of this.#floors) floor.repaint(palette);
    this.#dirty = true;
  }
}
