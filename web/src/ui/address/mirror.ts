/** Keeps the address up to date with what plays. */
import type { Player } from "../../player/player";
import { companions } from "../compare/compare_control";
import { frame, loaded } from "../page/now";
import type { Panels } from "../page/panels";
import type { Picture } from "../page/picture";
import { isResting } from "../page/rest";
import { bodies } from "../swarm/swarm_control";
import { queryOf, type Scene, writeAddress } from "./address";
import { pinsOf } from "./pins";

export class AddressMirror {
  constructor(
    readonly player: Player,
    readonly picture: Picture,
    readonly panels: Panels,
    /** Whether the page is a frame in another. */
    readonly embedded: boolean,
  ) {}

  /** The address of the whole page that shows what one sees. */
  get whole(): string {
    return new URL(queryOf(this.player.state, this.#scene), document.baseURI).href;
  }

  write(): void {
    writeAddress(this.player.state, this.#scene, this.embedded);
  }

  /** Where the player is, as far as its state does not tell. */
  get #scene(): Scene {
    const { playing, replaying } = this.player.state;
    return {
      playing: playing || isResting(),
      view: this.picture.view,
      // Those of a replay are the file's.
      pins: frame.value && loaded.value && !replaying ? pinsOf(frame.value, loaded.value.scene.bodies) : [],
      panels: this.panels.shown,
      swarm: bodies.value,
      beside: companions.value.map(({ key }) => key),
    };
  }
}
