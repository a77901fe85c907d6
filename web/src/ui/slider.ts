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

  /** Moves that are not answered yet, and what was to be shown meanwhile. */
  #waiting = 0;
  #late: number | null = null;

  /** `say` puts a value into words; `moved` is told of each that a person chooses, and ends when that is in force. */
  constructor(
    id: string,
    label: string,
    title: string,
    range: Range,
    say: (value: number) => string,
    moved: (value: number) => Promise<void>,
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
      void this.#wait(moved(this.value));
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

  /** Shows what is in force; while a move is not yet, the person's choice stands. */
  show(value: number): void {
    if (this.#waiting > 0) {
      this.#late = value;
      return;
    }
    if (this.value !== value) this.#input.value = String(value);
    this.#tell();
  }

  async #wait(answer: Promise<void>): Promise<void> {
    this.#waiting += 1;
    this.#late = null;
    await answer;
    this.#waiting -= 1;
    if (this.#waiting === 0 && this.#late !== null) this.show(this.#late);
  }

  #tell(): void {
    const text = this.#say(this.value);
    write(this.#value, text);
    this.#input.setAttribute("aria-valuetext", text);
  }
}
