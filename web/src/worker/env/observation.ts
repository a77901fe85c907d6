/**
 * The observation as the manifest describes it: an interpreter of terms that knows no environment and no size.
 *
 * Spec: observation/spec.py. A term is `source[from:to]` of the flattened array (of a body's row for body arrays, less
 * `minus`'s row), then `function`, then `clip`, all in float64.
 */
import type { History, ObservationSpec, ObservationTerm } from "../../generated/bundle";
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
  /** With a history, the last observations, the newest first. */
  readonly frames: Float64Array;
}

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
      const { timestep } = physics;
      const period = term.period ?? 1;
      return made(2, (i) => {
        const steps = Math.round(physics.time / timestep);
        const angle = 2 * Math.PI * (((steps * timestep) % period) / period);
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

export class Observation {
  /** The last observation read, float64; the same array every time. */
  readonly values: Float64Array;
  /** By the terms' names. */
  readonly places: ReadonlyMap<string, Place>;
  private readonly terms: readonly Resolved[];
  /** Whether each number is rounded to float32. */
  private readonly single: boolean;
  private readonly history: History | null;
  /** Bound of every number. */
  private readonly clip: number | null;
  /** What the terms make of the state; `values` itself without a history. */
  private readonly frame: Float64Array;

  constructor(
    spec: ObservationSpec,
    private readonly physics: Physics,
    private readonly asked: Asked = { command: new Float64Array(), action: [], frames: new Float64Array() },
  ) {
    this.single = spec.dtype === "float32";
    this.history = spec.history ?? null;
    this.clip = spec.clip ?? null;
    this.terms = spec.terms.map((term) => resolve(term, physics, asked));
    const places = new Map<string, Place>();
    let size = 0;
    const whole = this.terms.reduce((sum, { count }) => sum + count, 0);
    const { length: frames = 1, order = "term", newest = "last" } = this.history ?? {};
    const before = newest === "last" ? frames - 1 : 0;
    this.terms.forEach(({ count }, i) => {
      const { name, source, from = 0 } = spec.terms[i] as ObservationTerm;
      const at = order === "term" ? size * frames + count * before : whole * before + size;
      places.set(name, { source, at, from, count });
      size += count;
    });
    this.places = places;
    const length = this.history?.length ?? 1;
    if (size * length !== spec.size) {
      const made = size * length;
      throw new Error(`The observation's terms make ${made} numbers on this model, the manifest says ${spec.size}.`);
    }
    this.values = new Float64Array(spec.size);
    this.frame = this.history === null ? this.values : new Float64Array(size);
  }

  /** An episode begins: before its first observation there was the same one, or zeros. */
  begin(): void {
    const { frame, history, asked } = this;
    this.read();
    if (history === null) return;
    for (let k = 1; k < history.length; k++) {
      if (history.start === "zeros") asked.frames.fill(0, k * frame.length, (k + 1) * frame.length);
      else asked.frames.set(frame, k * frame.length);
    }
    this.assemble(history);
  }

  /** A control step begins: the newest observation is one of the past now. */
  remember(): void {
    const { frames } = this.asked;
    if (this.history !== null) frames.copyWithin(this.frame.length, 0, frames.length - this.frame.length);
  }

  /** Reads the state into `values`. Allocates nothing. */
  read(): void {
    this.readFrame();
    if (this.history !== null) {
      this.asked.frames.set(this.frame);
      this.assemble(this.history);
    }
  }

  /** Puts the frames, the newest first, in the order in which the policy is given them. */
  private assemble({ length, order = "term", newest = "last" }: History): void {
    const { values, frame, terms } = this;
    const { frames } = this.asked;
    const size = frame.length;
    for (let k = 0; k < length; k++) {
      const from = size * (newest === "first" ? k : length - 1 - k);
      if (order === "time") {
        for (let i = 0; i < size; i++) values[size * k + i] = frames[from + i] as number;
        continue;
      }
      let begin = 0;
      for (let t = 0; t < terms.length; t++) {
        const { count } = terms[t] as Resolved;
        for (let i = 0; i < count; i++) values[begin * length + count * k + i] = frames[from + begin + i] as number;
        begin += count;
      }
    }
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
    if (this.clip !== null)
      for (let i = 0; i < values.length; i++)
        values[i] = Math.min(Math.max(values[i] as number, -this.clip), this.clip);
    if (this.single) for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i] as number);
  }
}

/** The `i`-th number of a term, transformed. */
function transformed({ offset, function: applied, low, high, scale }: Transform, value: number, i: number): number {
  const difference = offset === null ? value : value - (offset[i] as number);
  const result = applied === "sin" ? Math.sin(difference) : applied === "cos" ? Math.cos(difference) : difference;
  const clipped = Math.min(Math.max(result, low), high);
  return scale === null ? clipped : clipped * (scale[i] as number);
}
