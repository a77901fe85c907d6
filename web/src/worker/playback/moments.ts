/**
 * Moments of play that can be returned to, to the last bit: rows of arrays allocated once.
 *
 * Of a step its last substep's beginning is kept, not its end: that substep, taken again, brings back everything in
 * `mjData`, what lags behind `qpos` included. So observations need not be kept: they are read anew. Of a reset `qpos` and
 * `qvel` are enough. Applied forces, which change with every substep, get their arrays when there are the first ones.
 */

import type { SavedMoment } from "../../protocol";
import type { PerturbationState } from "../perturbation/perturbation_state";
import type { SavedPerturbations } from "../perturbation/perturbations";
import type { Physics, SubstepRecorder } from "../physics/physics";
import { COUNTERS_SIZE } from "../simulation/episode_counters";
import type { Simulation } from "../simulation/simulation";

/** What a moment is; bits of `marks`. */
export const BEGIN = 1;
export const RESET = 2;
export const SEEDED = 4;
export const PUSHED = 8;

/** Generalised forces and wrenches of every substep of a row; zeros where the row is not `PUSHED`. */
export interface Forces {
  /** Rows of `frameSkip` × nv, newtons or newton-metres. */
  readonly qfrc: Float64Array;
  /** Rows of `frameSkip` × nbody × 6 (force, torque; world); null while no hand was felt. */
  xfrc: Float64Array | null;
}

export class Moments implements SubstepRecorder {
  readonly marks: Uint8Array;
  /** Rows of `COUNTERS_SIZE`. */
  readonly counterRows: Float64Array;
  /** The action that led to the moment. */
  readonly actions: Float32Array;
  /** `Simulation.carried` at the moment. */
  readonly carried: Float64Array;
  forces: Forces | null = null;
  /** The perturbations at the end of a step, to be restored. */
  readonly savedPerturbations: (SavedPerturbations | null)[];
  /** The same as they are drawn; a replay has them too. */
  readonly perturbations: (PerturbationState | null)[];
  /** The row of the current step. */
  slot = 0;
  /** Numbers of `qfrc` and of `xfrc` in a row. */
  readonly qfrcSize: number;
  readonly xfrcSize: number;
  private readonly states: Float64Array;
  private readonly physics: Physics;

  constructor(
    private readonly simulation: Simulation,
    readonly rows: number,
  ) {
    this.physics = simulation.physics;
    const { model, frameSkip } = this.physics;
    this.qfrcSize = frameSkip * model.nv;
    this.xfrcSize = frameSkip * model.nbody * 6;
    this.marks = new Uint8Array(rows);
    this.savedPerturbations = new Array<SavedPerturbations | null>(rows).fill(null);
    this.perturbations = new Array<PerturbationState | null>(rows).fill(null);
    this.counterRows = new Float64Array(rows * COUNTERS_SIZE);
    this.actions = new Float32Array(rows * simulation.action.length);
    this.carried = new Float64Array(rows * simulation.carried.length);
    this.states = new Float64Array(rows * this.physics.fullState.size);
  }

  /** Bytes of a row with every force there can be. */
  static rowBytes({ physics, action, carried }: Simulation): number {
    const { nv, nbody } = physics.model;
    const kept = physics.fullState.size + COUNTERS_SIZE + carried.length;
    return 8 * (kept + physics.frameSkip * (nv + 6 * nbody)) + 4 * action.length + 1;
  }

  beforeSubstep(substep: number, pushed: boolean): void {
    if (substep === 0) this.marks[this.slot] = pushed ? PUSHED : 0;
    if (pushed) this.keepForces(substep);
    if (substep === this.physics.frameSkip - 1) {
      this.physics.fullState.save(this.states, this.slot * this.physics.fullState.size);
    }
  }

  /** Completes `slot` after a control step. */
  stepped(): void {
    this.simulation.saveCounters(this.counterRows, this.slot * COUNTERS_SIZE);
    this.actions.set(this.simulation.action, this.slot * this.simulation.action.length);
    this.carried.set(this.simulation.carried, this.slot * this.simulation.carried.length);
    this.savedPerturbations[this.slot] = this.simulation.perturbations.saved;
    this.perturbations[this.slot] = this.simulation.perturbation;
  }

  /** Makes `slot` the beginning of an episode, after a reset. */
  began(seeded: boolean): void {
    const { qpos, qvel } = this.physics.start;
    const start = this.slot * this.physics.fullState.size;
    this.states.set(qpos, start);
    this.states.set(qvel, start + qpos.length);
    this.marks[this.slot] = BEGIN | RESET | (seeded ? SEEDED : 0);
    this.stepped();
  }

  /** Makes `slot` the beginning of an episode at a state that was restored. */
  entered(state: Float64Array): void {
    this.states.set(state, this.slot * this.physics.fullState.size);
    this.marks[this.slot] = BEGIN | SEEDED;
    this.stepped();
  }

  /** Copies of a row for another worker, without perturbations and running statistics. */
  keep(slot: number): Omit<SavedMoment, "statistics"> {
    const reset = (this.mark(slot) & RESET) !== 0;
    const { nq, nv } = this.physics.model;
    const { action, carried } = this.simulation;
    return {
      reset,
      state: this.state(slot).slice(0, reset ? nq + nv : undefined),
      counters: this.counterRows.slice(slot * COUNTERS_SIZE, (slot + 1) * COUNTERS_SIZE),
      action: this.actions.slice(slot * action.length, (slot + 1) * action.length),
      carried: this.carried.slice(slot * carried.length, (slot + 1) * carried.length),
    };
  }

  /** Makes `slot` the beginning of what is known, at a moment of another worker, and puts the simulation there. */
  resumed({ reset, state, counters, action, carried }: SavedMoment): void {
    this.states.set(state, this.slot * this.physics.fullState.size);
    this.counterRows.set(counters, this.slot * COUNTERS_SIZE);
    this.actions.set(action, this.slot * this.simulation.action.length);
    this.carried.set(carried, this.slot * this.simulation.carried.length);
    this.marks[this.slot] = reset ? BEGIN | RESET : BEGIN;
    this.savedPerturbations[this.slot] = null;
    this.perturbations[this.slot] = null;
    this.restore(this.slot, this.simulation);
  }

  /** The full state of a row: what `Physics.restore` takes, or `qpos` and `qvel` in front where it is a `RESET`. */
  state(slot: number): Float64Array {
    const { size } = this.physics.fullState;
    return this.states.subarray(slot * size, (slot + 1) * size);
  }

  /** Puts `simulation`, this one or another of the same bundle, where it was; running statistics are not kept here. */
  restore(slot: number, simulation: Simulation): void {
    const { physics } = simulation;
    const state = this.state(slot);
    if ((this.mark(slot) & RESET) !== 0) {
      const { nq, nv } = physics.model;
      physics.reset(state.subarray(0, nq), state.subarray(nq, nq + nv));
    } else {
      physics.restore(state);
    }
    const { action, carried } = simulation;
    simulation.loadCounters(
      this.counterRows,
      slot * COUNTERS_SIZE,
      this.actions.subarray(slot * action.length, (slot + 1) * action.length),
      this.carried.subarray(slot * carried.length, (slot + 1) * carried.length),
    );
  }

  mark(slot: number): number {
    return this.marks[slot] as number;
  }

  /** Copies of `count` rows, the first of them `slots(0)`: they stay as they are while play goes on. */
  copy(count: number, slots: (row: number) => number): Moments {
    const copy = new Moments(this.simulation, count);
    const { forces } = this;
    if (forces !== null) copy.forces = copy.emptyForces();
    for (let row = 0; row < count; row++) {
      const slot = slots(row);
      copyRow(this.states, slot, copy.states, row, this.physics.fullState.size);
      copyRow(this.counterRows, slot, copy.counterRows, row, COUNTERS_SIZE);
      copyRow(this.actions, slot, copy.actions, row, this.simulation.action.length);
      copyRow(this.carried, slot, copy.carried, row, this.simulation.carried.length);
      copy.marks[row] = this.mark(slot);
      copy.perturbations[row] = this.perturbations[slot] ?? null;
      if (forces === null || copy.forces === null || (this.mark(slot) & PUSHED) === 0) continue;
      copyRow(forces.qfrc, slot, copy.forces.qfrc, row, this.qfrcSize);
      if (forces.xfrc === null) continue;
      copy.forces.xfrc ??= new Float64Array(count * this.xfrcSize);
      copyRow(forces.xfrc, slot, copy.forces.xfrc, row, this.xfrcSize);
    }
    return copy;
  }

  private emptyForces(): Forces {
    return { qfrc: new Float64Array(this.rows * this.qfrcSize), xfrc: null };
  }

  private keepForces(substep: number): void {
    this.forces ??= this.emptyForces();
    const { qfrc_applied, xfrc_applied } = this.physics.views;
    this.forces.qfrc.set(qfrc_applied, this.slot * this.qfrcSize + substep * qfrc_applied.length);
    if (this.forces.xfrc === null) {
      if (xfrc_applied.every(isZero)) return;
      this.forces.xfrc = new Float64Array(this.rows * this.xfrcSize);
    }
    this.forces.xfrc.set(xfrc_applied, this.slot * this.xfrcSize + substep * xfrc_applied.length);
  }
}

function copyRow<A extends Float64Array | Float32Array>(from: A, row: number, to: A, at: number, width: number): void {
  to.set(from.subarray(row * width, (row + 1) * width), at * width);
}

function isZero(value: number): boolean {
  return value === 0;
}
