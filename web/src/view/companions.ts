/** Other players' bodies: beside this one, or as ghosts over it. */
import { Group, Mesh, MeshStandardMaterial } from "three";
import type { SceneDescription } from "../protocol";
import { Model } from "./model";
import type { Palette } from "./palette";

/** From one body to the next, in reaches of the first. */
const SPACING = 1.7;
const GHOST = 0.34;

export class Companions {
  readonly root = new Group();
  readonly #models: Model[];

  /** `reach`: metres, of the body that they stand beside. */
  constructor(
    scenes: readonly SceneDescription[],
    readonly ghosts: boolean,
    reach: number,
    palette: Palette,
  ) {
    this.#models = scenes.map((scene, i) => {
      const model = new Model(scene, palette);
      // To its left, to its right, to its left.
      const side = i % 2 === 0 ? 1 : -1;
      if (ghosts) fade(model);
      else model.root.position.y = side * Math.ceil((i + 1) / 2) * SPACING * reach;
      // Until its first poses come, a body is nowhere.
      model.root.visible = false;
      this.root.add(model.root);
      return model;
    });
    this.extent = ghosts ? 0 : Math.ceil(scenes.length / 2) * SPACING * reach;
  }

  /** How far (metres) the farthest is from the first body. */
  readonly extent: number;

  /** Puts a body where `poses` (nbody rows of 7, world) says, moved to its place. */
  pose(index: number, poses: Float32Array): void {
    const model = this.#models[index];
    if (!model) return;
    model.pose(poses);
    model.root.visible = true;
  }

  repaint(palette: Palette): void {
    for (const model of this.#models) model.repaint(palette);
  }

  dispose(): void {
    this.root.removeFromParent();
    for (const model of this.#models) model.dispose();
  }
}

function fade(model: Model): void {
  model.root.traverse((object) => {
    if (!(object instanceof Mesh) || !(object.material instanceof MeshStandardMaterial)) return;
    object.material.transparent = true;
    object.material.opacity = GHOST;
    object.material.depthWrite = false;
    object.castShadow = false;
  });
}
