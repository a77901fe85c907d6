/** Saves and loads: rollouts, a picture, a film. */

import { openRollout } from "../../files/rollout_file";
import type { Player } from "../../player/player";
import type { RolloutFormat } from "../../protocol";
import { messageOf } from "../actions";
import { element, type IconName, icon } from "../controls/element";
import type { Notices } from "../notices/notices";
import { strings } from "../strings";
import { Film, filmFormat } from "./film";

/** The panel's id, for the button that opens it. */
export const KEEP = "keep";

/** What takes the pictures. */
export interface Camera {
  /** A PNG of what is shown, at the device's resolution. */
  picture(): Promise<Blob>;
  /** Called after each picture that is drawn. */
  afterPicture: (() => void) | null;
}

export class Saving {
  readonly #panel = element("div", {
    id: KEEP,
    class: "panel",
    popover: "auto",
    role: "dialog",
    "aria-label": strings.keep,
  });
  readonly #film: Film;
  readonly #filming: HTMLButtonElement;
  readonly #picture: HTMLButtonElement;
  readonly #file = element("input", { type: "file", accept: ".safetensors", hidden: true });
  #camera: Camera | null = null;

  constructor(
    canvas: HTMLCanvasElement,
    readonly player: Player,
    readonly notices: Notices,
  ) {
    this.#film = new Film(canvas, ({ blob, extension }) => {
      if (this.#camera !== null) this.#camera.afterPicture = null;
      save(blob, `${this.#name}.${extension}`);
      this.notices.toast(strings.savedFilm(blob.size));
    });
    this.#picture = this.#item("picture", strings.savePicture, strings.savePictureAbout, () => this.#takePicture());
    this.#filming = this.#item("record", strings.saveFilm, strings.saveFilmAbout, () => this.#startFilm());
    this.#panel.append(
      element("h2", {}, strings.keep),
      this.#item("keep", strings.saveRollout, strings.saveRolloutAbout, () => this.#saveRollout("safetensors")),
      this.#item("table", strings.saveCsv, strings.saveCsvAbout, () => this.#saveRollout("csv")),
      this.#picture,
      this.#filming,
      this.#item("open", strings.openRollout, strings.openRolloutAbout, () => this.#file.click()),
      this.#file,
    );
    document.body.append(this.#panel);
    this.#file.addEventListener("change", () => {
      const file = this.#file.files?.[0];
      if (file) void this.replay(file);
      this.#file.value = "";
    });
    this.camera = null;
  }

  /** Null where nothing is drawn. */
  set camera(camera: Camera | null) {
    this.#camera = camera;
    this.#picture.disabled = camera === null;
    this.#filming.disabled = camera === null || filmFormat() === null;
  }

  /** Plays a saved rollout from its beginning; says in words where it is none. */
  async replay(file: File): Promise<void> {
    try {
      const { loaded } = this.player;
      if (loaded === null) throw new Error(strings.notLoaded);
      await this.player.replay(await openRollout(file, loaded.manifest), file.name);
      this.notices.stand("replay", strings.replaying(file.name));
      await this.player.play();
    } catch (error) {
      this.notices.toast(messageOf(error));
    }
  }

  get #name(): string {
    return `${this.player.state.bundle}-seed${this.player.state.seed}`;
  }

  async #saveRollout(format: RolloutFormat): Promise<void> {
    const { bytes, name, steps, disturbed } = await this.player.rollout(format);
    save(new Blob([bytes]), name);
    this.notices.toast(strings.savedRollout(steps, disturbed, bytes.byteLength));
  }

  async #takePicture(): Promise<void> {
    if (this.#camera !== null) save(await this.#camera.picture(), `${this.#name}.png`);
  }

  #startFilm(): Promise<void> {
    this.#film.start();
    if (this.#camera !== null) this.#camera.afterPicture = () => this.#film.take();
    return Promise.resolve();
  }

  #item(name: IconName, label: string, about: string, act: () => Promise<void> | void): HTMLButtonElement {
    const text = element("span", {}, element("b", {}, label), element("small", {}, about));
    const item = element("button", { type: "button", class: "item" }, icon(name), text);
    item.addEventListener("click", () => {
      this.#panel.hidePopover();
      Promise.resolve()
        .then(act)
        .catch((error: unknown) => this.notices.toast(messageOf(error)));
    });
    return item;
  }
}

/** Gives the browser a file to download. */
function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = element("a", { href: url, download: name });
  link.click();
  // The download begins with the click; the blob is released later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
