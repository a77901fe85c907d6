/** The help overlay: keys and gestures. */
import { element, icon } from "../controls/element";
import { strings } from "../strings";

export class Help {
  readonly #dialog: HTMLDialogElement;

  constructor(opener: HTMLElement) {
    const close = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": strings.close, title: `${strings.close} (Esc)` },
      icon("close"),
    );
    this.#dialog = element(
      "dialog",
      { class: "panel help", "aria-labelledby": "help-title" },
      element("header", {}, element("h2", { id: "help-title" }, strings.help), close),
      list(strings.keys, (key) => element("kbd", {}, key)),
      list(strings.gestures, (gesture) => element("b", {}, gesture)),
      element("p", {}, strings.github),
    );
    document.body.append(this.#dialog);
    opener.append(icon("help"));
    opener.setAttribute("aria-label", strings.helpOpen);
    opener.title = `${strings.helpOpen} (?)`;
    opener.addEventListener("click", () => this.toggle());
    close.addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  toggle(): void {
    if (this.#dialog.open) this.#dialog.close();
    else this.#dialog.showModal();
  }
}

function list(rows: readonly (readonly string[])[], term: (text: string) => HTMLElement): HTMLElement {
  const pairs = rows.flatMap(([name = "", meaning = ""]) => [
    element("dt", {}, term(name)),
    element("dd", {}, meaning),
  ]);
  return element("dl", {}, ...pairs);
}
