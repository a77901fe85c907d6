/** One quantity over the last seconds, drawn by uPlot; a pointer, a finger or the arrow keys read it. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { element, write } from "../controls/element";
import { type Quantity, strings } from "../strings";
import type { TraceBuffer } from "./trace_buffer";

/** A line: its name, its column of the buffer, and its colour as a CSS variable. */
export interface Line {
  readonly name: string;
  readonly column: number;
  readonly colour: string;
}

const WIDTH = 268;
const HEIGHT = 92;
/** More lines than these are told apart by pointing, not by a legend. */
const LEGEND = 8;
/** Pixels from the pointer within which a line is meant. */
const REACH = 14;
/** Steps of an arrow key, rows. */
const STRIDE = 5;

export class Chart {
  readonly root: HTMLElement;
  readonly #plot: uPlot;
  readonly #now = element("span", { class: "value" });
  readonly #legend = element("p", { class: "key" });
  readonly #values: readonly HTMLElement[];
  readonly #area = element("div", { class: "area", tabindex: 0, role: "slider" });
  readonly #unit: string;
  /** The row that is read, counted back from the newest; null: the newest. */
  #back: number | null = null;
  #focused = 0;
  #touched = false;
  #low = 0;
  #high = 0;

  constructor(
    quantity: Quantity,
    readonly lines: readonly Line[],
    readonly buffer: TraceBuffer,
    readonly seconds: number,
  ) {
    this.#unit = strings.unit[quantity];
    const title = element("h3", { title: strings.quantityTitle[quantity] });
    title.append(strings.chart(strings.quantity[quantity], this.#unit));
    this.#values = lines.map(() => element("b"));
    if (lines.length > 1 && lines.length <= LEGEND)
      lines.forEach((line, k) => {
        const key = element("span", { style: `--line: var(${line.colour})` }, `${line.name} `, this.#values[k] ?? null);
        this.#legend.append(key);
      });
    this.#legend.hidden = this.#legend.childElementCount === 0;
    this.#area.setAttribute("aria-label", strings.chartMoment(strings.quantity[quantity]));
    this.#area.setAttribute("aria-valuemax", "0");
    this.#area.setAttribute("aria-valuemin", String(-seconds));
    this.root = element(
      "figure",
      { class: "chart" },
      element("figcaption", {}, title, this.#now),
      this.#area,
      this.#legend,
    );
    this.root.dataset.quantity = quantity;
    this.#plot = new uPlot(this.#options(), [[], ...lines.map(() => [])], this.#area);
    this.#listen();
  }

  dispose(): void {
    this.#plot.destroy();
    this.root.remove();
  }

  /** Draws what the buffer has. */
  draw(): void {
    const { buffer, lines } = this;
    const columns = lines.map(({ column }) => buffer.column(column));
    this.#fit(columns);
    this.#plot.batch(() => {
      this.#plot.setData([buffer.ago, ...columns], false);
      this.#plot.setScale("x", { min: -this.seconds, max: 0 });
      this.#plot.setScale("y", { min: this.#low, max: this.#high });
    });
    this.#tell();
  }

  /** With other colours, where the theme changed. */
  recolour(): void {
    this.#plot.redraw(false);
  }

  /** Widens the scale at once, and narrows it only where the lines have become small in it. */
  #fit(columns: readonly Float64Array[]): void {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const column of columns)
      for (const value of column) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    if (!(low <= high)) [low, high] = [0, 1];
    const room = Math.max(0.08 * (high - low), 0.01 * Math.max(Math.abs(low), Math.abs(high)), 1e-3);
    const fits = low >= this.#low && high <= this.#high;
    if (fits && high - low > 0.4 * (this.#high - this.#low)) return;
    this.#low = low - room;
    this.#high = high + room;
  }

  #options(): uPlot.Options {
    const soft = () => colourOf("--ink-soft");
    const font = "11px ui-sans-serif, system-ui, sans-serif";
    const grid = { stroke: () => colourOf("--panel-edge"), width: 1 };
    const ticks = { show: false };
    return {
      width: WIDTH,
      height: HEIGHT,
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 6 },
        focus: { prox: REACH },
        // What a finger touched stays readable after it is lifted.
        bind: {
          mouseleave: (_plot, _target, leave) => (event) => {
            if (!this.#touched) leave(event);
            return null;
          },
        },
      },
      focus: { alpha: this.lines.length > LEGEND ? 0.3 : 1 },
      padding: [6, 10, 0, 0],
      scales: { x: { time: false, auto: false }, y: { auto: false } },
      axes: [
        { stroke: soft, font, grid, ticks, size: 20, gap: 2, space: 48, values: (_, at) => at.map(seconds) },
        { stroke: soft, font, grid, ticks, size: 40, gap: 4, space: 24, values: (_, at) => at.map(short) },
      ],
      series: [
        {},
        ...this.lines.map(({ name, colour }, k) => ({
          label: name,
          stroke: () => colourOf(colour, k / this.lines.length),
          width: this.lines.length > LEGEND ? 1 : 1.6,
          points: { show: false },
          gaps: (plot: uPlot, series: number) => gapsOf(plot, series),
        })),
      ],
      hooks: {
        drawAxes: [markEpisodes],
        setCursor: [({ cursor }) => this.#point(cursor.idx ?? null)],
        setSeries: [
          (_, series) => {
            if (series !== null && series > 0) this.#focused = series - 1;
          },
        ],
      },
    };
  }

  #listen(): void {
    // uPlot hears the mouse; fingers and pens are told to it.
    const { over } = this.#plot;
    const read = (event: PointerEvent) => {
      this.#touched = event.pointerType !== "mouse";
      if (!this.#touched) return;
      const { left, top } = over.getBoundingClientRect();
      this.#plot.setCursor({ left: event.clientX - left, top: event.clientY - top });
    };
    over.addEventListener("pointerdown", read);
    over.addEventListener("pointermove", read);
    this.#area.addEventListener("keydown", (event) => this.#press(event));
    this.#area.addEventListener("blur", () => {
      this.#back = null;
      this.#plot.setCursor({ left: -10, top: -10 });
      this.#tell();
    });
  }

  #press(event: KeyboardEvent): void {
    const last = this.buffer.length - 1;
    const back = this.#back ?? 0;
    const moved: Readonly<Record<string, number>> = {
      ArrowLeft: back + STRIDE,
      ArrowRight: back - STRIDE,
      Home: last,
      End: 0,
    };
    const turned: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1 };
    const next = moved[event.key];
    const turn = turned[event.key];
    if (next === undefined && turn === undefined) return;
    event.preventDefault();
    if (turn !== undefined) {
      this.#focused = (this.#focused + turn + this.lines.length) % this.lines.length;
      this.#plot.setSeries(this.#focused + 1, { focus: true });
    }
    if (next !== undefined) this.#back = Math.max(0, Math.min(last, next));
    const ago = this.buffer.ago[last - (this.#back ?? 0)];
    if (ago !== undefined) this.#plot.setCursor({ left: this.#plot.valToPos(ago, "x"), top: -10 }, false);
    this.#tell();
  }

  #point(index: number | null): void {
    this.#back = index === null ? null : this.buffer.length - 1 - index;
    this.#tell();
  }

  /** The numbers of the row that is read, in words. */
  #tell(): void {
    const { buffer, lines } = this;
    const row = buffer.length - 1 - (this.#back ?? 0);
    const ago = -(buffer.ago[row] ?? 0);
    const read = (line: Line) =>
      short(buffer.length === 0 ? Number.NaN : (buffer.column(line.column)[row] ?? Number.NaN));
    lines.forEach((line, k) => {
      const value = this.#values[k];
      if (value) write(value, read(line));
    });
    const one = lines[lines.length > LEGEND ? this.#focused : 0];
    const moment = this.#back === null ? "" : ` · ${strings.ago(ago)}`;
    const named = lines.length > LEGEND && one ? strings.chartLine(one.name, read(one)) : one ? read(one) : "";
    write(this.#now, `${lines.length > 1 && lines.length <= LEGEND ? "" : named}${moment}`.replace(/^ · /, ""));
    const all = (lines.length > LEGEND && one ? [one] : lines).map((line) => strings.chartLine(line.name, read(line)));
    this.#area.setAttribute("aria-valuenow", (-ago).toFixed(2));
    this.#area.setAttribute("aria-valuetext", `${strings.ago(ago)}: ${all.join(", ")} ${this.#unit}`.trim());
  }
}

/** A colour of the theme; `--hue` is a wheel of them, at `share` of a turn. */
function colourOf(variable: string, share = 0): string {
  const style = getComputedStyle(document.documentElement);
  if (variable === "--hue") return `hsl(${Math.round(360 * share)} 62% ${style.getPropertyValue("--hue-lightness")})`;
  return style.getPropertyValue(variable);
}

/** Where the line is broken, canvas pixels. */
function gapsOf(plot: uPlot, series: number): [number, number][] {
  const [ago, values] = [plot.data[0], plot.data[series]];
  const gaps: [number, number][] = [];
  if (!values) return gaps;
  for (let k = 1; k + 1 < values.length; k++) {
    if (!Number.isNaN(values[k])) continue;
    gaps.push([plot.valToPos(ago[k - 1] ?? 0, "x", true), plot.valToPos(ago[k + 1] ?? 0, "x", true)]);
  }
  return gaps;
}

/** An upright line where one episode ends and another begins. */
function markEpisodes(plot: uPlot): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colourOf("--rest");
  ctx.setLineDash([3, 3]);
  for (const [from, to] of gapsOf(plot, 1)) {
    ctx.beginPath();
    ctx.moveTo((from + to) / 2, bbox.top);
    ctx.lineTo((from + to) / 2, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

function seconds(value: number): string {
  return value === 0 ? "0 s" : `${value}`.replace("-", "−");
}

/** Four figures at most, with a proper minus. */
function short(value: number): string {
  if (Number.isNaN(value)) return strings.unavailable;
  const size = Math.abs(value);
  const text = size >= 1e5 || (size > 0 && size < 1e-3) ? value.toExponential(1) : String(Number(value.toPrecision(4)));
  return text.replace("-", "−");
}
