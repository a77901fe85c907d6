/** The bodies beside the one that plays, or over it: a crowd of its own kind, and other players' bodies. */
import type { Raycaster, Scene } from "three";
import type { SceneDescription } from "../protocol";
import type { FollowCamera } from "./camera";
import { Companions } from "./companions";
import { Crowd, type CrowdLayout } from "./crowd";
import type { Model } from "./model";
import type { Palette } from "./palette";

export class Others {
  readonly #scene: Scene;
  readonly #follow: FollowCamera;
  readonly #refresh: () => void;
  #crowd: Crowd | null = null;
  #companions: Companions | null = null;
  /** Of the crowd that is to be shown once the model stands. */
  #wanted: { readonly count: number; readonly layout: CrowdLayout } | null = null;
  /** Of the companions. */
  #invited: { readonly scenes: readonly SceneDescription[]; readonly ghosts: boolean } | null = null;

  /** `follow` steps back to see them all; `refresh` asks for a picture. */
  constructor(scene: Scene, follow: FollowCamera, refresh: () => void) {
    this.#scene = scene;
    this.#follow = follow;
    this.#refresh = refresh;
  }

  /** Shows `count` more bodies like this one beside or over it, as soon as it stands. */
  gather(count: number, layout: CrowdLayout): void {
    this.disperse();
    this.#wanted = { count, layout };
  }

  /** Shows this one body without a crowd again. */
  disperse(): void {
    if (this.#crowd !== null) this.#follow.include(0);
    this.#crowd?.dispose();
    this.#crowd = null;
    this.#wanted = null;
    this.#refresh();
  }

  /** Shows other players' bodies beside this one, or as ghosts over it, as soon as it stands; none: it is alone. */
  accompany(scenes: readonly SceneDescription[], ghosts: boolean): void {
    if (this.#companions !== null) this.#follow.include(0);
    this.#companions?.dispose();
    this.#companions = null;
    this.#invited = scenes.length > 0 ? { scenes, ghosts } : null;
    this.#refresh();
  }

  /** Brings in who is wanted, beside a body that stands and reaches `reach` metres, and steps back to see them. */
  assemble(model: Model, reach: number, palette: Palette): void {
    if (this.#invited !== null) {
      const { scenes, ghosts } = this.#invited;
      this.#invited = null;
      this.#companions = new Companions(scenes, ghosts, reach, palette);
      this.#scene.add(this.#companions.root);
      this.#follow.include(this.#companions.extent);
    }
    if (this.#wanted === null) return;
    const { count, layout } = this.#wanted;
    this.#wanted = null;
    this.#crowd = new Crowd(model, count, layout, reach);
    this.#scene.add(this.#crowd.root);
    this.#follow.include(this.#crowd.extent);
  }

  /** Puts a companion where its player says. */
  placeCompanion(index: number, poses: Float32Array): void {
    this.#companions?.pose(index, poses);
    this.#refresh();
  }

  /** Places bodies of the crowd: `first`, `first + stride`, …, in the order of the rows of `poses` [bodies, nbody, 7]. */
  placeCrowd(first: number, stride: number, poses: Float32Array): void {
    const crowd = this.#crowd;
    const width = 7 * (crowd?.model.description.bodies.length ?? 0);
    for (let row = 0; width > 0 && (row + 1) * width <= poses.length; row++)
      crowd?.move(first + row * stride, poses.subarray(row * width, (row + 1) * width));
    this.#refresh();
  }

  /** The body of the crowd that a ray meets first, nearer than `distance` metres; null where there is none. */
  pick(ray: Raycaster, distance: number): number | null {
    const picked = this.#crowd?.pick(ray) ?? null;
    return picked !== null && picked.distance < distance ? picked.other : null;
  }

  repaint(palette: Palette): void {
    this.#companions?.repaint(palette);
  }
}
