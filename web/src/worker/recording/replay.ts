/** A recorded rollout that is played again: its actions and forces, step by step, compared with its states. */

import type { PerturbationState } from "../perturbation/perturbation_state";
import type { Physics } from "../physics/physics";
import type { Rollout } from "./rollout";

export class Replay {
  /** Every state so far was the recorded one, to the last bit. */
  equal = true;
  /** Largest difference of a number of `qpos` or `qvel` so far. */
  largest = 0;
  /** Which row of the disturbance each step has, or -1. */
  private readonly disturbed: Int32Array;
  private row = -1;
  private substep = 0;
  private forced = false;

  constructor(
    readonly rollout: Rollout,
    private readonly physics: Physics,
  ) {
    this.disturbed = new Int32Array(rollout.steps).fill(-1);
    rollout.disturbance?.steps.forEach((step, row) => {
      this.disturbed[step] = row;
    });
  }

  /** Whether the state after `steps` control steps since the reset is the last recorded one. */
  isOver(steps: number): boolean {
    return steps - this.rollout.firstStep >= this.rollout.steps;
  }

  /** The action taken `steps` control steps after the reset. */
  action(steps: number): Float32Array {
    return this.rollout.action.row(steps - this.rollout.firstStep);
  }

  /** What was commanded `steps` control steps after the reset; null where nothing can be. */
  command(steps: number): Float64Array | null {
    return this.rollout.commands?.row(steps - this.rollout.firstStep) ?? null;
  }

  /** The perturbations `steps` control steps after the reset, as they are drawn; null where there were none. */
  perturbation(steps: number): PerturbationState | null {
    return this.rollout.perturbations.get(steps - this.rollout.firstStep) ?? null;
  }

  /** What writes the forces before each substep of that step; null where there is nothing to write. */
  beforeSubstep(steps: number): (() => void) | null {
    this.row = this.disturbed[steps - this.rollout.firstStep] ?? -1;
    this.substep = 0;
    return this.row >= 0 || this.forced ? this.apply : null;
  }

  /** Compares the state after `steps` control steps with the recorded one. */
  compare(steps: number): void {
    const { rollout, physics } = this;
    const row = steps - rollout.firstStep;
    this.compareNumbers(physics.views.qpos, rollout.qpos.row(row));
    this.compareNumbers(physics.views.qvel, rollout.qvel.row(row));
  }

  private compareNumbers(found: Float64Array, recorded: Float64Array): void {
    for (let i = 0; i < found.length; i++) {
      const difference = Math.abs((found[i] as number) - (recorded[i] as number));
      if (Object.is(found[i], recorded[i])) continue;
      this.equal = false;
      this.largest = Math.max(this.largest, difference);
    }
  }

  private readonly apply = (): void => {
    const { qfrc_applied, xfrc_applied } = this.physics.views;
    const { disturbance } = this.rollout;
    this.forced = this.row >= 0;
    if (disturbance === null || this.row < 0) {
      qfrc_applied.fill(0);
      xfrc_applied.fill(0);
      return;
    }
    const at = this.row * this.physics.frameSkip + this.substep;
    copySlice(disturbance.qfrc, at, qfrc_applied);
    if (disturbance.xfrc !== null) copySlice(disturbance.xfrc, at, xfrc_applied);
    this.substep += 1;
  };
}

function copySlice(from: Float64Array, index: number, to: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = from[index * to.length + i] as number;
}
