/** What goes wrong, in words: toasts that pass, a standing line, and a card where nothing can go on. */
import { element, icon } from "./element";
import { strings } from "./strings";

const TOAST_MS = 9000;

export interface Choice {
  readonly label: string;
  readonly act: () => void;
}

export class Notices {
  readonly #root: HTMLElement;
  readonly #toasts = element("div", { class: "toasts", role: "status", "aria-live": "polite" });
  readonly #standing = new Map<string, HTMLElement>();
  #card: HTMLElement | null = null;

  constructor(root: HTMLElement) {
    this.#root = root;
    root.append(this.#toasts);
  }

  /** Says something that passes by itself; the same words twice stay one toast. */
  toast(message: string): void {
    for (const old of this.#toasts.querySelectorAll<HTMLElement>(".toast:not(.standing)"))
      if (old.dataset.message === message) old.remove();
    const toast = this.#line(message, () => toast.remove());
    toast.dataset.message = message;
    setTimeout(() => toast.remove(), TOAST_MS);
  }

  /** Says something for as long as it holds: until `lift(key)`. */
  stand(key: string, message: string): void {
    this.lift(key);
    const line = this.#line(message, () => this.lift(key));
    line.classList.add("standing");
    this.#standing.set(key, line);
  }

  lift(key: string): void {
    this.#standing.get(key)?.remove();
    this.#standing.delete(key);
  }

  /** Stops the page with what happened and what to do. */
  card(title: string, message: string, choices: readonly Choice[]): void {
    this.clearCard();
    const buttons = choices.map(({ label, act }, k) => {
      const button = element("button", { type: "button", class: k === 0 ? "button primary" : "button" }, label);
      button.addEventListener("click", act);
      return button;
    });
    const heading = element("h2", { id: "card-title" }, title);
    const text = element("p", {}, message);
    const row = element("div", { class: "row" }, ...buttons);
    this.#card = element(
      "section",
      { class: "card panel", role: "alertdialog", "aria-labelledby": "card-title" },
      heading,
      text,
      row,
    );
    this.#root.append(this.#card);
    buttons[0]?.focus();
  }

  clearCard(): void {
    this.#card?.remove();
    this.#card = null;
  }

  #line(message: string, dismissed: () => void): HTMLElement {
    const dismiss = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": strings.dismiss },
      icon("close"),
    );
    dismiss.addEventListener("click", dismissed);
    const line = element("div", { class: "toast panel" }, element("p", {}, message), dismiss);
    this.#toasts.append(line);
    return line;
  }
}
