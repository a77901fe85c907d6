/** The section of the panel on the right about what stands between the policy and its body. */
import type { Manifest } from "../generated/bundle";
import type { PlayState } from "../sim/protocol";
import type { Actions } from "./actions";
import { element, write } from "./element";
import { Slider } from "./slider";
import { strings } from "./strings";
import { checkbox, foldable, labelled } from "./switches";

export class PolicySection {
  readonly root: HTMLElement;
  readonly #sampled = checkbox("sampled", strings.sampledTitle);
  readonly #sampling: HTMLElement;
  readonly #observation: Slider;
  readonly #action: Slider;
  readonly #summary = element("p", { class: "hint" });
  readonly #mutes = element("div", { class: "mutes", role: "group", "aria-label": strings.mutes });
  #isStochastic = false;

  constructor(readonly actions: Actions) {
    this.#sampling = labelled(this.#sampled, strings.sampled);
    this.#observation = new Slider(
      "observation-noise",
      strings.observationNoise,
      strings.observationNoiseTitle,
      { min: 0, max: 3, step: 0.05 },
      (sigma) => strings.sigma(sigma),
      (observation) => actions.setNoise({ observation }),
    );
    this.#action = new Slider(
      "action-noise",
      strings.actionNoise,
      strings.actionNoiseTitle,
      { min: 0, max: 0.5, step: 0.01 },
      (share) => strings.share(share),
      (action) => actions.setNoise({ action }),
    );
    this.root = foldable(
      "disturbance",
      strings.disturbance,
      false,
      this.#sampling,
      this.#observation.root,
      this.#action.root,
      this.#summary,
      this.#mutes,
    );
    this.#sampled.addEventListener("change", () => actions.setSampling(this.#sampled.checked));
  }

  fit({ action, network }: Manifest): void {
    this.#isStochastic = network.stochastic ?? false;
    this.#sampling.hidden = !this.#isStochastic;
    this.#mutes.replaceChildren(
      ...Array.from({ length: action.size }, (_, actuator) => {
        const name = action.names[actuator] || strings.actuator(actuator);
        const box = element("input", { type: "checkbox", "aria-label": strings.mute(name) });
        box.addEventListener("change", () => this.actions.toggleMute(actuator));
        return element("label", { class: "mute" }, box, element("span", {}, name));
      }),
    );
  }

  show(state: PlayState): void {
    this.#sampled.checked = state.sampled;
    // The files of TF.js have no distribution.
    this.#sampled.disabled = state.backend !== "onnx";
    this.#observation.show(state.noise.observation);
    this.#action.show(state.noise.action);
    write(this.#summary, strings.mutesSummary(state.mutes.length, this.#mutes.children.length));
    [...this.#mutes.querySelectorAll("input")].forEach((box, actuator) => {
      box.checked = state.mutes.includes(actuator);
    });
  }
}

/** Beside the parity badge, while the policy is not alone with its body: says so, and puts all back. */
export class Purity {
  readonly chip = element("button", {
    type: "button",
    class: "badge impure",
    hidden: true,
    title: strings.purifyTitle,
  });
  readonly #text = element("span", { class: "detail" });

  constructor(actions: Actions) {
    this.chip.append(element("span", { class: "name" }, strings.impure), this.#text, element("u", {}, strings.purify));
    this.chip.addEventListener("click", () => actions.purify());
  }

  show({ sampled, noise, mutes }: PlayState): void {
    const parts = [
      sampled ? strings.impureSampled : null,
      noise.observation > 0 ? strings.impureObservation : null,
      noise.action > 0 ? strings.impureAction : null,
      mutes.length > 0 ? strings.impureMuted(mutes.length) : null,
    ].filter((part) => part !== null);
    this.chip.hidden = parts.length === 0;
    if (parts.length > 0) write(this.#text, parts.join(" · "));
  }
}
