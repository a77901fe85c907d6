/**
 * The observation as the manifest describes it: an interpreter of terms that knows no environment and no size.
 *
 * Spec: observation/spec.py. A term is `source[from:to]` of the flattened array (of a body's row for body arrays, less
 * `minus`'s row), less `offset`, then `function`, then `clip`, times `scale`, all in float64 (terms.ts).
 */
import type { ObservationSpec, ObservationTerm, Stride } from "../../generated/bundle";
import type { Physics } from "../physics/physics";
import { type Asked, NOTHING_ASKED, shareOf } from "./robot_sources";
import { resolve, type Term } from "./terms";

/** Where a term is, the newest of it: `count` numbers of the observation from `at` on, which are those of `source` from `from` on. */
export interface Place {
  readonly source: ObservationTerm["source"];
  readonly at: number;
  readonly from: number;
  readonly count: number;
}

/** Where a term's numbers are: from `frame` on in what the terms make of a state, from `past` on in `Asked.past`. */
interface Row {
  readonly count: number;
  readonly frame: number;
  readonly past: number;
  /** How many of its values the policy is given. */
  readonly length: number;
}

export class Observation {
  /** The last observation read, float64; the same array every time. */
  readonly values: Float64Array;
  /** By the terms' names. */
  readonly places: ReadonlyMap<string, Place>;
  private readonly terms: readonly Term[];
  private readonly rows: readonly Row[];
  /** The first term of a phase. */
  private readonly phased: ObservationTerm | null;
  /** What the terms make of the state; `values` itself without a history. */
  private readonly frame: Float64Array;

  constructor(
    private readonly spec: ObservationSpec,
    private readonly physics: Physics,
    private readonly asked: Asked = NOTHING_ASKED,
  ) {
    const { history = null, stride = null } = spec;
    const weights = stride?.weights?.length ?? 0;
    if (weights > asked.command.length)
      throw new Error(`The stride has ${weights} weights, the command ${asked.command.length} numbers.`);
    this.phased = spec.terms.find(({ source }) => source === "phase") ?? null;
    this.terms = spec.terms.map((term) => resolve(term, physics, asked));
    const whole = this.terms.reduce((sum, { count }) => sum + count, 0);
    const rows: Row[] = [];
    const places = new Map<string, Place>();
    let frame = 0;
    let past = 0;
    this.terms.forEach(({ count }, i) => {
      const { name, source, from = 0, history: own } = spec.terms[i] as ObservationTerm;
      const length = history === null ? 1 : (own ?? history.length);
      const row = { count, frame, past, length };
      rows.push(row);
      places.set(name, { source, at: this.placeOf(row, 0, whole), from, count });
      frame += count;
      past += count * length;
    });
    if (past !== spec.size)
      throw new Error(`The observation's terms make ${past} numbers on this model, the manifest says ${spec.size}.`);
    this.rows = rows;
    this.places = places;
    this.values = new Float64Array(spec.size);
    this.frame = history === null ? this.values : new Float64Array(whole);
  }

  /** An episode begins: before its first observation there was the same one, or zeros. */
  begin(): void {
    const { asked, frame, spec } = this;
    asked.stride.fill(0);
    this.readFrame();
    if (!spec.history) return;
    const zeros = spec.history.start === "zeros";
    for (const { count, frame: from, past, length } of this.rows)
      for (let k = 1; k < length; k++)
        for (let i = 0; i < count; i++) asked.past[past + k * count + i] = zeros ? 0 : (frame[from + i] as number);
    this.assemble();
  }

  /** A control step begins: the stride goes on, the newest observation is one of the past now. */
  remember(): void {
    const { asked, spec } = this;
    if (spec.stride) {
      const { command, stride } = asked;
      stride[0] = ((stride[0] as number) + this.physics.dt * frequencyOf(spec.stride, command)) % 1;
    }
    if (!spec.history) return;
    for (const { count, past, length } of this.rows)
      asked.past.copyWithin(past + count, past, past + count * (length - 1));
  }

  /** Reads the state into `values`. Allocates nothing. */
  read(): void {
    this.readFrame();
    if (this.spec.history) this.assemble();
  }

  /** The share of a stride that is over, as the first term of a phase tells; null without one. */
  get phase(): number | null {
    return this.phased === null ? null : shareOf(this.phased, this.physics, this.asked);
  }

  /** Puts what the terms make of the state before their past, and all in the order in which the policy is given it. */
  private assemble(): void {
    const { values, frame } = this;
    const { past } = this.asked;
    for (let t = 0; t < this.rows.length; t++) {
      const row = this.rows[t] as Row;
      for (let i = 0; i < row.count; i++) past[row.past + i] = frame[row.frame + i] as number;
      for (let k = 0; k < row.length; k++) {
        const from = row.past + row.count * k;
        const to = this.placeOf(row, k, frame.length);
        for (let i = 0; i < row.count; i++) values[to + i] = past[from + i] as number;
      }
    }
  }

  /** Where in `values` a term's numbers of `ago` steps ago begin; `whole` numbers make an observation without a past. */
  private placeOf({ count, frame, past, length }: Row, ago: number, whole: number): number {
    const { order = "term", newest = "last" } = this.spec.history ?? {};
    const slot = newest === "first" ? ago : length - 1 - ago;
    return order === "time" ? whole * slot + frame : past + count * slot;
  }

  private readFrame(): void {
    const values = this.frame;
    for (let t = 0; t < this.terms.length; t++) (this.terms[t] as Term).read(values, (this.rows[t] as Row).frame);
    const { clip = null, dtype } = this.spec;
    if (clip !== null)
      for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(values[i] as number, -clip), clip);
    if (dtype === "float32") for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i] as number);
  }
}

/** Hz. */
function frequencyOf({ frequency = 0, weights = [], low = 0, high = 1000 }: Stride, command: Float64Array): number {
  let sum = frequency;
  for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * Math.abs(command[i] as number);
  return Math.min(Math.max(sum, low), high);
}
