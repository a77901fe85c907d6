/** The switches of the panel on the right: what happens between a person's hand, the policy and the next episode. */
import type { PlayState } from "../sim/protocol";
import type { Actions } from "./actions";
import { element } from "./element";
import { strings } from "./strings";

export class Switches {
  readonly root = element("section", { class: "switches" });
  readonly #felt = checkbox("hand-felt", strings.handFeltTitle);
  readonly #next = checkbox("auto-reset", strings.autoResetTitle);

  constructor(actions: Actions) {
    this.root.append(labelled(this.#felt, strings.handFelt), labelled(this.#next, strings.autoReset));
    this.#felt.addEventListener("change", () => actions.setHandFelt(this.#felt.checked));
    this.#next.addEventListener("change", () => actions.setAutoReset(this.#next.checked));
  }

  /** Shows the state of the player. */
  show(state: PlayState): void {
    this.#felt.checked = state.handFelt;
    this.#next.checked = state.autoReset;
  }
}

function checkbox(id: string, title: string): HTMLInputElement {
  return element("input", { type: "checkbox", id, role: "switch", title });
}

function labelled(input: HTMLInputElement, text: string): HTMLElement {
  const label = element("label", { class: "switch", for: input.id, title: input.title });
  label.append(input, element("span", { class: "track" }), text);
  return label;
}
