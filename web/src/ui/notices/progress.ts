/** What is being loaded, until it plays. */
import type { ProgressEvent } from "../../protocol";
import { element, write } from "../controls/element";
import { strings } from "../strings";

export class Progress {
  readonly #root: HTMLElement;
  readonly #text = element("span", {}, strings.loading);
  readonly #bar = element("progress", { max: 1, "aria-label": strings.loading });
  /** Whether a bundle is being opened. */
  loading = false;

  constructor(root: HTMLElement) {
    this.#root = root;
    root.replaceChildren(this.#text, this.#bar);
  }

  begin(): void {
    this.loading = true;
    this.#root.hidden = false;
  }

  end(): void {
    this.loading = false;
    this.#root.hidden = true;
  }

  show({ stage, fraction }: ProgressEvent): void {
    if (!this.loading) return;
    write(this.#text, strings.progress(stage, fraction));
    if (fraction === null) this.#bar.removeAttribute("value");
    else this.#bar.value = fraction;
  }
}
