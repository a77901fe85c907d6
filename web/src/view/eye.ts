/** What a network sees: the body alone before the studio's backdrop, small, from a camera that stands still. */
import { NeutralToneMapping, PerspectiveCamera, Scene, Vector3, WebGLRenderer } from "three";
import type { Lens, SceneDescription, Vec3 } from "../protocol";
import { Backdrop } from "./backdrop";
import { Model } from "./model";
import { DARK, LIGHT, type Palette } from "./palette";

/** Light and background that differ from the studio's: what a network in training learns to look past. */
export interface EyeLight {
  /** Direction from the body to the key light, and the three lights' strengths. */
  readonly sun: Vec3;
  readonly key: number;
  readonly rim: number;
  readonly ambient: number;
  /** The backdrop's colours, as CSS writes them. */
  readonly zenith: string;
  readonly horizon: string;
}

export class Eye {
  /** Holds the last picture, at its own size. */
  readonly canvas = document.createElement("canvas");
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera();
  readonly #backdrop: Backdrop;
  readonly #model: Model;
  readonly #dark = window.matchMedia("(prefers-color-scheme: dark)");
  readonly #lens: Lens;

  /** Throws where the browser has no WebGL. */
  constructor(description: SceneDescription, lens: Lens) {
    this.#lens = lens;
    this.#renderer = new WebGLRenderer({ canvas: this.canvas, antialias: true });
    this.#renderer.toneMapping = NeutralToneMapping;
    this.#renderer.setPixelRatio(1);
    this.#renderer.setSize(lens.width, lens.height, false);
    this.#backdrop = new Backdrop(this.#scene, LIGHT, 0);
    this.#model = new Model(description, LIGHT);
    this.#scene.add(this.#model.root);
    const target = new Vector3(...lens.target);
    this.#camera.up.set(0, 0, 1);
    this.#camera.position.set(...lens.position);
    this.#camera.lookAt(target);
    this.#camera.fov = lens.fov;
    this.#camera.aspect = lens.width / lens.height;
    const distance = this.#camera.position.distanceTo(target);
    [this.#camera.near, this.#camera.far] = [0.05 * distance, 40 * distance];
    this.#camera.updateProjectionMatrix();
    this.#backdrop.fit(distance);
  }

  /** [height, width, 3] sRGB, the top row first. Without `light`: the studio's own, by day or by night. */
  picture(poses: Float32Array, light: EyeLight | null = null): Uint8Array {
    const studio = this.#dark.matches ? DARK : LIGHT;
    this.#paint({ ...studio, ...light }, light === null ? Backdrop.KEY : new Vector3(...light.sun));
    this.#model.pose(poses);
    this.#renderer.render(this.#scene, this.#camera);
    const { width, height } = this.#lens;
    const rgba = new Uint8Array(4 * width * height);
    const gl = this.#renderer.getContext();
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    if (gl.isContextLost()) throw new Error("The graphics card took its context back; the picture is lost.");
    const rgb = new Uint8Array(3 * width * height);
    for (let row = 0, at = 0; row < height; row++) {
      for (let from = 4 * width * (height - 1 - row), end = from + 4 * width; from < end; from += 4) {
        for (let channel = 0; channel < 3; channel++) rgb[at++] = rgba[from + channel] as number;
      }
    }
    return rgb;
  }

  dispose(): void {
    this.#model.dispose();
    this.#renderer.dispose();
    this.#renderer.forceContextLoss();
  }

  #paint(palette: Palette, sun: Readonly<Vector3>): void {
    this.#backdrop.sun.copy(sun).normalize();
    this.#backdrop.repaint(palette);
    this.#model.repaint(palette);
    const [x, y, z] = this.#lens.target;
    const eye = this.#camera.position;
    this.#backdrop.follow(x, y, z, eye, eye.distanceTo({ x, y, z }));
  }
}
