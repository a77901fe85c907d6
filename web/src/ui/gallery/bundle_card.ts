/** A served bundle as a card: its picture, where it lives, what it returns, and how it was proven. */
import { element, icon } from "../controls/element";
import { strings } from "../strings";

/** An entry of bundles/index.json. What an older `bbconvert export` did not write is missing. */
export interface ServedBundle {
  readonly name: string;
  readonly title: string;
  readonly env_id?: string;
  /** What Python found it to be when it was served or exported: described by the catalogue, its own, or altered. */
  readonly environment?: "catalogue" | "own" | "altered";
  readonly algorithm?: string;
  readonly control_hz?: number;
  /** Of episodes played in Gymnasium when the bundle was made. */
  readonly return?: { readonly mean: number; readonly std: number; readonly episodes: number } | null;
  readonly published?: { readonly mean_reward: number; readonly std?: number | null } | null;
  /** Checks that ran when the bundle was made, and how many failed. */
  readonly parity?: { readonly checks: number; readonly failed: number } | null;
  /** Of a picture, below the page. */
  readonly preview?: string | null;
}

/** The card's content: the caller makes it a link or a button. */
export function cardOf(bundle: ServedBundle): HTMLElement {
  return element("span", { class: "card-content" }, pictureOf(bundle), factsOf(bundle));
}

function pictureOf({ preview, env_id = "" }: ServedBundle): HTMLElement {
  const picture = element("span", { class: "preview" });
  if (preview) picture.append(element("img", { src: preview, alt: "", loading: "lazy", width: 480, height: 300 }));
  else {
    // Which way it leans, so that two of them do not look alike.
    const lean = [...env_id].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) % 997, 7) % 25;
    picture.style.setProperty("--lean", `${lean - 12}deg`);
    picture.classList.add("drawn");
    picture.append(figure());
  }
  return picture;
}

/** What is not verified about the bundle's environment; null where the catalogue describes it, or nothing is said. */
export function doubtOf(environment: ServedBundle["environment"]): string | null {
  return environment === "own" || environment === "altered" ? strings.environmentDoubt[environment] : null;
}

function factsOf(bundle: ServedBundle): HTMLElement {
  const { name, title, env_id, algorithm, control_hz, ...proof } = bundle;
  const facts = element("span", { class: "card-facts" }, element("b", {}, title || name));
  // CleanRL calls it ppo_continuous_action.
  const trained = algorithm?.split("_")[0]?.toUpperCase();
  const environment = [env_id, trained, control_hz === undefined ? null : strings.hertz(control_hz)];
  facts.append(element("small", {}, environment.filter((fact) => fact).join(" · ")));
  const { published, parity } = proof;
  if (proof.return) {
    const { mean, std, episodes } = proof.return;
    const beside = published ? strings.beside(figures(published.mean_reward)) : "";
    facts.append(element("small", {}, `${strings.cardReturn(figures(mean), figures(std), episodes)}${beside}`));
  }
  const doubt = doubtOf(bundle.environment);
  if (doubt !== null) {
    const mark = element("small", { class: "proof failed", title: strings.environmentTitle });
    mark.append(icon("cross"), doubt);
    facts.append(mark);
  }
  if (parity && parity.checks > 0) {
    const holds = parity.failed === 0;
    const text = holds ? strings.cardHolds(parity.checks) : strings.parityFailed(parity.failed, parity.checks);
    const mark = element("small", { class: holds ? "proof" : "proof failed", title: strings.cardParityTitle });
    mark.append(icon(holds ? "check" : "cross"), text);
    facts.append(mark);
  }
  return facts;
}

function figures(value: number): string {
  return Math.abs(value) < 100 ? value.toFixed(1) : String(Math.round(value));
}

/** Some walker on the floor, where there is no picture of the real body. */
function figure(): SVGSVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 160 100");
  svg.setAttribute("aria-hidden", "true");
  const strokes = [
    ["floor", "M0 72H160M0 82H160M0 95H160M80 72V100M58 72 34 100M102 72l24 28M36 72-10 100M124 72l46 28"],
    ["shade", "M52 83h58"],
    ["left", "M64 48 52 62l7 19M102 46l10 15-8 19"],
    ["trunk", "M62 44l42-6"],
    ["right", "M68 47 72 64l-8 18M98 44 92 62l9 19"],
  ];
  for (const [kind = "", d = ""] of strokes) {
    const path = document.createElementNS(namespace, "path");
    path.setAttribute("d", d);
    path.setAttribute("class", kind);
    svg.append(path);
  }
  return svg;
}
