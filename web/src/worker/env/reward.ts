/** The reward as the manifest's terms: summed in their order, so that it rounds as Gymnasium's. Spec: mjcf/spec.py */
import type {
  ContactCost,
  ControlCost,
  DistanceReward,
  Environment,
  StateReward,
  VelocityReward,
} from "../../generated/bundle";
import { bodyId, siteId } from "../physics/engine";
import type { Physics } from "../physics/physics";
import { pairwiseSum, pairwiseSumFloat32 } from "./numpy_sum";
import type { Termination } from "./termination";

type RewardTerm = Environment["reward"][number];
/** A number read off the state as it is. */
type Quantity = () => number;

/** A term: `value` is asked after the control step and given what `before` read ahead of it. */
interface Evaluator {
  readonly before: Quantity | null;
  readonly value: (before: number) => number;
}

export class Reward {
  private readonly evaluators: readonly Evaluator[];
  private readonly before: Float64Array;
  private isResumed = false;
  /** What each term gave at the last `end`, in the manifest's order. */
  readonly values: Float64Array;

  constructor(terms: readonly RewardTerm[], physics: Physics, termination: Termination) {
    this.evaluators = terms.map((term) => evaluatorOf(term, physics, termination));
    this.before = new Float64Array(terms.length);
    this.values = new Float64Array(terms.length);
  }

  /** Call it before the control step: velocities are differences over the step. */
  begin(): void {
    if (this.isResumed) {
      this.isResumed = false;
      return;
    }
    for (let i = 0; i < this.evaluators.length; i++) this.before[i] = this.evaluators[i]?.before?.() ?? 0;
  }

  /** Copies what `begin` read into `rows`, from element `at` on. */
  keep(rows: Float64Array, at: number): void {
    rows.set(this.before, at);
  }

  /** Takes from `rows` what the next `begin` would read: the state that it lags behind is not there any more. */
  resume(rows: Float64Array, at: number): void {
    for (let i = 0; i < this.before.length; i++) this.before[i] = rows[at + i] as number;
    this.isResumed = true;
  }

  /** The reward of the control step since `begin`. */
  end(): number {
    let reward = 0;
    for (let i = 0; i < this.evaluators.length; i++) {
      const value = this.evaluators[i]?.value(this.before[i] as number) ?? Number.NaN;
      this.values[i] = value;
      reward += value;
    }
    return reward;
  }
}

function evaluatorOf(term: RewardTerm, physics: Physics, termination: Termination): Evaluator {
  const { weight } = term;
  switch (term.kind) {
    case "velocity": {
      const coordinate = coordinateOf(term, physics);
      return { before: coordinate, value: (before) => weight * ((coordinate() - before) / physics.dt) };
    }
    case "constant":
      return { before: null, value: () => weight };
    case "healthy":
      return { before: null, value: () => (termination.healthy ? weight : 0) };
    case "control_cost":
      return { before: null, value: controlCost(term, physics) };
    case "contact_cost":
      return { before: null, value: contactCost(term, physics) };
    case "distance": {
      const distance = distanceOf(term, physics);
      return term.when === "before"
        ? { before: distance, value: (before) => weight * before }
        : { before: null, value: () => weight * distance() };
    }
    case "state":
      return { before: null, value: stateReward(term, physics) };
    default:
      throw new Error(
        `Unknown reward term ${JSON.stringify(term)}. ` +
          "Known: velocity, constant, healthy, control_cost, contact_cost, distance, state.",
      );
  }
}

/** The controls are the action that `env.step` was given: float32 numbers, kept in float64. */
function controlCost({ of, weight }: ControlCost, physics: Physics): Quantity {
  const { nu } = physics.model;
  if (of === "action") {
    const squares = new Float32Array(nu);
    const weight32 = Math.fround(weight);
    return () => {
      const { ctrl } = physics.views;
      for (let i = 0; i < nu; i++) squares[i] = (ctrl[i] as number) ** 2;
      return Math.fround(weight32 * pairwiseSumFloat32(squares));
    };
  }
  const squares = new Float64Array(nu);
  return () => {
    const { ctrl } = physics.views;
    for (let i = 0; i < nu; i++) squares[i] = (ctrl[i] as number) ** 2;
    return weight * pairwiseSum(squares);
  };
}

function contactCost({ weight, force_range, cost_range }: ContactCost, physics: Physics): Quantity {
  const [least, most] = bounds(force_range);
  const [cheapest, dearest] = bounds(cost_range);
  const squares = new Float64Array(physics.views.cfrc_ext.length);
  return () => {
    const { cfrc_ext } = physics.views;
    for (let i = 0; i < squares.length; i++) squares[i] = Math.min(Math.max(cfrc_ext[i] as number, least), most) ** 2;
    return -Math.min(Math.max(weight * pairwiseSum(squares), cheapest), dearest);
  };
}

function bounds(range: readonly unknown[] | undefined): readonly [low: number, high: number] {
  const [low, high] = (range ?? []) as readonly (number | null | undefined)[];
  return [low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY];
}

function distanceOf({ of, to }: DistanceReward, physics: Physics): Quantity {
  const one = 3 * bodyId(physics.engine, physics.model, of);
  const other = 3 * bodyId(physics.engine, physics.model, to);
  return () => {
    const { xpos } = physics.views;
    let sum = 0;
    for (let i = 0; i < 3; i++) sum += ((xpos[one + i] as number) - (xpos[other + i] as number)) ** 2;
    return Math.sqrt(sum);
  };
}

function stateReward({ source, index, site, offset, power, weight }: StateReward, physics: Physics): Quantity {
  let at = index;
  if (source === "site_xpos") {
    if (!site) throw new Error("Reward: a term on site_xpos needs a site.");
    at += 3 * siteId(physics.engine, physics.model, site);
  }
  const available = source === "site_xpos" ? 3 : physics.views[source].length;
  if (!(index >= 0 && index < available)) throw new Error(`Reward: ${source}[${index}] does not exist.`);
  const origin = offset ?? 0;
  return power === 2
    ? () => weight * ((physics.views[source][at] as number) - origin) ** 2
    : () => weight * ((physics.views[source][at] as number) - origin);
}

/** The coordinate whose rate is rewarded. */
function coordinateOf({ of, axis }: VelocityReward, physics: Physics): Quantity {
  if (of === "qpos") {
    if (!(axis >= 0 && axis < physics.model.nq)) throw new Error(`Reward: qpos[${axis}] does not exist.`);
    return () => physics.views.qpos[axis] as number;
  }
  if (!(axis >= 0 && axis < 3)) throw new Error(`Reward: a point has the axes 0, 1 and 2, not ${axis}.`);
  if (of === "mass_center") {
    const mass = Float64Array.from(physics.model.body_mass);
    const total = pairwiseSum(mass);
    return () => {
      const { xipos } = physics.views;
      let sum = 0;
      for (let body = 0; body < mass.length; body++) sum += (mass[body] as number) * (xipos[3 * body + axis] as number);
      return sum / total;
    };
  }
  const at = 3 * bodyId(physics.engine, physics.model, of) + axis;
  return () => physics.views.xpos[at] as number;
}
