/** What goes wrong, in words: toasts that pass, a standing line, a question, and a card where nothing can go on. */
import { element, icon } from "../controls/element";
import { strings } from "../strings";
import { buttonsOf, type Choice, Question } from "./question";

const TOAST_MS = 9000;

export class Notices {
  readonly #root: HTMLElement;
  readonly #toasts = element("div", { class: "lines", role: "status", "aria-live": "polite" });
  readonly #bottom = element("div", { class: "toasts" }, this.#toasts);
  readonly #standing = new Map<string, HTMLElement>();
  readonly #questions = new Map<string, Question>();
  #card: HTMLElement | null = null;

  constructor(root: HTMLElement) {
    this.#root = root;
    root.append(this.#bottom);
  }

  /** Shows a message for some seconds; the same words twice stay one toast. */
  toast(message: string): void {
    for (const old of this.#toasts.querySelectorAll<HTMLElement>(".toast:not(.standing)"))
      if (old.dataset.message === message) old.remove();
    const toast = this.#line(message, () => toast.remove());
    toast.dataset.message = message;
    setTimeout(() => toast.remove(), TOAST_MS);
  }

  /** Shows a message until `lift(key)`. */
  stand(key: string, message: string): void {
    this.lift(key);
    const line = this.#line(message, () => this.lift(key));
    line.classList.add("standing");
    this.#standing.set(key, line);
  }

  lift(key: string): void {
    this.#standing.get(key)?.remove();
    this.#standing.delete(key);
    this.#questions.get(key)?.close();
    this.#questions.delete(key);
  }

  /** Asks until `lift(key)` or a choice. The last choice changes nothing, and Escape chooses it too. */
  ask(key: string, title: string, message: string, choices: readonly Choice[]): void {
    const asked = this.#questions.get(key);
    if (asked) {
      asked.say(title, message);
      return;
    }
    const leaving = choices.map(({ label, act }) => ({
      label,
      act: () => {
        this.lift(key);
        act();
      },
    }));
    const question = new Question(title, message, leaving);
    this.#questions.set(key, question);
    this.#bottom.append(question.root);
    question.focus();
  }

  /** Shows a card with what happened and what to do; `hint` says what the first choice does. */
  card(title: string, message: string, choices: readonly Choice[], hint: string | null = null): void {
    this.clearCard();
    const buttons = buttonsOf(choices);
    const row = element("div", { class: "row" }, ...buttons);
    this.#card = element(
      "section",
      { class: "card panel", role: "alertdialog", "aria-labelledby": "card-title", "aria-describedby": "card-text" },
      element("h2", { id: "card-title" }, title),
      element("p", { id: "card-text" }, message),
      hint === null ? null : element("p", {}, hint),
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
