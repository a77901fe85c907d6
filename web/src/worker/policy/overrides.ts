/** Actuators that a person moves by hand; the policy, or nothing, moves the others. */
import type { Manifest } from "../../generated/bundle";
import type { Override } from "../../protocol";
import { requireActuator } from "./actuator";

export class Overrides {
  private held: readonly Override[] = [];
  private readonly action: Float32Array;

  constructor(private readonly limits: Manifest["action"]) {
    this.action = new Float32Array(limits.size);
  }

  get current(): readonly Override[] {
    return this.held;
  }

  /** Values are in each actuator's own units. Raises where an actuator does not exist, or a value is out of its range. */
  set(overrides: readonly Override[]): void {
    const { size, low, high, names } = this.limits;
    for (const { actuator, value } of overrides) {
      requireActuator(actuator, size);
      const [least, most] = [low[actuator] as number, high[actuator] as number];
      if (!(value >= least && value <= most))
        throw new Error(
          `${names?.[actuator] || `Actuator ${actuator}`} takes ${short(least)} to ${short(most)}; got ${value}.`,
        );
    }
    const byActuator = new Map(overrides.map((override) => [override.actuator, override]));
    this.held = [...byActuator.values()].sort((a, b) => a.actuator - b.actuator);
  }

  /** The action with what is moved by hand in it; itself where nothing is. */
  of(action: Float32Array): Float32Array {
    if (this.held.length === 0) return action;
    this.action.set(action);
    for (const { actuator, value } of this.held) this.action[actuator] = value;
    return this.action;
  }
}

function short(limit: number): string {
  return String(Number(limit.toPrecision(6)));
}
