/** A robot's gait: which feet were on the ground in the last seconds, and where its stride begins. */
import { type Frame, type Loaded, STRIDE } from "../../protocol";
import { element, write } from "../controls/element";
import { strings } from "../strings";

/** Simulated seconds that are shown. */
const SECONDS = 4;
/** CSS pixels. */
const ROW = 10;
const GAP = 4;

export class GaitStrip {
  readonly root: HTMLElement;
  readonly #phase = element("span", { class: "value" });
  readonly #names = element("div", { class: "feet" });
  readonly #canvas = element("canvas", { role: "img", "aria-label": strings.gait });
  #feet = 0;
  #dt = 0.02;
  #episode = -1;
  #step = 0;
  /** A bit a foot, and `STRIDE`; the newest last. */
  #rows: number[] = [];

  constructor() {
    const heading = element("div", { class: "row" }, element("h2", {}, strings.gait), this.#phase);
    const strip = element("div", { class: "strip" }, this.#names, this.#canvas);
    this.root = element("section", { class: "gait", hidden: true }, heading, strip);
  }

  fit({ manifest, feet }: Loaded): void {
    this.#feet = feet.length;
    this.#dt = manifest.env.dt;
    this.#rows = [];
    this.#episode = -1;
    this.root.hidden = feet.length === 0;
    this.#names.replaceChildren(...feet.map((name) => element("span", { title: name }, strings.foot(name))));
    const height = Math.max(1, feet.length) * (ROW + GAP) - GAP;
    this.#canvas.style.height = `${height}px`;
    write(this.#phase, "");
  }

  draw({ episode, step, gait, phase }: Frame): void {
    if (this.#feet === 0) return;
    // A moment that was returned to has another past.
    if (episode !== this.#episode || step < this.#step) this.#rows = [];
    this.#episode = episode;
    this.#step = step;
    const most = Math.round(SECONDS / this.#dt);
    if (gait !== null) this.#rows = [...this.#rows, ...gait].slice(-most);
    write(this.#phase, phase === null ? "" : strings.phase(phase));
    this.#paint(most);
  }

  #paint(most: number): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const scale = window.devicePixelRatio || 1;
    this.#canvas.width = Math.max(1, Math.round(clientWidth * scale));
    this.#canvas.height = Math.max(1, Math.round(clientHeight * scale));
    const pen = this.#canvas.getContext("2d");
    if (pen === null || clientWidth === 0) return;
    pen.scale(scale, scale);
    const style = getComputedStyle(this.#canvas);
    const width = clientWidth / most;
    const begin = clientWidth - this.#rows.length * width;
    pen.fillStyle = style.getPropertyValue("--track");
    for (let foot = 0; foot < this.#feet; foot++) pen.fillRect(0, foot * (ROW + GAP), clientWidth, ROW);
    pen.fillStyle = style.getPropertyValue("--ground");
    this.#rows.forEach((bits, i) => {
      for (let foot = 0; foot < this.#feet; foot++)
        if ((bits >> foot) & 1) pen.fillRect(begin + i * width, foot * (ROW + GAP), width + 0.4, ROW);
    });
    pen.fillStyle = style.getPropertyValue("--stride");
    this.#rows.forEach((bits, i) => {
      if (bits & STRIDE) pen.fillRect(begin + i * width, 0, 1, clientHeight);
    });
  }
}
