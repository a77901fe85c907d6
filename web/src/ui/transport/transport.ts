/** The bar at the bottom: what runs, how fast, from which seed, by which policy, and a push. */
import type { PlayState } from "../../protocol";
import type { Actions } from "../actions";
import { element, type IconName, icon, write } from "../controls/element";
import type { Notices } from "../notices/notices";
import { strings } from "../strings";

/** The speed slider is logarithmic: 0.1 to 4, in fortieths of a decade; beyond its last notch it is as fast as possible. */
const SLOWEST = 0.1;
const FASTEST = 4;
const PER_DECADE = 40;
const LAST_NOTCH = Math.round(PER_DECADE * Math.log10(FASTEST));
const UNLIMITED_NOTCH = LAST_NOTCH + 4;

/** A push's strength per kilogram of the model, N·s/kg: what it changes the speed by, m/s. */
const GENTLEST = 0.1;
const STRONGEST = 2;
const USUAL = 0.8;

export class Transport {
  readonly #play = button("play", strings.play, "Space", "primary");
  readonly #speed = element("input", {
    type: "range",
    id: "speed",
    min: PER_DECADE * Math.log10(SLOWEST),
    max: UNLIMITED_NOTCH,
    value: 0,
    title: strings.speedTitle,
  });
  readonly #speedValue = element("output", { for: "speed" });
  readonly #seed = element("input", {
    type: "number",
    id: "seed",
    min: 0,
    step: 1,
    value: 0,
    inputmode: "numeric",
    title: strings.seedTitle,
  });
  readonly #policy = element("input", {
    type: "checkbox",
    id: "policy",
    role: "switch",
    title: `${strings.policyTitle} (P)`,
  });
  readonly #backends = {
    onnx: radio("onnx", strings.backendTitle.onnx),
    tfjs: radio("tfjs", strings.backendTitle.tfjs),
  };
  readonly #strength = element("input", { type: "range", id: "strength", title: strings.strengthTitle, step: "any" });
  readonly #strengthValue = element("output", { for: "strength" });

  constructor(
    root: HTMLElement,
    readonly actions: Actions,
    readonly notices: Notices,
  ) {
    const step = button("step", strings.step, ".");
    const reset = button("reset", strings.reset, "R");
    const push = element("button", { type: "button", class: "button push", title: `${strings.pushTitle} (↑)` });
    push.append(icon("push"), strings.push);
    const more = button("more", strings.more, null, "more");
    more.setAttribute("aria-expanded", "false");
    more.setAttribute("aria-controls", "settings");

    const policy = element("label", { class: "switch", for: "policy", title: `${strings.policyTitle} (P)` });
    policy.append(this.#policy, element("span", { class: "track" }), strings.policy);
    const settings = element(
      "div",
      { class: "settings", id: "settings" },
      field("speed", strings.speed, this.#speed, this.#speedValue),
      field("strength", strings.strength, this.#strength, this.#strengthValue),
      field("seed", strings.seed, this.#seed),
      this.#backendField(),
    );
    root.setAttribute("aria-label", strings.transport);
    root.append(element("div", { class: "main" }, this.#play, step, reset, policy, push, more), settings);

    this.#play.addEventListener("click", () => actions.togglePlay());
    step.addEventListener("click", () => actions.step());
    reset.addEventListener("click", () => actions.reset());
    push.addEventListener("click", () => actions.push("away"));
    more.addEventListener("click", () => {
      const open = root.classList.toggle("open");
      more.setAttribute("aria-expanded", String(open));
    });
    this.#policy.addEventListener("change", () => actions.setPolicy(this.#policy.checked));
    this.#speed.addEventListener("input", () => {
      const speed = speedAt(Number(this.#speed.value));
      this.#showSpeed(speed);
      actions.setSpeed(speed);
    });
    this.#speed.addEventListener("dblclick", () => actions.setSpeed(1));
    this.#seed.addEventListener("change", () => this.#takeSeed());
    this.#strength.addEventListener("input", () => this.#takeStrength());
    for (const backend of ["onnx", "tfjs"] as const)
      this.#backends[backend].addEventListener("change", () => actions.setBackend(backend));
  }

  /** Shows the state of the player. */
  show(state: PlayState): void {
    this.#play.replaceChildren(icon(state.playing ? "pause" : "play"));
    const label = state.playing ? strings.pause : strings.play;
    this.#play.setAttribute("aria-label", label);
    this.#play.title = `${label} (Space)`;
    if (document.activeElement !== this.#seed) this.#seed.value = String(state.seed);
    this.#policy.checked = state.policy;
    this.#backends[state.backend].checked = true;
    const notch = Number.isFinite(state.speed) ? Math.round(PER_DECADE * Math.log10(state.speed)) : UNLIMITED_NOTCH;
    this.#speed.value = String(notch);
    this.#showSpeed(state.speed);
  }

  /** Scales the push to a model of `mass` kilograms. */
  fit(mass: number): void {
    this.#strength.min = String(GENTLEST * mass);
    this.#strength.max = String(STRONGEST * mass);
    this.#strength.value = String(USUAL * mass);
    this.#takeStrength();
  }

  #takeSeed(): void {
    const seed = this.#seed.value.trim() === "" ? Number.NaN : Number(this.#seed.value);
    if (Number.isSafeInteger(seed) && seed >= 0) {
      this.actions.reset(seed);
      return;
    }
    this.notices.toast(strings.badSeed);
    this.#seed.value = String(this.actions.player.state.seed);
  }

  #takeStrength(): void {
    this.actions.impulse = Number(this.#strength.value);
    write(this.#strengthValue, strings.strengthValue(this.actions.impulse));
  }

  #showSpeed(speed: number): void {
    write(this.#speedValue, strings.speedValue(speed));
    this.#speed.setAttribute("aria-valuetext", strings.speedValue(speed));
  }

  #backendField(): HTMLElement {
    const options = (["onnx", "tfjs"] as const).map((backend) => {
      const label = element("label", { title: strings.backendTitle[backend] });
      label.append(this.#backends[backend], element("span", {}, strings.backendName[backend]));
      return label;
    });
    const group = element("div", { class: "segments" }, ...options);
    const field = element("fieldset", { class: "field" }, element("legend", {}, strings.backend), group);
    return field;
  }
}

/** The speed of a slider position, rounded to what the label says. */
function speedAt(position: number): number {
  if (position > LAST_NOTCH + 1) return Number.POSITIVE_INFINITY;
  const speed = 10 ** (position / PER_DECADE);
  return Math.min(FASTEST, Math.max(SLOWEST, speed < 1 ? Math.round(speed * 20) / 20 : Math.round(speed * 10) / 10));
}

function button(name: IconName, label: string, key: string | null, kind = ""): HTMLButtonElement {
  const title = key ? `${label} (${key})` : label;
  return element("button", { type: "button", class: `icon-button ${kind}`, "aria-label": label, title }, icon(name));
}

function radio(value: string, title: string): HTMLInputElement {
  return element("input", { type: "radio", name: "backend", value, title });
}

function field(id: string, label: string, ...controls: HTMLElement[]): HTMLElement {
  return element("div", { class: `field ${id}` }, element("label", { for: id }, label), ...controls);
}
