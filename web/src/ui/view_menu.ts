/** The View menu: where to look from, what to follow, and what to show over the picture. Each has a key. */
import { OVERLAYS, type Overlay, type PlayState } from "../sim/protocol";
import type { Preset } from "../view/camera";
import type { Actions } from "./actions";
import { element, icon, required, write } from "./element";
import { strings } from "./strings";
import { checkbox, labelled } from "./switches";

/** The camera, as the menu moves it. */
export interface Lens {
  view(preset: Preset): void;
  focus(body: number | null): void;
}

const PRESETS = { front: "4", side: "5", top: "6", behind: "7" } satisfies Record<Preset, string>;
const OVERLAY_KEYS = {
  contacts: "k",
  forces: "n",
  joints: "j",
  centreOfMass: "m",
  torques: "t",
} satisfies Record<Overlay, string>;
const FOLLOW_KEY = "f";

export class ViewMenu {
  /** Null without a picture. */
  lens: Lens | null = null;
  /** What a key does here. */
  readonly keys: ReadonlyMap<string, () => void>;
  readonly #opener = element(
    "button",
    {
      type: "button",
      class: "icon-button panel view-opener",
      "aria-label": strings.view,
      title: strings.view,
      "aria-expanded": "false",
      "aria-controls": "view",
    },
    icon("view"),
  );
  readonly #panel = element("section", { id: "view", class: "panel", "aria-label": strings.view, hidden: true });
  readonly #switches: Readonly<Record<Overlay, HTMLInputElement>>;
  readonly #followed = element("button", { type: "button", class: "button followed", hidden: true });

  constructor(actions: Actions) {
    const toggle = (overlay: Overlay) =>
      checkbox(`overlay-${overlay}`, title(strings.overlayTitle[overlay], OVERLAY_KEYS[overlay]));
    this.#switches = {
      contacts: toggle("contacts"),
      forces: toggle("forces"),
      joints: toggle("joints"),
      centreOfMass: toggle("centreOfMass"),
      torques: toggle("torques"),
    };
    const keys = new Map<string, () => void>([[FOLLOW_KEY, () => this.lens?.focus(null)]]);
    const presets = element("div", { class: "presets", role: "group", "aria-label": strings.presets });
    for (const preset of ["front", "side", "top", "behind"] as const) {
      const act = () => this.lens?.view(preset);
      const button = element(
        "button",
        { type: "button", class: "button", title: title(strings.presetTitle[preset], PRESETS[preset]) },
        strings.preset[preset],
      );
      button.addEventListener("click", act);
      presets.append(button);
      keys.set(PRESETS[preset], act);
    }
    this.#panel.append(element("h2", {}, strings.presets), presets, element("h2", {}, strings.overlays));
    for (const overlay of OVERLAYS) {
      const input = this.#switches[overlay];
      input.addEventListener("change", () => actions.setOverlay(overlay, input.checked));
      const row = labelled(input, strings.overlay[overlay]);
      row.append(element("kbd", { "aria-hidden": "true" }, OVERLAY_KEYS[overlay].toUpperCase()));
      this.#panel.append(row);
      keys.set(OVERLAY_KEYS[overlay], () => input.click());
    }
    this.keys = keys;
    this.#opener.addEventListener("click", () => this.#open(this.#panel.hidden === true));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.#panel.hidden) this.#open(false);
    });
    this.#followed.addEventListener("click", () => this.lens?.focus(null));
    required("help", HTMLElement).before(this.#opener, this.#panel);
    document.body.append(element("div", { class: "following", role: "status" }, this.#followed));
  }

  /** Shows the state of the player. */
  show({ overlays }: PlayState): void {
    for (const overlay of OVERLAYS) this.#switches[overlay].checked = overlays.includes(overlay);
  }

  /** Names the body that the camera follows; null: the whole. */
  showFollowed(body: string | null): void {
    this.#followed.hidden = body === null;
    if (body === null) return;
    write(this.#followed, strings.following(body));
    this.#followed.title = title(strings.followWhole, FOLLOW_KEY);
  }

  #open(open: boolean): void {
    this.#panel.hidden = !open;
    this.#opener.setAttribute("aria-expanded", String(open));
    if (!open) this.#opener.focus();
  }
}

function title(text: string, key: string): string {
  return `${text} (${key.toUpperCase()})`;
}
