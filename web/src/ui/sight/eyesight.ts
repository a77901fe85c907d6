/** Takes the pictures that a network sees: those that the worker asks for, and many at once for its training. */
import type { Lens, LookEvent, Picture as Taken } from "../../protocol";
import type { Eye, EyeLight } from "../../view";
import { loaded } from "../page/now";
import type { Picture } from "../page/picture";
import { strings } from "../strings";

/** One picture of a training: where the bodies are (rows of x, y, z, qw, qx, qy, qz), and in which light; null: the studio's. */
export interface Shot {
  readonly poses: readonly number[];
  readonly light: EyeLight | null;
}

export class Eyesight {
  #eye: { readonly eye: Eye; readonly key: string } | null = null;

  constructor(readonly picture: Picture) {}

  /** The answer to the worker: the picture, or why there is none. */
  async answer({ id, poses, lens }: LookEvent): Promise<Taken> {
    this.picture.stage?.makeRoom();
    try {
      return { type: "picture", id, pixels: (await this.#open(lens)).picture(poses), reason: "" };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { type: "picture", id, pixels: null, reason: strings.blind(reason) };
    }
  }

  /** The pictures of all shots in one array, [shots, height, width, 3], as base64. */
  async take(lens: Lens, shots: readonly Shot[]): Promise<string> {
    const eye = await this.#open(lens);
    const size = 3 * lens.width * lens.height;
    const pixels = new Uint8Array(size * shots.length);
    shots.forEach(({ poses, light }, i) => {
      pixels.set(eye.picture(Float32Array.from(poses), light), i * size);
    });
    let text = "";
    for (let at = 0; at < pixels.length; at += 0x8000) text += String.fromCharCode(...pixels.subarray(at, at + 0x8000));
    return btoa(text);
  }

  /** The eye of what is loaded; the one before is closed. */
  async #open(lens: Lens): Promise<Eye> {
    const { Eye } = await this.picture.chunk;
    const scene = loaded.value?.scene;
    if (scene === undefined) throw new Error(strings.nothingServed);
    const key = JSON.stringify([lens, loaded.value?.manifest.name, scene.geoms.length]);
    if (this.#eye?.key !== key) {
      this.#eye?.eye.dispose();
      this.#eye = null;
      this.#eye = { eye: new Eye(scene, lens), key };
    }
    return this.#eye.eye;
  }
}
