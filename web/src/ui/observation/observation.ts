/** The observation as a heat strip, one cell per number, its terms one under another; pointing at a cell reads it. */
import type { Loaded } from "../../protocol";
import { element, write } from "../controls/element";
import { strings } from "../strings";
import { UNUSUAL_SIGMA, unusualOf } from "./indicators";
import { termsOf } from "./observation_terms";

/** A term's place in the observation, and its cells. */
interface Run {
  readonly name: string;
  readonly from: number;
  readonly size: number;
  readonly canvas: HTMLCanvasElement;
}

/** Cells per row, and their pitch in CSS pixels. */
const COLUMNS = 44;
const CELL = 6;

export class ObservationStrip {
  readonly root: HTMLElement;
  readonly #indicator = element("span", { class: "indicator", hidden: true });
  readonly #heat = element("div", {
    class: "heat",
    tabindex: 0,
    role: "slider",
    "aria-label": strings.observationCells,
  });
  readonly #hint = element("p", { class: "hint" });
  #runs: readonly Run[] = [];
  #size = 0;
  #clip = Number.POSITIVE_INFINITY;
  #zeroed: readonly (readonly [number, number])[] = [];
  #values: Float32Array | null = null;
  #normalized: Float32Array | null = null;
  #pointed: number | null = null;

  constructor() {
    const title = element("h2", {}, strings.observation);
    this.root = element("section", { class: "strip" }, title, this.#indicator, this.#heat, this.#hint);
    const point = (event: PointerEvent) => this.#point(this.#under(event));
    this.#heat.addEventListener("pointermove", point);
    this.#heat.addEventListener("pointerdown", point);
    this.#heat.addEventListener("keydown", (event) => this.#press(event));
    this.#heat.addEventListener("blur", () => this.#point(null));
    // What a finger touched stays readable after it is lifted.
    this.#heat.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") this.#point(null);
    });
  }

  fit(loaded: Loaded): void {
    const { observation, normalization } = loaded.manifest;
    this.#size = observation.size;
    this.#clip = normalization.clip ?? Number.POSITIVE_INFINITY;
    this.#zeroed = (observation.zeroed ?? []) as (readonly [number, number])[];
    this.#values = null;
    this.#normalized = null;
    this.#pointed = null;
    this.#indicator.hidden = true;
    let from = 0;
    this.#runs = termsOf(loaded).map(({ name, size }) => {
      const run = { name, from, size, canvas: cells(size) };
      from += size;
      return run;
    });
    this.#heat.setAttribute("aria-valuemin", "0");
    this.#heat.setAttribute("aria-valuemax", String(this.#size - 1));
    this.#heat.replaceChildren(
      ...this.#runs.map(({ name, size, canvas }) =>
        element("div", {}, element("span", { class: "term" }, strings.term(name, size)), canvas),
      ),
    );
    this.#tell();
  }

  /** `normalized`: in standard deviations of the training's observations, where the policy is given them so. */
  draw(values: Float32Array, normalized: Float32Array | null): void {
    this.#values = values;
    this.#normalized = normalized;
    for (const run of this.#runs) this.#paint(run);
    this.#indicate();
    this.#tell();
  }

  #paint({ from, size, canvas }: Run): void {
    const context = canvas.getContext("2d");
    if (!context) return;
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (let k = 0; k < size; k++) {
      const [x, y] = [(k % COLUMNS) * CELL, Math.floor(k / COLUMNS) * CELL];
      context.fillStyle = this.#colour(from + k);
      context.fillRect(x, y, CELL - 1, CELL - 1);
      if (from + k !== this.#pointed) continue;
      context.strokeStyle = getComputedStyle(canvas).color;
      context.lineWidth = 1.5;
      context.strokeRect(x, y, CELL - 1, CELL - 1);
    }
  }

  /** Blue below, orange above the mean: in standard deviations where there are statistics, else on a soft scale. */
  #colour(index: number): string {
    if (this.#isZeroed(index)) return "rgb(128 128 128 / 0.16)";
    const depth = Math.tanh(((this.#normalized ?? this.#values)?.[index] ?? 0) / 2.5);
    return depth < 0 ? `rgb(79 150 194 / ${0.1 - 0.9 * depth})` : `rgb(236 129 96 / ${0.1 + 0.9 * depth})`;
  }

  #indicate(): void {
    const normalized = this.#normalized;
    this.#indicator.hidden = normalized === null;
    if (normalized === null) return;
    const { count, worst, sigma } = unusualOf(normalized);
    this.#indicator.classList.toggle("stands-out", count > 0);
    const name = count > 0 ? strings.worst(this.#nameOf(worst), this.#sigmaOf(sigma)) : "";
    write(this.#indicator, `${strings.unusual(count, this.#size, UNUSUAL_SIGMA)}${name}`);
    this.#indicator.title = strings.unusualTitle;
  }

  #under(event: PointerEvent): number | null {
    const run = this.#runs.find(({ canvas }) => canvas === event.target);
    const offset = Math.floor(event.offsetY / CELL) * COLUMNS + Math.floor(event.offsetX / CELL);
    return run && offset >= 0 && offset < run.size ? run.from + offset : null;
  }

  #press(event: KeyboardEvent): void {
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -COLUMNS,
      ArrowDown: COLUMNS,
      Home: -this.#size,
      End: this.#size,
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    this.#point(Math.max(0, Math.min(this.#size - 1, (this.#pointed ?? -Math.sign(move)) + move)));
  }

  #point(index: number | null): void {
    if (index === this.#pointed) return;
    const touched = [this.#runOf(this.#pointed), this.#runOf(index)];
    this.#pointed = index;
    for (const run of touched) if (run) this.#paint(run);
    this.#tell();
  }

  #tell(): void {
    const index = this.#pointed;
    const text = index === null ? strings.observationHint(this.#size) : this.#read(index);
    write(this.#hint, text);
    this.#heat.setAttribute("aria-valuenow", String(index ?? 0));
    this.#heat.setAttribute("aria-valuetext", text);
  }

  #read(index: number): string {
    const value = this.#values?.[index];
    const raw = value === undefined ? strings.unavailable : value.toPrecision(4);
    const normalized = this.#normalized?.[index];
    if (this.#isZeroed(index)) return strings.zeroedCell(this.#nameOf(index), raw);
    return strings.cell(this.#nameOf(index), raw, normalized === undefined ? null : this.#sigmaOf(normalized));
  }

  /** A number that was clipped is at least that far away. */
  #sigmaOf(sigma: number): string {
    const text = `${sigma < 0 ? "−" : "+"}${Math.abs(sigma).toFixed(2)}`;
    return strings.deviations(text, Math.abs(sigma) >= this.#clip);
  }

  #nameOf(index: number): string {
    const run = this.#runOf(index);
    return run ? `${run.name}[${index - run.from}]` : String(index);
  }

  #runOf(index: number | null): Run | undefined {
    return index === null ? undefined : this.#runs.find(({ from, size }) => index >= from && index < from + size);
  }

  #isZeroed(index: number): boolean {
    return this.#zeroed.some(([from, to]) => index >= from && index < to);
  }
}

/** An empty canvas with room for `size` cells; the strip as a whole has the name. */
function cells(size: number): HTMLCanvasElement {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const width = COLUMNS * CELL;
  const height = Math.ceil(size / COLUMNS) * CELL;
  const canvas = element("canvas");
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.getContext("2d")?.scale(ratio, ratio);
  return canvas;
}
