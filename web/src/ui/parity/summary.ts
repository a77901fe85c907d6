/** The checks in one line, and their numbers in words. */
import type { Check } from "../../protocol";
import { strings } from "../strings";

/** The worst difference of an observation, and for how long every action came out equal to the last bit. */
export function summary(checks: readonly Check[]): string {
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

export function difference(value: number): string {
  return value === 0 ? strings.bitEqual : exponent(value);
}

export function exponent(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-2
    ? value.toExponential(1).replace(".0e", "e")
    : String(Number(value.toPrecision(3)));
}
