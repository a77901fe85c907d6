/** The parity badge, and the table of checks behind it: computed in this tab, never read from the manifest. */
import type { Player } from "../../player/player";
import type { Check } from "../../protocol";
import { messageOf } from "../actions";
import { element, icon } from "../controls/element";
import { doubtOf, type ServedBundle } from "../gallery/bundle_card";
import { strings } from "../strings";

type Standing = "waiting" | "running" | "holds" | "fails" | "unavailable";

export class Parity {
  readonly #text = element("span", { class: "detail" }, strings.parityWaiting);
  readonly #mark = element("span", { class: "mark" }, icon("wait"));
  readonly #name = element("span", { class: "name" }, strings.parity);
  readonly badge = element(
    "button",
    { type: "button", class: "badge", id: "parity", title: strings.parityTitle, "aria-haspopup": "dialog" },
    this.#mark,
    this.#name,
    this.#text,
  );
  readonly #doubts = new Map<string, string | null>();
  /** Says what no check in a tab can verify. */
  readonly #doubt = element("p", { class: "problem", hidden: true });
  readonly #rows = element("tbody");
  readonly #problem = element("p", { class: "problem", role: "alert", hidden: true });
  readonly #verify = element("button", { type: "button", class: "button primary", id: "verify" }, strings.verify);
  readonly #dialog: HTMLDialogElement;
  /** Counts bundles, so that a result for an earlier one is dropped. */
  #turn = 0;

  constructor(readonly player: Player) {
    const close = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": strings.close, title: `${strings.close} (Esc)` },
      icon("close"),
    );
    const heading = element("h2", { id: "checks-title" }, strings.parityHeading);
    const columns = strings.columns.map((column) => element("th", { scope: "col" }, column));
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...columns)), this.#rows);
    const scroll = element(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-labelledby": "checks-title" },
      table,
    );
    this.#dialog = element(
      "dialog",
      { class: "panel checks", "aria-labelledby": "checks-title" },
      element("header", {}, heading, close),
      element("p", {}, strings.parityAbout),
      this.#doubt,
      this.#problem,
      scroll,
      element("footer", {}, this.#verify),
    );
    document.body.append(this.#dialog);
    this.badge.addEventListener("click", () => this.#dialog.showModal());
    close.addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    this.#verify.addEventListener("click", () => void this.run());
    player.addEventListener("verify", (event) => this.#show(event.detail));
    player.addEventListener("load", () => {
      this.#forget();
      this.#showDoubt();
    });
    this.#stand("waiting", strings.parityWaiting);
  }

  /** Verifies in this tab; what goes wrong stands in the table. */
  async run(): Promise<void> {
    const turn = this.#turn;
    this.#stand("running", strings.parityRunning);
    this.#verify.disabled = true;
    this.#verify.textContent = strings.verifying;
    this.#problem.hidden = true;
    try {
      await this.player.verify();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#problem.textContent = messageOf(error);
      this.#problem.hidden = false;
      this.#stand("unavailable", strings.parityUnavailable);
    } finally {
      this.#verify.disabled = false;
      this.#verify.textContent = strings.verify;
    }
  }

  /** Takes the served bundles: what Python found of each one's environment is shown while it is loaded. */
  offer(served: readonly ServedBundle[]): void {
    for (const { name, environment } of served) this.#doubts.set(name, doubtOf(environment));
    this.#showDoubt();
  }

  #showDoubt(): void {
    const text = this.#doubts.get(this.player.loaded?.manifest.name ?? "") ?? null;
    this.#doubt.textContent = text === null ? "" : `${text}. ${strings.environmentTitle}.`;
    this.#doubt.hidden = text === null;
    this.#name.textContent = text === null ? strings.parity : `${strings.parity} (${strings.environmentShort})`;
  }

  #forget(): void {
    this.#turn++;
    this.#rows.replaceChildren();
    this.#problem.hidden = true;
    this.#stand("waiting", strings.parityWaiting);
  }

  #show(checks: readonly Check[]): void {
    this.#rows.replaceChildren(...checks.map(row));
    const failed = checks.filter((check) => !check.ok);
    if (failed.length > 0) this.#stand("fails", strings.parityFailed(failed.length, checks.length));
    else this.#stand("holds", summary(checks));
  }

  #stand(standing: Standing, text: string): void {
    this.badge.dataset.standing = standing;
    this.#mark.replaceChildren(icon(standing === "holds" ? "check" : standing === "fails" ? "cross" : "wait"));
    this.#text.textContent = text;
  }
}

/** The worst difference of an observation, and for how long every action came out equal to the last bit. */
function summary(checks: readonly Check[]): string {
  const about = (word: string) => checks.filter((check) => check.name.toLowerCase().includes(word));
  const observations = about("observation");
  // TensorFlow.js computes in float32 and is held to a tolerance; what claims equality has none.
  const actions = about("action").filter((check) => check.tolerance === 0);
  const worst = observations.length > 0 ? Math.max(...observations.map((check) => check.value)) : null;
  return strings.parityHolds(
    worst === null ? null : worst === 0 ? strings.equal : strings.within(exponent(worst)),
    actions.length > 0 && actions.every((check) => check.value === 0) ? equalActions(actions) : null,
  );
}

/** A closed loop that departs from the recording before its end says so in its row's name. */
function equalActions(actions: readonly Check[]): string {
  const [, steps, all] = actions.map(({ name }) => /for (\d+) of (\d+) steps/.exec(name)).find((found) => found) ?? [];
  return steps !== undefined && all !== undefined ? strings.actionsEqualFor(steps, all) : strings.actionsEqual;
}

function row(check: Check): HTMLTableRowElement {
  const result = element("td", { class: "result" }, icon(check.ok ? "check" : "cross"));
  result.append(check.ok ? strings.holds : strings.fails);
  return element(
    "tr",
    { "data-ok": String(check.ok) },
    element("td", {}, strings.level[check.level]),
    element("th", { scope: "row" }, check.name),
    element("td", { class: "number", title: `${check.metric}: ${check.value}` }, difference(check.value)),
    element("td", { class: "number" }, check.tolerance === 0 ? "0" : exponent(check.tolerance)),
    element("td", { class: "number" }, String(check.n)),
    result,
  );
}

function difference(value: number): string {
  return value === 0 ? strings.bitEqual : exponent(value);
}

function exponent(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-2
    ? value.toExponential(1).replace(".0e", "e")
    : String(Number(value.toPrecision(3)));
}
