/** Live charts, in a section of the panel: chips choose what is drawn; while it is folded, nothing is traced. */
import type { Player } from "../../player/player";
import { type Frame, type Loaded, TRACE } from "../../protocol";
import { messageOf } from "../actions";
import { element } from "../controls/element";
import { follow, frame, loaded } from "../page/now";
import { type Quantity, strings } from "../strings";
import type { Chart, Line } from "./chart";
import { TraceBuffer } from "./trace_buffer";

/** Seconds of simulated time that a chart shows. */
const SHOWN_S = 10;
/** Milliseconds from one drawing to the next. */
const DRAW_MS = 50;
const QUANTITIES: readonly Quantity[] = ["reward", "terms", "height", "speed", "value", "action"];
const FIRST: readonly Quantity[] = ["reward", "height"];
const COLOURS = ["--accent", "--left", "--right", "--line-4", "--line-5", "--line-6", "--line-7", "--line-8"];

export class Charts {
  readonly root: HTMLElement;
  readonly #details: HTMLDetailsElement;
  readonly #chips = element("div", { class: "chips", role: "group", "aria-label": strings.chartsTitle });
  readonly #figures = element("div", { class: "figures" });
  readonly #boxes = new Map<Quantity, HTMLInputElement>();
  readonly #drawn = new Map<Quantity, Chart>();
  #buffer = new TraceBuffer(TRACE.terms, SHOWN_S, 1);
  #lines: Readonly<Record<Quantity, readonly Line[]>> | null = null;
  #shown = Number.NEGATIVE_INFINITY;
  #later = 0;

  /** `complain` is told what went wrong. */
  constructor(
    readonly player: Player,
    readonly complain: (message: string) => void,
  ) {
    for (const quantity of QUANTITIES) {
      const box = element("input", { type: "checkbox", checked: FIRST.includes(quantity) });
      const label = element("label", { class: "chip", title: strings.quantityTitle[quantity] });
      label.append(box, element("span", {}, strings.quantity[quantity]));
      box.addEventListener("change", () => void this.#follow());
      this.#boxes.set(quantity, box);
      this.#chips.append(label);
    }
    const summary = element("summary", {}, element("h2", {}, strings.charts));
    const within = element("div", { class: "within" }, this.#chips, this.#figures);
    this.#details = element("details", { class: "foldable" }, summary, within);
    this.root = element("section", { class: "charts switches" }, this.#details);
    this.#details.addEventListener("toggle", () => void this.#follow());
    follow(loaded, (bundle) => this.#fit(bundle));
    follow(frame, (latest) => this.#frame(latest));
    window
      .matchMedia("(prefers-color-scheme: dark)")
      .addEventListener("change", () => this.#drawn.forEach((chart) => void chart.recolour()));
  }

  #fit({ manifest }: Loaded): void {
    const terms = manifest.env.reward.map(({ name }) => name);
    const { size, names } = manifest.action;
    this.#buffer = new TraceBuffer(TRACE.terms + terms.length + size, SHOWN_S, manifest.env.dt);
    const one = (quantity: "reward" | "height" | "speed" | "value"): Line[] => [
      { name: strings.quantity[quantity], column: TRACE[quantity], colour: "--accent" },
    ];
    const action = (k: number): Line => ({
      name: names[k] || strings.actuator(k),
      column: TRACE.terms + terms.length + k,
      colour: size > COLOURS.length ? "--hue" : (COLOURS[k] ?? "--hue"),
    });
    this.#lines = {
      reward: one("reward"),
      terms: terms.map((name, k) => ({ name: plain(name), column: TRACE.terms + k, colour: COLOURS[k] ?? "--hue" })),
      height: one("height"),
      speed: one("speed"),
      value: one("value"),
      action: Array.from({ length: size }, (_, k) => action(k)),
    };
    this.#offer("value", manifest.network.critic === true);
    this.#offer("terms", terms.length > 1);
    this.#forget();
    void this.#follow();
  }

  #frame({ traces }: Frame): void {
    if (traces === null || this.#drawn.size === 0) return;
    this.#buffer.push(traces);
    window.clearTimeout(this.#later);
    const wait = this.#shown + DRAW_MS - performance.now();
    // The last one of all is drawn too.
    if (wait > 0) this.#later = window.setTimeout(() => this.#draw(), wait);
    else this.#draw();
  }

  #draw(): void {
    this.#shown = performance.now();
    this.#drawn.forEach((chart) => void chart.draw());
  }

  /** Draws what is chosen, and has it traced; nothing of both while folded. */
  async #follow(): Promise<void> {
    const lines = this.#lines;
    if (lines === null) return;
    const chosen = this.#details.open ? QUANTITIES.filter((quantity) => this.#chosen(quantity)) : [];
    try {
      if (chosen.length === 0) {
        this.#forget();
        await this.player.trace(null);
        return;
      }
      await this.player.trace({ critic: chosen.includes("value") });
      const { Chart } = await import("./chart");
      // Another choice or another bundle came meanwhile: its call draws.
      if (lines !== this.#lines || !this.#details.open) return;
      for (const quantity of QUANTITIES) {
        const drawn = this.#drawn.get(quantity);
        if (drawn && !this.#chosen(quantity)) {
          drawn.dispose();
          this.#drawn.delete(quantity);
        }
        if (!drawn && this.#chosen(quantity))
          this.#drawn.set(quantity, new Chart(quantity, lines[quantity], this.#buffer, SHOWN_S));
      }
      // In the chips' order, whatever was chosen first.
      this.#figures.replaceChildren(...QUANTITIES.flatMap((quantity) => this.#drawn.get(quantity)?.root ?? []));
      this.#draw();
    } catch (error) {
      this.complain(error instanceof TypeError ? strings.chartsFailed : messageOf(error));
    }
  }

  #chosen(quantity: Quantity): boolean {
    const box = this.#boxes.get(quantity);
    return box?.checked === true && !box.disabled;
  }

  #offer(quantity: Quantity, offered: boolean): void {
    const box = this.#boxes.get(quantity);
    if (!box) return;
    box.disabled = !offered;
    if (box.parentElement) box.parentElement.hidden = !offered;
  }

  #forget(): void {
    window.clearTimeout(this.#later);
    this.#buffer.clear();
    for (const chart of this.#drawn.values()) chart.dispose();
    this.#drawn.clear();
  }
}

/** Gymnasium's names of reward terms begin alike. */
function plain(name: string): string {
  return name.replace(/^reward_/, "");
}
