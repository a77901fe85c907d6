/** The reward as the manifest's terms: interpreted in their order, so that the sum rounds as Gymnasium's. Spec: mjcf/spec.py */
import type { Environment, VelocityReward } from "../generated/bundle";
import { bodyId } from "./engine";
import type { Physics } from "./physics";
import type { Termination } from "./termination";

type RewardTerm = Environment["reward"][number];
/** The coordinate whose rate is rewarded. */
type Coordinate = () => number;

export class Reward {
  /** The coordinate of each term before the step; unused for the others. */
  private readonly before: Float64Array;
  private readonly coordinates: readonly (Coordinate | null)[];
  private readonly squares: Float64Array;

  constructor(
    private readonly terms: readonly RewardTerm[],
    private readonly physics: Physics,
    private readonly termination: Termination,
  ) {
    this.before = new Float64Array(terms.length);
    this.squares = new Float64Array(physics.model.nu);
    this.coordinates = terms.map((term) => (term.kind === "velocity" ? coordinateOf(term, physics) : null));
  }

  /** Call it before the control step: velocities are differences over the step. */
  begin(): void {
    for (let i = 0; i < this.coordinates.length; i++) this.before[i] = this.coordinates[i]?.() ?? 0;
  }

  /** The reward of the control step since `begin`. */
  end(): number {
    let reward = 0;
    for (let i = 0; i < this.terms.length; i++) reward += this.value(this.terms[i] as RewardTerm, i);
    return reward;
  }

  private value(term: RewardTerm, i: number): number {
    switch (term.kind) {
      case "velocity":
        return term.weight * (((this.coordinates[i]?.() ?? Number.NaN) - (this.before[i] as number)) / this.physics.dt);
      case "constant":
        return term.weight;
      case "healthy":
        return this.termination.healthy ? term.weight : 0;
      case "control_cost":
        return term.weight * this.sumOfSquares(this.physics.views.ctrl);
      default:
        throw new Error(`Unknown reward term ${JSON.stringify(term)}.`);
    }
  }

  private sumOfSquares(ctrl: Float64Array): number {
    for (let i = 0; i < ctrl.length; i++) this.squares[i] = (ctrl[i] as number) ** 2;
    return pairwiseSum(this.squares);
  }
}

function coordinateOf({ of, axis }: VelocityReward, physics: Physics): Coordinate {
  if (of === "qpos") {
    if (!(axis >= 0 && axis < physics.model.nq)) throw new Error(`Reward: qpos[${axis}] does not exist.`);
    return () => physics.views.qpos[axis] as number;
  }
  if (!(axis >= 0 && axis < 3)) throw new Error(`Reward: a point has the axes 0, 1 and 2, not ${axis}.`);
  if (of === "mass_center") {
    const mass = Float64Array.from(physics.model.body_mass);
    const total = pairwiseSum(mass);
    return () => {
      const xipos = physics.views.xipos;
      let sum = 0;
      for (let body = 0; body < mass.length; body++) sum += (mass[body] as number) * (xipos[3 * body + axis] as number);
      return sum / total;
    };
  }
  const at = 3 * bodyId(physics.engine, physics.model, of) + axis;
  return () => physics.views.xpos[at] as number;
}

/**
 * `np.sum` of a contiguous array of at most 128 elements: eight running sums, so that the rounding is NumPy's.
 *
 * Source: numpy/_core/src/umath/loops_utils.h.src
 */
export function pairwiseSum(values: Float64Array): number {
  const n = values.length;
  let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
  const whole = n - (n % 8);
  for (let i = 0; i < whole; i += 8) {
    a += values[i] as number;
    b += values[i + 1] as number;
    c += values[i + 2] as number;
    d += values[i + 3] as number;
    e += values[i + 4] as number;
    f += values[i + 5] as number;
    g += values[i + 6] as number;
    h += values[i + 7] as number;
  }
  let sum = a + b + (c + d) + (e + f + (g + h));
  for (let i = whole; i < n; i++) sum += values[i] as number;
  return sum;
}
