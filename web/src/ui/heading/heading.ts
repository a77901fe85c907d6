/** Top left: what plays, where it came from, and the plain facts about it. */
import type { Manifest } from "../../generated/bundle";
import { element } from "../controls/element";
import type { ServedBundle } from "../gallery/bundle_card";
import { strings } from "../strings";
import { Picker } from "./picker";

export class Heading {
  readonly #title = element("h1", {}, strings.product);
  readonly #picker: Picker;
  readonly #source = element("p", { class: "source" });
  readonly #facts = element("p", { class: "facts" });
  readonly #falls = element("p", { class: "falls", hidden: true });

  /** `chosen` is called with the name of a bundle picked from the list. `badge` follows the facts, `share` the title. */
  constructor(root: HTMLElement, badge: HTMLElement, share: HTMLElement, chosen: (bundle: string) => void) {
    this.#picker = new Picker(chosen);
    const titled = element("div", { class: "titled" }, this.#title, share, this.#picker.opener);
    root.append(titled, this.#source, this.#facts, this.#falls, badge);
  }

  /** Offers the served bundles; a single one needs no list. */
  offer(served: readonly ServedBundle[], current: string): void {
    this.#picker.offer(served, current);
  }

  /** Marks what plays in the list. */
  mark(bundle: string): void {
    this.#picker.show(bundle);
  }

  show(manifest: Manifest): void {
    this.#title.textContent = manifest.title;
    document.title = `${manifest.title} · ${strings.product}`;
    this.#source.replaceChildren(...source(manifest));
    const { dt } = manifest.env;
    const rate = element("strong", { title: strings.rateTitle(trim(1000 * dt)) }, strings.rate(rateOf(dt)));
    const published = manifest.published;
    const figure = published
      ? strings.published(trim(published.mean_reward), published.std == null ? null : trim(published.std))
      : null;
    const facts = [strings.sizes(manifest.observation.size, manifest.action.size), figure].filter(
      (fact) => fact !== null,
    );
    this.#facts.replaceChildren(rate, ...facts.map((fact) => element("span", {}, fact)));
    const falls = fallsAfter(manifest);
    this.#falls.hidden = falls === null;
    if (falls !== null) this.#falls.textContent = strings.falls(falls.toFixed(1));
  }
}

/** Control rate as people write it: 66.7, 100, 125. */
export function rateOf(dt: number): string {
  return trim(Math.round(10 / dt) / 10);
}

/**
 * Median seconds to the fall in Python, where the policy usually falls long before its episodes are truncated; else null.
 *
 * From the closed-loop episodes that were recorded in Gymnasium when the bundle was made.
 */
export function fallsAfter({ env, parity }: Manifest): number | null {
  const lengths = parity?.episodes?.lengths ?? [];
  if (lengths.length === 0 || !env.termination.terminate_when_unhealthy) return null;
  const sorted = [...lengths].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const limit = env.max_episode_steps ?? Number.POSITIVE_INFINITY;
  return median < limit / 2 ? median * env.dt : null;
}

function source({ source }: Manifest): (Node | string)[] {
  const repository = source.repo_id;
  if (!repository) return [strings.localFile(source.filename)];
  const revision = source.revision ?? null;
  const path = revision ? `${repository}/tree/${revision}` : repository;
  const link = element(
    "a",
    {
      href: `https://huggingface.co/${path}`,
      target: "_blank",
      rel: "noopener",
      title: strings.sourceTitle(repository, revision),
    },
    repository,
  );
  return revision ? [link, " ", element("code", { title: revision }, strings.revision(revision))] : [link];
}

function trim(value: number): string {
  return String(Math.round(value * 100) / 100);
}
