/** A question that stands above the transport while the page goes on, and the buttons that answer it. */
import { element, write } from "../controls/element";

export interface Choice {
  readonly label: string;
  readonly act: () => void;
}

/** The first one stands out. */
export function buttonsOf(choices: readonly Choice[]): HTMLButtonElement[] {
  return choices.map(({ label, act }, k) => {
    const button = element("button", { type: "button", class: k === 0 ? "button primary" : "button" }, label);
    button.addEventListener("click", act);
    return button;
  });
}

export class Question {
  readonly root: HTMLElement;
  readonly #title: HTMLElement;
  readonly #text: HTMLElement;
  readonly #safe: HTMLButtonElement | undefined;
  #before: Element | null = null;

  /** The last choice changes nothing: it has the focus, and Escape chooses it. */
  constructor(title: string, message: string, choices: readonly Choice[]) {
    this.#title = element("h2", { id: "question-title" }, title);
    this.#text = element("p", { id: "question-text" }, message);
    const buttons = buttonsOf(choices);
    this.#safe = buttons.at(-1);
    this.root = element(
      "section",
      {
        class: "question panel",
        role: "alertdialog",
        "aria-labelledby": "question-title",
        "aria-describedby": "question-text",
      },
      this.#title,
      this.#text,
      element("div", { class: "row" }, ...buttons),
    );
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#safe?.click();
    });
  }

  /** Says it in other words; the focus stays where it is. */
  say(title: string, message: string): void {
    write(this.#title, title);
    write(this.#text, message);
  }

  /** A key that was meant for something else must not answer. */
  focus(): void {
    this.#before = document.activeElement;
    this.#safe?.focus({ preventScroll: true });
  }

  /** Gives the focus back, where it is still in here. */
  close(): void {
    const inside = this.root.contains(document.activeElement);
    this.root.remove();
    if (inside && this.#before instanceof HTMLElement) this.#before.focus({ preventScroll: true });
  }
}
