/** When an episode terminates: the manifest's conditions, interpreted. Spec: mjcf/spec.py */
import type { Condition, Termination as Spec } from "../../generated/bundle";
import { bodyId, siteId } from "../physics/engine";
import type { Physics } from "../physics/physics";

interface Interval {
  readonly source: Condition["source"];
  readonly from: number;
  readonly to: number;
  readonly above: number;
  readonly below: number;
  /** The bounds themselves are healthy. */
  readonly inclusive: boolean;
  /** First element to subtract, or -1. */
  readonly minus: number;
}

/** Numbers in a row of the arrays that have one per body or site. */
const ROW_WIDTH: Readonly<Record<Condition["source"], number>> = { qpos: 0, qvel: 0, xpos: 3, xmat: 9, site_xpos: 3 };

function resolve(condition: Condition, physics: Physics): Interval {
  const { source, index } = condition;
  const width = ROW_WIDTH[source];
  if (width === undefined) {
    throw new Error(`Termination: unknown source ${source}. Known: ${Object.keys(ROW_WIDTH).join(", ")}.`);
  }
  const start = width > 0 ? rowOf(condition, physics) * width : 0;
  const { minus } = condition;
  const available = width || physics.views[source].length;
  const to = condition.to ?? index + 1;
  if (!(index >= 0 && index < to && to <= available)) {
    throw new Error(`Termination: ${source}[${index}${to === index + 1 ? "" : `:${to}`}] does not exist.`);
  }
  const bounded = typeof condition.above === "number" || typeof condition.below === "number";
  return {
    source,
    from: start + index,
    to: start + to,
    above: condition.above ?? Number.NEGATIVE_INFINITY,
    below: condition.below ?? Number.POSITIVE_INFINITY,
    // Without a bound the numbers must be finite, and an infinity lies within [-inf, inf].
    inclusive: bounded && (condition.inclusive ?? false),
    minus: minus ? bodyId(physics.engine, physics.model, minus) * width + index : -1,
  };
}

function rowOf({ source, body, site }: Condition, { engine, model }: Physics): number {
  if (source === "site_xpos") {
    if (!site) throw new Error(`A termination condition on ${source} needs a site.`);
    return siteId(engine, model, site);
  }
  if (!body) throw new Error(`A termination condition on ${source} needs a body.`);
  return bodyId(engine, model, body);
}

export class Termination {
  private readonly intervals: readonly Interval[];
  private readonly ends: boolean;

  constructor(
    spec: Spec,
    private readonly physics: Physics,
  ) {
    this.intervals = spec.healthy.map((condition) => resolve(condition, physics));
    this.ends = spec.terminate_when_unhealthy;
  }

  /** Every condition holds; a NaN fails each. */
  get healthy(): boolean {
    const views = this.physics.views;
    for (const { source, from, to, above, below, inclusive, minus } of this.intervals) {
      const values = views[source];
      for (let i = from; i < to; i++) {
        const value = (values[i] as number) - (minus < 0 ? 0 : (values[minus + i - from] as number));
        if (!(inclusive ? above <= value && value <= below : above < value && value < below)) return false;
      }
    }
    return true;
  }

  /** Gymnasium's `terminated` for the state as it is. */
  get terminated(): boolean {
    return this.ends && !this.healthy;
  }
}
