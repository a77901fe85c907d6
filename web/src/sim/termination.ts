/** When an episode terminates: the manifest's conditions, interpreted. Spec: mjcf/spec.py */
import type { Condition, Termination as Spec } from "../generated/bundle";
import { bodyId } from "./engine";
import type { Physics } from "./physics";

interface Interval {
  readonly source: Condition["source"];
  readonly index: number;
  readonly above: number;
  readonly below: number;
}

function resolve(condition: Condition, physics: Physics): Interval {
  const { source, index, body } = condition;
  const width = source === "xpos" ? 3 : source === "xmat" ? 9 : 0;
  let start = 0;
  if (width > 0) {
    if (!body) throw new Error(`A termination condition on ${source} needs a body.`);
    start = bodyId(physics.engine, physics.model, body) * width;
  }
  const available = width || physics.views[source].length;
  if (!(index >= 0 && index < available)) throw new Error(`Termination: ${source}[${index}] does not exist.`);
  return {
    source,
    index: start + index,
    above: condition.above ?? Number.NEGATIVE_INFINITY,
    below: condition.below ?? Number.POSITIVE_INFINITY,
  };
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
    for (const { source, index, above, below } of this.intervals) {
      const value = views[source][index] as number;
      if (!(above < value && value < below)) return false;
    }
    return true;
  }

  /** Gymnasium's `terminated` for the state as it is. */
  get terminated(): boolean {
    return this.ends && !this.healthy;
  }
}
