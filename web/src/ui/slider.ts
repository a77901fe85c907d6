/** A labelled slider that says its value in words. */
import { element, write } from "./element";

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number | "any";
}

export class Slider {
  readonly root: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #value: HTMLOutputElement;
  readonly #say: (value: number) => string;

  /** `say` puts a value into words; `moved` is told of each that a person chooses. */
  constructor(
    id: string,
    label: string,
    title: string,
    range: Range,
    say: (value: number) => string,
    moved: (value: number) => void,
  ) {
    this.#say = say;
    this.#input = element("input", { type: "range", id, title, ...range });
    this.#value = element("output", { for: id });
    this.root = element(
      "div",
      { class: "field slider" },
      element("label", { for: id }, label),
      this.#value,
      this.#input,
    );
    this.#input.addEventListener("input", () => {
      this.#tell();
      moved(Number(this.#input.value));
    });
  }

  get value(): number {
    return Number(this.#input.value);
  }

  fit({ min, max, step }: Range): void {
    this.#input.min = String(min);
    this.#input.max = String(max);
    this.#input.step = String(step);
    this.#tell();
  }

  show(value: number): void {
    if (Number(this.#input.value) !== value) this.#input.value = String(value);
    this.#tell();
  }

  #tell(): void {
    const text = this.#say(this.value);
    write(this.#value, text);
    this.#input.setAttribute("aria-valuetext", text);
  }
}
