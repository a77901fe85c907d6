/** The action as bars between the bounds of each actuator; a click on a bar mutes its actuator. */
import type { Manifest } from "../generated/bundle";
import { element, write } from "./element";
import { strings } from "./strings";

export class ActionBars {
  readonly root: HTMLElement;
  readonly #bars = element("div", { class: "bars", role: "img" });
  readonly #hint = element("p", { class: "hint" });
  #action: Manifest["action"] | null = null;
  #values: Float32Array | null = null;
  #pointed: number | null = null;

  /** Called with the actuator whose bar was clicked. */
  muted: ((actuator: number) => void) | null = null;

  constructor() {
    this.root = element("section", { class: "actions" }, element("h3", {}, strings.actions), this.#bars, this.#hint);
    this.#bars.addEventListener("pointermove", (event) => {
      const bar = event.target instanceof Element ? event.target.closest(".bar") : null;
      this.#pointed = bar ? [...this.#bars.children].indexOf(bar) : null;
      this.#tell();
    });
    this.#bars.addEventListener("click", (event) => {
      const bar = event.target instanceof Element ? event.target.closest(".bar") : null;
      if (bar) this.muted?.([...this.#bars.children].indexOf(bar));
    });
    this.#bars.addEventListener("pointerleave", () => {
      this.#pointed = null;
      this.#tell();
    });
  }

  fit({ action }: Manifest): void {
    this.#action = action;
    this.#values = null;
    this.#bars.setAttribute("aria-label", strings.actionsHint(action.size));
    this.#bars.replaceChildren(
      ...Array.from({ length: action.size }, () => element("span", { class: "bar" }, element("i"))),
    );
    this.#tell();
  }

  /** Strikes through the actuators that get 0. */
  showMutes(mutes: readonly number[]): void {
    [...this.#bars.children].forEach((bar, actuator) => {
      bar.classList.toggle("muted", mutes.includes(actuator));
    });
  }

  draw(values: Float32Array): void {
    const action = this.#action;
    if (!action) return;
    this.#values = values;
    values.forEach((value, k) => {
      const fill = this.#bars.children[k]?.firstElementChild;
      if (!(fill instanceof HTMLElement)) return;
      const low = action.low[k] ?? -1;
      const high = action.high[k] ?? 1;
      const middle = (low + high) / 2;
      const share = Math.max(-1, Math.min(1, (value - middle) / ((high - low) / 2 || 1)));
      fill.style.transform = `scaleY(${share.toFixed(3)})`;
      fill.classList.toggle("saturated", Math.abs(share) > 0.999);
    });
    if (this.#pointed !== null) this.#tell();
  }

  #tell(): void {
    const action = this.#action;
    const k = this.#pointed;
    if (!action) return;
    if (k === null || k < 0) {
      write(this.#hint, strings.actionsHint(action.size));
      return;
    }
    const value = this.#values?.[k];
    const shown = value === undefined ? strings.unavailable : value.toFixed(3);
    write(this.#hint, strings.actionCell(action.names[k] || String(k), shown));
  }
}
