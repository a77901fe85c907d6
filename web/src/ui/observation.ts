/** The observation as a heat strip, one cell per number, its terms one under another with their names. */
import type { Manifest } from "../generated/bundle";
import type { Loaded } from "../sim/protocol";
import { element, write } from "./element";
import { strings } from "./strings";

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
  readonly #heat = element("div", { class: "heat" });
  readonly #hint = element("p", { class: "hint" });
  #runs: readonly Run[] = [];
  #size = 0;
  #mean: readonly number[] | null = null;
  #deviation: readonly number[] = [];
  #values: Float32Array | null = null;
  #pointed: { readonly run: Run; readonly offset: number } | null = null;

  constructor() {
    this.root = element("section", { class: "strip" }, element("h3", {}, strings.observation), this.#heat, this.#hint);
    this.#heat.addEventListener("pointermove", (event) => {
      const run = this.#runs.find(({ canvas }) => canvas === event.target);
      const offset = Math.floor(event.offsetY / CELL) * COLUMNS + Math.floor(event.offsetX / CELL);
      this.#pointed = run && offset < run.size ? { run, offset } : null;
      this.#tell();
    });
    this.#heat.addEventListener("pointerleave", () => {
      this.#pointed = null;
      this.#tell();
    });
  }

  fit(loaded: Loaded): void {
    const { observation, normalization } = loaded.manifest;
    this.#size = observation.size;
    this.#mean = normalization.mean ?? null;
    this.#deviation = (normalization.var ?? []).map((value) => Math.sqrt(value + (normalization.epsilon ?? 1e-8)));
    this.#values = null;
    this.#pointed = null;
    let from = 0;
    this.#runs = sizesOf(loaded).map(({ name, size }) => {
      const run = { name, from, size, canvas: cells(name, size) };
      from += size;
      return run;
    });
    this.#heat.replaceChildren(
      ...this.#runs.map(({ name, size, canvas }) =>
        element("div", {}, element("span", { class: "term" }, strings.term(name, size)), canvas),
      ),
    );
    this.#tell();
  }

  draw(values: Float32Array): void {
    this.#values = values;
    for (const { from, size, canvas } of this.#runs) {
      const context = canvas.getContext("2d");
      if (!context) return;
      context.clearRect(0, 0, canvas.width, canvas.height);
      for (let k = 0; k < size; k++) {
        context.fillStyle = this.#colour(from + k, values[from + k] ?? 0);
        context.fillRect((k % COLUMNS) * CELL, Math.floor(k / COLUMNS) * CELL, CELL - 1, CELL - 1);
      }
    }
    if (this.#pointed !== null) this.#tell();
  }

  /** Blue below, orange above what is usual: in deviations where the bundle has statistics, else on a soft scale. */
  #colour(index: number, value: number): string {
    const mean = this.#mean?.[index];
    const unusual = mean === undefined ? value : (value - mean) / (this.#deviation[index] ?? 1);
    const depth = Math.tanh(unusual / 2.5);
    return depth < 0 ? `rgb(79 150 194 / ${0.1 - 0.9 * depth})` : `rgb(236 129 96 / ${0.1 + 0.9 * depth})`;
  }

  #tell(): void {
    const pointed = this.#pointed;
    if (pointed === null) {
      write(this.#hint, strings.observationHint(this.#size));
      return;
    }
    const { run, offset } = pointed;
    const value = this.#values?.[run.from + offset];
    write(this.#hint, strings.cell(run.name, offset, value === undefined ? strings.unavailable : value.toPrecision(4)));
  }
}

/** An empty canvas with room for `size` cells. */
function cells(name: string, size: number): HTMLCanvasElement {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const width = COLUMNS * CELL;
  const height = Math.ceil(size / COLUMNS) * CELL;
  const canvas = element("canvas", { role: "img", "aria-label": strings.term(name, size) });
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.getContext("2d")?.scale(ratio, ratio);
  return canvas;
}

/** Numbers in a whole source array, by the model's dimensions. */
function lengthOf(source: Manifest["observation"]["terms"][number]["source"], { snapshot, scene }: Loaded): number {
  const nbody = scene.bodies.length;
  switch (source) {
    case "qpos":
      return snapshot.qpos.length;
    case "qvel":
    case "qfrc_actuator":
    case "qfrc_constraint":
      return snapshot.qvel.length;
    case "ctrl":
      return snapshot.ctrl.length;
    case "cinert":
      return 10 * nbody;
    case "cvel":
    case "cfrc_ext":
      return 6 * nbody;
    case "xpos":
    case "xipos":
      return 3 * nbody;
    case "xquat":
      return 4 * nbody;
    case "xmat":
      return 9 * nbody;
    case "time_left":
      return 1;
  }
}

/** Name and size of every term; one run of all where a size cannot be told, for better no names than wrong ones. */
function sizesOf(loaded: Loaded): readonly { readonly name: string; readonly size: number }[] {
  const { size, terms } = loaded.manifest.observation;
  const nbody = loaded.scene.bodies.length;
  const sizes = terms.map((term) => {
    const whole = lengthOf(term.source, loaded);
    const end = term.to ?? (term.body == null ? whole : whole / nbody);
    return { name: term.name, size: end - (term.from ?? 0) };
  });
  const total = sizes.reduce((sum, term) => sum + term.size, 0);
  return total === size ? sizes : [{ name: strings.observation, size }];
}
