/** The section of the panel on the right about hands: how stiff, felt or not, what is pinned, and pushes by themselves. */
import type { Frame, PlayState } from "../sim/protocol";
import { SOFTEST, STIFFEST } from "../sim/stiffness";
import type { Actions } from "./actions";
import { element, icon, write } from "./element";
import { Slider } from "./slider";
import { strings } from "./strings";
import { checkbox, foldable, labelled } from "./switches";

/** Pushes a minute. */
const OFTEN = { min: 2, max: 60, step: 2 };
const USUAL_RATE = 12;
/** Of a random push, N·s/kg. */
const GENTLEST = 0.05;
const STRONGEST = 1.5;
const USUAL = 0.4;

export class Hands {
  readonly root: HTMLElement;
  readonly #stiffness: Slider;
  readonly #felt = checkbox("hand-felt", strings.handFeltTitle);
  readonly #random = checkbox("random-pushes", strings.randomPushesTitle);
  readonly #rate: Slider;
  readonly #impulse: Slider;
  readonly #settings = element("div", { class: "nested", hidden: true });
  readonly #pins = element("div", { class: "row pins", hidden: true });
  readonly #pinned = element("span", { class: "label" });
  #mass = 1;

  constructor(actions: Actions) {
    this.#stiffness = new Slider(
      "stiffness",
      strings.stiffness,
      strings.stiffnessTitle,
      { min: 0, max: 100, step: 1 },
      (notch) => strings.stiffnessValue(stiffnessAt(notch) * this.#mass),
      (notch) => actions.setStiffness(stiffnessAt(notch)),
    );
    const pushes = () => actions.setRandomPushes({ perMinute: this.#rate.value, impulse: this.#impulse.value });
    this.#rate = new Slider(
      "random-rate",
      strings.randomRate,
      strings.randomRateTitle,
      OFTEN,
      strings.randomRateValue,
      pushes,
    );
    this.#impulse = new Slider(
      "random-impulse",
      strings.strength,
      strings.randomImpulseTitle,
      { min: 0, max: 1, step: "any" },
      strings.strengthValue,
      pushes,
    );
    const letGo = element("button", { type: "button", class: "button small", title: `${strings.unpinTitle} (X)` });
    letGo.append(icon("cross"), strings.unpin);
    this.#pins.append(this.#pinned, letGo);
    this.#settings.append(this.#rate.root, this.#impulse.root);
    this.root = foldable(
      "hands",
      strings.hands,
      true,
      this.#pins,
      this.#stiffness.root,
      labelled(this.#felt, strings.handFelt),
      labelled(this.#random, strings.randomPushes),
      this.#settings,
    );
    letGo.addEventListener("click", () => actions.unpin());
    this.#felt.addEventListener("change", () => actions.setHandFelt(this.#felt.checked));
    this.#random.addEventListener("change", () => {
      void (this.#random.checked ? pushes() : actions.setRandomPushes(null));
    });
  }

  /** Scales the forces to a model of `mass` kilograms. */
  fit(mass: number): void {
    this.#mass = mass;
    this.#rate.show(USUAL_RATE);
    this.#impulse.fit({ min: GENTLEST * mass, max: STRONGEST * mass, step: "any" });
    this.#impulse.show(USUAL * mass);
    this.#stiffness.show(this.#stiffness.value);
  }

  show(state: PlayState): void {
    this.#stiffness.show(notchOf(state.stiffness));
    this.#felt.checked = state.handFelt;
    this.#random.checked = state.randomPushes !== null;
    this.#settings.hidden = state.randomPushes === null;
    if (state.randomPushes === null) return;
    this.#rate.show(state.randomPushes.perMinute);
    this.#impulse.show(state.randomPushes.impulse);
  }

  frame({ pins }: Frame): void {
    this.#pins.hidden = pins.length === 0;
    if (pins.length > 0) write(this.#pinned, strings.pinned(pins.map(({ body }) => body)));
  }
}

function stiffnessAt(notch: number): number {
  return SOFTEST * (STIFFEST / SOFTEST) ** (notch / 100);
}

function notchOf(stiffness: number): number {
  return Math.round((100 * Math.log(stiffness / SOFTEST)) / Math.log(STIFFEST / SOFTEST));
}
