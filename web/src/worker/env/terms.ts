/** A term of the observation, its names resolved to indices: where its numbers are, and what is done to each. */
import type { ObservationTerm } from "../../generated/bundle";
import { bodyId, siteId } from "../physics/engine";
import type { Field, Physics } from "../physics/physics";
import { type Asked, ROBOT_SOURCES, robotSource } from "./robot_sources";

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

/** `count` numbers, which `read` writes into `values` from `at` on, as the term makes them. Allocates nothing. */
export interface Term {
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

/** Raises where it names what the model does not have. */
export function resolve(term: ObservationTerm, physics: Physics, asked: Asked): Term {
  if (term.source === "time_left") {
    const { period, steps } = term;
    if (!(period && steps)) throw new Error(`Observation term ${term.name}: time_left needs a period and steps.`);
    const read = (values: Float64Array, at: number): void => {
      values[at] = 1 - Math.round(physics.time / period) / steps;
    };
    return { count: 1, read };
  }
  const robot = robotSource(term, physics, asked);
  if (robot !== null) {
    const transform = transformOf(term, robot.count);
    const read = (values: Float64Array, at: number): void => {
      robot.read(values, at);
      for (let i = 0; i < robot.count; i++) values[at + i] = transformed(transform, values[at + i] as number, i);
    };
    return { count: robot.count, read };
  }
  const width = ROW_WIDTH[term.source as ArraySource];
  if (width === undefined) {
    throw new Error(
      `Observation term ${term.name}: unknown source ${term.source}. Known: ${Object.keys(ROW_WIDTH).join(", ")}, time_left, ${ROBOT_SOURCES.join(", ")}.`,
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
  const count = to - from;
  const transform = transformOf(term, count);
  const start = (width ? rowOf(term.body) : 0) + from;
  /** First element to subtract, or -1. */
  const minus = width && term.minus ? rowOf(term.minus) + from : -1;
  const { offset, low, scale } = transform;
  const plain =
    minus < 0 && transform.function === null && low === Number.NEGATIVE_INFINITY && offset === null && scale === null;
  const read = (values: Float64Array, at: number): void => {
    const array = physics.views[source];
    for (let i = 0; i < count; i++) {
      const value = array[start + i] as number;
      values[at + i] = plain
        ? value
        : transformed(transform, minus < 0 ? value : value - (array[minus + i] as number), i);
    }
  };
  return { count, read };
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

/** The `i`-th number of a term, transformed. */
function transformed({ offset, function: applied, low, high, scale }: Transform, value: number, i: number): number {
  const difference = offset === null ? value : value - (offset[i] as number);
  const result = applied === "sin" ? Math.sin(difference) : applied === "cos" ? Math.cos(difference) : difference;
  const clipped = Math.min(Math.max(result, low), high);
  return scale === null ? clipped : clipped * (scale[i] as number);
}
