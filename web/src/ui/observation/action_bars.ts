/** The action as bars between the limits of each actuator; a click on a bar, or Enter, mutes its actuator. */
import type { Manifest } from "../../generated/bundle";
import { element, write } from "../controls/element";
import { strings } from "../strings";
import { isSaturated, shareOf } from "./indicators";

export class ActionBars {
  readonly root: HTMLElement;
  readonly #indicator = element("span", { class: "indicator", title: strings.saturatedTitle });
  readonly #bars = element("div", { class: "bars", tabindex: 0, role: "slider", "aria-label": strings.actionBars });
  readonly #hint = element("p", { class: "hint" });
  #action: Manifest["action"] | null = null;
  #values: Float32Array | null = null;
  #pointed: number | null = null;

  /** `mute` is called with the actuator whose bar was pressed. */
  constructor(readonly mute: (actuator: number) => void) {
    const title = element("h2", {}, strings.actions);
    this.root = element("section", { class: "actions" }, title, this.#indicator, this.#bars, this.#hint);
    const under = (event: Event): number | null => {
      const bar = event.target instanceof Element ? event.target.closest(".bar") : null;
      return bar ? [...this.#bars.children].indexOf(bar) : null;
    };
    this.#bars.addEventListener("pointermove", (event) => this.#point(under(event)));
    this.#bars.addEventListener("pointerdown", (event) => this.#point(under(event)));
    this.#bars.addEventListener("click", (event) => {
      const actuator = under(event);
      if (actuator !== null) this.mute(actuator);
    });
    this.#bars.addEventListener("keydown", (event) => this.#press(event));
    this.#bars.addEventListener("blur", () => this.#point(null));
    // What a finger touched stays readable after it is lifted.
    this.#bars.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") this.#point(null);
    });
  }

  fit({ action }: Manifest): void {
    this.#action = action;
    this.#values = null;
    this.#pointed = null;
    this.#bars.setAttribute("aria-valuemin", "0");
    this.#bars.setAttribute("aria-valuemax", String(action.size - 1));
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
    let saturated = 0;
    values.forEach((value, k) => {
      const fill = this.#bars.children[k]?.firstElementChild;
      if (!(fill instanceof HTMLElement)) return;
      fill.style.transform = `scaleY(${shareOf(action, k, value).toFixed(3)})`;
      const full = isSaturated(action, k, value);
      fill.classList.toggle("saturated", full);
      if (full) saturated += 1;
    });
    this.#indicator.classList.toggle("stands-out", saturated > 0);
    write(this.#indicator, strings.saturated(saturated, action.size));
    this.#tell();
  }

  #press(event: KeyboardEvent): void {
    const last = (this.#action?.size ?? 1) - 1;
    const at = this.#pointed;
    const moved: Readonly<Record<string, number>> = {
      ArrowLeft: (at ?? 1) - 1,
      ArrowRight: (at ?? -1) + 1,
      Home: 0,
      End: last,
    };
    const next = moved[event.key];
    if (next !== undefined) this.#point(Math.max(0, Math.min(last, next)));
    else if (event.key === "Enter" && at !== null) this.mute(at);
    else return;
    event.preventDefault();
  }

  #point(actuator: number | null): void {
    this.#bars.children[this.#pointed ?? -1]?.classList.remove("pointed");
    this.#pointed = actuator;
    this.#bars.children[actuator ?? -1]?.classList.add("pointed");
    this.#tell();
  }

  #tell(): void {
    const action = this.#action;
    if (!action) return;
    const text = this.#pointed === null ? strings.actionsHint(action.size) : this.#read(action, this.#pointed);
    write(this.#hint, text);
    this.#bars.setAttribute("aria-valuenow", String(this.#pointed ?? 0));
    this.#bars.setAttribute("aria-valuetext", text);
  }

  #read({ names, low, high }: Manifest["action"], k: number): string {
    const value = this.#values?.[k];
    const shown = value === undefined ? strings.unavailable : value.toFixed(3);
    const limit = (bound: number) => String(Number(bound.toPrecision(3)));
    return strings.actionCell(names[k] || strings.actuator(k), shown, limit(low[k] ?? -1), limit(high[k] ?? 1));
  }
}
