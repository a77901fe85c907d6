/**
 * The full state of a world: everything that the next substep depends on, in the order of `mjSTATE_INTEGRATION`.
 *
 * It is saved at every control step. `mj_getState` takes some 3 µs through the bindings and leaves 350 bytes of garbage, so
 * it is copied from `mjData`'s own arrays where those are all there is to it. A test holds the two to each other.
 * Source: mj_getState in mujoco/src/engine/engine_support.c
 */
import type { DoubleBuffer, MjData, MjModel } from "@mujoco/mujoco";
import type { Engine } from "./engine";

/** The parts that follow the time, in their order. The bindings cannot read `eq_active`, which comes after these. */
const PARTS = [
  "qpos",
  "qvel",
  "act",
  "history",
  "qacc_warmstart",
  "ctrl",
  "qfrc_applied",
  "xfrc_applied",
  "mocap_pos",
  "mocap_quat",
  "userdata",
  "plugin_state",
] as const;

export class FullState {
  /** How many numbers it has. */
  readonly size: number;
  private readonly mask: number;
  private readonly buffer: DoubleBuffer;
  /** The parts that have elements, where the state has no other; else null. */
  private readonly parts: readonly (typeof PARTS)[number][] | null;
  /** Views of them; a grown heap detaches them. */
  private views: readonly ArrayLike<number>[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly model: MjModel,
    private readonly data: MjData,
  ) {
    this.mask = engine.mjtState.mjSTATE_INTEGRATION.value;
    this.size = engine.mj_stateSize(model, this.mask);
    this.buffer = new engine.DoubleBuffer(this.size);
    const parts = PARTS.filter((part) => data[part].length > 0);
    const sum = parts.reduce((sum, part) => sum + data[part].length, 1);
    this.parts = sum === this.size ? parts : null;
  }

  /** Copies it into `states`, from element `at` on. Allocates nothing, but where the model has equality constraints. */
  save(states: Float64Array, at: number): void {
    const { parts, data } = this;
    if (parts === null) {
      this.engine.mj_getState(this.model, data, this.buffer, this.mask);
      states.set(this.buffer.GetView() as Float64Array, at);
      return;
    }
    if (!this.views[0]?.length) this.views = parts.map((part) => data[part]);
    states[at] = data.time;
    let next = at + 1;
    for (let i = 0; i < parts.length; i++) {
      const view = this.views[i] as ArrayLike<number>;
      states.set(view, next);
      next += view.length;
    }
  }

  /** Puts back what `save` wrote at `at`. Allocates nothing, but where the model has equality constraints. */
  put(states: Float64Array, at: number): void {
    const { parts, data } = this;
    if (parts === null) {
      this.load(states.slice(at, at + this.size));
      return;
    }
    if (!this.views[0]?.length) this.views = parts.map((part) => data[part]);
    data.time = states[at] as number;
    let next = at + 1;
    for (let i = 0; i < parts.length; i++) {
      const view = this.views[i] as Float64Array;
      for (let k = 0; k < view.length; k++) view[k] = states[next++] as number;
    }
  }

  /** Puts it back; what `mjData` derives from it is not computed. */
  load(state: Float64Array): void {
    if (state.length !== this.size) {
      throw new RangeError(`This model's full state has ${this.size} numbers, not ${state.length}.`);
    }
    this.engine.mj_setState(this.model, this.data, state as unknown as number[], this.mask);
  }

  dispose(): void {
    this.buffer.delete();
  }
}
