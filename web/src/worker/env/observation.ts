/**
 * The observation as the manifest describes it: an interpreter of terms that knows no environment and no size.
 *
 * Spec: observation/spec.py. A term is `source[from:to]` of the flattened array (of a body's row for body arrays, less
 * `minus`'s row), then `function`, then `clip`, all in float64.
 */
import type { ObservationSpec, ObservationTerm, Stride } from "../../generated/bundle";
import { bodyId, idOf, siteId } from "../physics/engine";
import type { Field, Physics } from "../physics/physics";

type ArraySource = Extract<ObservationTerm["source"], Field>;

const STATE_WIDTH = 0;
/** Numbers per body of the arrays that have one row for each. */
const ROW_WIDTH: Readonly<Record<ArraySource, number>> = {
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
  site_xmat: 9,
};

/** What a robot's loop knows beside `mjData`. */
export interface Asked {
  /** What the user asks for. */
  readonly command: Float64Array;
  /** The network's last. */
  readonly action: ArrayLike<number>;
  /** The phase of the stride that the command drives, in [0, 1): one number, or none. */
  readonly stride: Float64Array;
  /** With a history, the last values of each term, the newest first, one term after the other. */
  readonly past: Float64Array;
}

const NOTHING: Asked = {
  command: new Float64Array(),
  action: [],
  stride: new Float64Array(),
  past: new Float64Array(),
};

/** A term with its names resolved to indices. */
type Resolved = Run | TimeLeft | Computed;

/** Numbers that are no run of an array: `read` writes them into `values` from `at` on. */
interface Computed extends Transform {
  readonly source: "computed";
  readonly count: number;
  read(values: Float64Array, at: number): void;
}

/** What is done to a number, in this order. */
interface Transform {
  /** Subtracted, one for each number; null: nothing. */
  readonly offset: readonly number[] | null;
  readonly function: "sin" | "cos" | null;
  readonly low: number;
  readonly high: number;
  /** Multiplied with, one for each; null: nothing. */
  readonly scale: readonly number[] | null;
}

/** One number: `1 - k / steps`, k being the control steps since the reset, `period` seconds each. */
interface TimeLeft {
  readonly source: "time_left";
  readonly count: 1;
  readonly period: number;
  readonly steps: number;
}

interface Run extends Transform {
  readonly source: Field;
  readonly start: number;
  readonly count: number;
  /** First element to subtract, or -1. */
  readonly minus: number;
}

function resolve(term: ObservationTerm, physics: Physics, asked: Asked): Resolved {
  if (term.source === "time_left") {
    const { source, period, steps } = term;
    if (!(period && steps)) throw new Error(`Observation term ${term.name}: time_left needs a period and steps.`);
    return { source, count: 1, period, steps };
  }
  const computed = computedOf(term, physics, asked);
  if (computed !== null) return computed;
  const width = ROW_WIDTH[term.source as ArraySource];
  if (width === undefined) {
    throw new Error(
      `Observation term ${term.name}: unknown source ${term.source}. Known: ${Object.keys(ROW_WIDTH).join(", ")}, time_left, ${COMPUTED.join(", ")}.`,
    );
  }
  const source = term.source as ArraySource;
  const rowOf = (body: string | null | undefined): number => {
    if (source === "site_xmat") return siteId(physics.engine, physics.model, term.site ?? "") * width;
    if (body === null || body === undefined)
      throw new Error(`Observation term ${term.name}: ${term.source} needs a body.`);
    return bodyId(physics.engine, physics.model, body) * width;
  };
  const available = width || physics.views[source].length;
  const from = term.from ?? 0;
  const to = term.to ?? available;
  if (!(from >= 0 && from < to && to <= available)) {
    throw new Error(
      `Observation term ${term.name}: [${from}, ${to}) lies outside ${term.source}, which has ${available} numbers.`,
    );
  }
  return {
    ...transformOf(term, to - from),
    source,
    start: (width ? rowOf(term.body) : 0) + from,
    count: to - from,
    minus: width && term.minus ? rowOf(term.minus) + from : -1,
  };
}

function transformOf(term: ObservationTerm, count: number): Transform {
  const [low, high] = (term.clip ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) as [number, number];
  const each = (given: number | readonly number[] | null | undefined): readonly number[] | null => {
    if (given === null || given === undefined) return null;
    const numbers = typeof given === "number" ? new Array<number>(count).fill(given) : given;
    if (numbers.length !== count)
      throw new Error(`Observation term ${term.name} has ${count} numbers, its offset or scale ${numbers.length}.`);
    return numbers;
  };
  return { offset: each(term.offset), function: term.function ?? null, low, high, scale: each(term.scale) };
}

type Three = [number, number, number];
type Four = [number, number, number, number];

/** Sources that are computed, or read here and there. */
const COMPUTED = [
  "command",
  "last_action",
  "phase",
  "projected_gravity",
  "base_linvel",
  "joint_pos",
  "joint_vel",
  "sensor",
] as const;

function computedOf(term: ObservationTerm, physics: Physics, asked: Asked): Computed | null {
  const { model, engine } = physics;
  const [from, to] = [term.from ?? 0, term.to];
  const made = (size: number, number: (i: number) => number): Computed => {
    const count = (to ?? size) - from;
    if (!(from >= 0 && count > 0 && from + count <= size))
      throw new Error(
        `Observation term ${term.name}: [${from}, ${to}) lies outside ${term.source}, of ${size} numbers.`,
      );
    const read = (values: Float64Array, at: number): void => {
      for (let i = 0; i < count; i++) values[at + i] = number(from + i);
    };
    return { ...transformOf(term, count), source: "computed", count, read };
  };
  switch (term.source) {
    case "command":
      return made(asked.command.length, (i) => asked.command[i] as number);
    case "last_action":
      return made(asked.action.length, (i) => asked.action[i] as number);
    case "phase": {
      const { still = null, shift = 0 } = term;
      return made(2, (i) => {
        if (still !== null && lengthOf(asked.command) < still) return 0;
        const angle = 2 * Math.PI * (shareOf(term, physics, asked) + shift);
        return i === 0 ? Math.sin(angle) : Math.cos(angle);
      });
    }
    case "projected_gravity": {
      const at = freeJoint(physics);
      return made(3, (i) => {
        const { qpos } = physics.views;
        const [w, x, y, z] = [qpos[at + 3], qpos[at + 4], qpos[at + 5], qpos[at + 6]] as [
          number,
          number,
          number,
          number,
        ];
        return i === 0 ? 2 * (-z * x + w * y) : i === 1 ? -2 * (z * y + w * x) : 1 - 2 * (w * w + z * z);
      });
    }
    case "base_linvel": {
      const at = freeJoint(physics);
      const dof = model.jnt_dofadr[Array.from(model.jnt_qposadr).indexOf(at)] as number;
      return made(3, (i) => {
        const { qpos, qvel } = physics.views;
        const [w, x, y, z] = [qpos[at + 3], qpos[at + 4], qpos[at + 5], qpos[at + 6]] as number[] as Four;
        const [a, b, c] = [qvel[dof], qvel[dof + 1], qvel[dof + 2]] as number[] as Three;
        if (i === 0) return (1 - 2 * (y * y + z * z)) * a + 2 * (x * y + w * z) * b + 2 * (x * z - w * y) * c;
        if (i === 1) return 2 * (x * y - w * z) * a + (1 - 2 * (x * x + z * z)) * b + 2 * (y * z + w * x) * c;
        return 2 * (x * z + w * y) * a + 2 * (y * z - w * x) * b + (1 - 2 * (x * x + y * y)) * c;
      });
    }
    case "joint_pos":
    case "joint_vel": {
      const field = term.source === "joint_pos" ? "qpos" : "qvel";
      const addresses = field === "qpos" ? model.jnt_qposadr : model.jnt_dofadr;
      const picked = (term.joints ?? []).map((name) => addresses[idOf(engine, model, "joint", name)] as number);
      return made(picked.length, (i) => physics.views[field][picked[i] as number] as number);
    }
    case "sensor": {
      const sensor = idOf(engine, model, "sensor", term.sensor ?? "");
      const start = model.sensor_adr[sensor] as number;
      return made(model.sensor_dim[sensor] as number, (i) => physics.views.sensordata[start + i] as number);
    }
    default:
      return null;
  }
}

/** Of a stride, from its beginning, as a term of a phase tells it. */
function shareOf({ period }: ObservationTerm, { time, timestep }: Physics, { stride }: Asked): number {
  if (!period) return stride[0] as number;
  const steps = Math.round(time / timestep);
  return ((steps * timestep) % period) / period;
}

function lengthOf(vector: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) * (vector[i] as number);
  return Math.sqrt(sum);
}

/** Hz. */
function frequencyOf({ frequency = 0, weights = [], low = 0, high = 1000 }: Stride, command: Float64Array): number {
  let sum = frequency;
  for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * Math.abs(command[i] as number);
  return Math.min(Math.max(sum, low), high);
}

/** Where the position of the first free joint begins. */
function freeJoint({ engine, model }: Physics): number {
  const free = Array.from(model.jnt_type).indexOf(engine.mjtJoint.mjJNT_FREE.value);
  if (free < 0) throw new Error("projected_gravity needs a free joint, which scene.xml does not have.");
  return model.jnt_qposadr[free] as number;
}

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
  private readonly terms: readonly Resolved[];
  private readonly rows: readonly Row[];
  /** What the terms make of the state; `values` itself without a history. */
  private readonly frame: Float64Array;

  constructor(
    private readonly spec: ObservationSpec,
    private readonly physics: Physics,
    private readonly asked: Asked = NOTHING,
  ) {
    const { history = null, stride = null } = spec;
    const weights = stride?.weights?.length ?? 0;
    if (weights > asked.command.length)
      throw new Error(`The stride has ${weights} weights, the command ${asked.command.length} numbers.`);
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
    const { spec, physics, asked } = this;
    const term = spec.terms.find(({ source }) => source === "phase");
    return term === undefined ? null : shareOf(term, physics, asked);
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
    const views = this.physics.views;
    const values = this.frame;
    let at = 0;
    for (const term of this.terms) {
      if (term.source === "time_left") {
        values[at++] = 1 - Math.round(this.physics.time / term.period) / term.steps;
        continue;
      }
      if (term.source === "computed") {
        term.read(values, at);
        for (let i = 0; i < term.count; i++, at++) values[at] = transformed(term, values[at] as number, i);
        continue;
      }
      const source = views[term.source];
      const plain =
        term.minus < 0 &&
        term.function === null &&
        term.low === Number.NEGATIVE_INFINITY &&
        term.offset === null &&
        term.scale === null;
      for (let i = 0; i < term.count; i++) {
        const value = source[term.start + i] as number;
        values[at++] = plain
          ? value
          : transformed(term, term.minus < 0 ? value : value - (source[term.minus + i] as number), i);
      }
    }
    const { clip = null, dtype } = this.spec;
    if (clip !== null)
      for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(values[i] as number, -clip), clip);
    if (dtype === "float32") for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i] as number);
  }
}

/** The `i`-th number of a term, transformed. */
function transformed({ offset, function: applied, low, high, scale }: Transform, value: number, i: number): number {
  const difference = offset === null ? value : value - (offset[i] as number);
  const result = applied === "sin" ? Math.sin(difference) : applied === "cos" ? Math.cos(difference) : difference;
  const clipped = Math.min(Math.max(result, low), high);
  return scale === null ? clipped : clipped * (scale[i] as number);
}
