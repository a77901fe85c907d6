/**
 * The observation as the manifest describes it: an interpreter of terms that knows no environment and no size.
 *
 * Spec: observation/spec.py. A term is `source[from:to]` of the flattened array (of a body's row for body arrays, less
 * `minus`'s row), then `function`, then `clip`, all in float64.
 */
import type { ObservationSpec, ObservationTerm } from "../../generated/bundle";
import { bodyId } from "../physics/engine";
import type { Field, Physics } from "../physics/physics";

const STATE_WIDTH = 0;
/** Numbers per body of the arrays that have one row for each. */
const ROW_WIDTH: Readonly<Record<Exclude<ObservationTerm["source"], "time_left">, number>> = {
  qpos: STATE_WIDTH,
  qvel: STATE_WIDTH,
  cinert: STATE_WIDTH,
  cvel: STATE_WIDTH,
  qfrc_actuator: STATE_WIDTH,
  cfrc_ext: STATE_WIDTH,
  qfrc_constraint: STATE_WIDTH,
  ctrl: STATE_WIDTH,
  xpos: 3,
  xquat: 4,
  xmat: 9,
  xipos: 3,
};

/** A term with its names resolved to indices. */
type Resolved = Run | TimeLeft;

/** One number: `1 - k / steps`, k being the control steps since the reset, `period` seconds each. */
interface TimeLeft {
  readonly source: "time_left";
  readonly count: 1;
  readonly period: number;
  readonly steps: number;
}

interface Run {
  readonly source: Field;
  readonly start: number;
  readonly count: number;
  /** First element to subtract, or -1. */
  readonly minus: number;
  readonly function: "sin" | "cos" | null;
  readonly low: number;
  readonly high: number;
}

function resolve(term: ObservationTerm, physics: Physics): Resolved {
  if (term.source === "time_left") {
    const { source, period, steps } = term;
    if (!(period && steps)) throw new Error(`Observation term ${term.name}: time_left needs a period and steps.`);
    return { source, count: 1, period, steps };
  }
  const width = ROW_WIDTH[term.source];
  if (width === undefined) {
    throw new Error(
      `Observation term ${term.name}: unknown source ${term.source}. Known: ${Object.keys(ROW_WIDTH).join(", ")}, time_left.`,
    );
  }
  const rowOf = (body: string | null | undefined): number => {
    if (body === null || body === undefined)
      throw new Error(`Observation term ${term.name}: ${term.source} needs a body.`);
    return bodyId(physics.engine, physics.model, body) * width;
  };
  const available = width || physics.views[term.source].length;
  const from = term.from ?? 0;
  const to = term.to ?? available;
  if (!(from >= 0 && from < to && to <= available)) {
    throw new Error(
      `Observation term ${term.name}: [${from}, ${to}) lies outside ${term.source}, which has ${available} numbers.`,
    );
  }
  const [low, high] = (term.clip ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) as [number, number];
  return {
    source: term.source,
    start: (width ? rowOf(term.body) : 0) + from,
    count: to - from,
    minus: width && term.minus ? rowOf(term.minus) + from : -1,
    function: term.function ?? null,
    low,
    high,
  };
}

/** Where a term is: `count` numbers of the observation from `at` on, which are those of `source` from `from` on. */
export interface Place {
  readonly source: ObservationTerm["source"];
  readonly at: number;
  readonly from: number;
  readonly count: number;
}

export class Observation {
  /** The last observation read, float64; the same array every time. */
  readonly values: Float64Array;
  /** By the terms' names. */
  readonly places: ReadonlyMap<string, Place>;
  private readonly terms: readonly Resolved[];

  constructor(
    spec: ObservationSpec,
    private readonly physics: Physics,
  ) {
    this.terms = spec.terms.map((term) => resolve(term, physics));
    const places = new Map<string, Place>();
    let size = 0;
    this.terms.forEach(({ count }, i) => {
      const { name, source, from = 0 } = spec.terms[i] as ObservationTerm;
      places.set(name, { source, at: size, from, count });
      size += count;
    });
    this.places = places;
    if (size !== spec.size) {
      throw new Error(`The observation's terms make ${size} numbers on this model, the manifest says ${spec.size}.`);
    }
    this.values = new Float64Array(size);
  }

  /** Reads the state into `values`. Allocates nothing. */
  read(): void {
    const views = this.physics.views;
    const values = this.values;
    let at = 0;
    for (const term of this.terms) {
      if (term.source === "time_left") {
        values[at++] = 1 - Math.round(this.physics.time / term.period) / term.steps;
        continue;
      }
      const source = views[term.source];
      const plain = term.minus < 0 && term.function === null && term.low === Number.NEGATIVE_INFINITY;
      for (let i = 0; i < term.count; i++) {
        const value = source[term.start + i] as number;
        values[at++] = plain
          ? value
          : transformed(term, value, term.minus < 0 ? 0 : (source[term.minus + i] as number));
      }
    }
  }
}

function transformed(run: Run, value: number, minus: number): number {
  const difference = run.minus < 0 ? value : value - minus;
  const result =
    run.function === "sin" ? Math.sin(difference) : run.function === "cos" ? Math.cos(difference) : difference;
  return Math.min(Math.max(result, run.low), run.high);
}
