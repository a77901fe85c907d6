/** Switches of the panel on the right, and the one that chooses what follows an episode. */
import type { PlayState } from "../sim/protocol";
import type { Actions } from "./actions";
import { element } from "./element";
import { strings } from "./strings";

export class Switches {
  readonly root = element("section", { class: "switches" });
  readonly #next = checkbox("auto-reset", strings.autoResetTitle);

  constructor(actions: Actions) {
    this.root.append(labelled(this.#next, strings.autoReset));
    this.#next.addEventListener("change", () => actions.setAutoReset(this.#next.checked));
  }

  /** Shows the state of the player. */
  show(state: PlayState): void {
    this.#next.checked = state.autoReset;
  }
}

/** A section of the panel that folds away. */
export function foldable(kind: string, title: string, open: boolean, ...content: HTMLElement[]): HTMLElement {
  const within = element("div", { class: "within" }, ...content);
  const details = element(
    "details",
    { class: "foldable", open },
    element("summary", {}, element("h2", {}, title)),
    within,
  );
  return element("section", { class: `${kind} switches` }, details);
}

export function checkbox(id: string, title: string): HTMLInputElement {
  return element("input", { type: "checkbox", id, role: "switch", title });
}

export function labelled(input: HTMLInputElement, text: string): HTMLElement {
  const label = element("label", { class: "switch", for: input.id, title: input.title });
  label.append(input, element("span", { class: "track" }), text);
  return label;
}
