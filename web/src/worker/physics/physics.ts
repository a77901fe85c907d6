/**
 * One simulated world: MuJoCo's model and data, stepped as Gymnasium steps them.
 *
 * A step sets `ctrl`, calls `mj_step` `frame_skip` times and `mj_rnePostConstraint` once. Nothing calls `mj_forward` on a
 * running world: `xpos`, `cvel` and their like lag one substep behind `qpos`, in training as here.
 * Source: gymnasium/envs/mujoco/mujoco_env.py
 */
import type { DoubleBuffer, MjContact, MjData, MjModel } from "@mujoco/mujoco";
import type { Control, ModelChanges } from "../../generated/bundle";
import { Controller } from "./control";
import { compileModel, type Engine } from "./engine";
import { FullState } from "./full_state";
import { changeModel } from "./model_changes";

/** Arrays of `mjData` that the simulation reads or writes: views into the WASM heap, row-major, float64. */
const FIELDS = [
  "qpos",
  "qvel",
  "ctrl",
  "cinert",
  "cvel",
  "cfrc_ext",
  "qfrc_actuator",
  "qfrc_constraint",
  "qfrc_applied",
  "xfrc_applied",
  "xpos",
  "xquat",
  "xmat",
  "xipos",
  "site_xpos",
  "site_xmat",
  "xanchor",
  "xaxis",
  "actuator_force",
  "subtree_com",
  "sensordata",
] as const;

export type Field = (typeof FIELDS)[number];
export type Views = Readonly<Record<Field, Float64Array>>;

/** MuJoCo's `mjMAXVAL`. */
const MAX_VALUE = 1e10;

export interface World {
  readonly xml: string;
  readonly assets: ReadonlyMap<string, Uint8Array>;
  /** Seconds per substep. */
  readonly timestep: number;
  readonly frameSkip: number;
  /** Of a robot; else the action is `ctrl`. */
  readonly control?: Control | null;
  /** Of a robot: what its loop changes in the scene's model. */
  readonly changes?: ModelChanges | null;
  /** Whether `mj_step1` brings up to date what lags behind `qpos`, after each control step. */
  readonly fresh?: boolean;
}

/** Is called immediately before each substep, after the forces were written. */
export interface SubstepRecorder {
  /** `pushed`: applied forces may have been written. */
  beforeSubstep(substep: number, pushed: boolean): void;
}

function viewsOf(data: MjData): Views {
  const views: Partial<Record<Field, Float64Array>> = {};
  for (const field of FIELDS) views[field] = data[field];
  return views as Views;
}

export class Physics {
  readonly model: MjModel;
  readonly frameSkip: number;
  /** Seconds per substep. */
  readonly timestep: number;
  /** Seconds per control step. */
  readonly dt: number;
  recorder: SubstepRecorder | null = null;
  /** Everything that the next substep depends on. */
  readonly fullState: FullState;
  /** `qpos` and `qvel` of the last reset, as they were given. */
  readonly start: { readonly qpos: Float64Array; readonly qvel: Float64Array };
  private readonly controller: Controller | null;
  private readonly fresh: boolean;
  private readonly data: MjData;
  private live: Views;

  constructor(
    readonly engine: Engine,
    world: World,
  ) {
    const model = compileModel(engine, world.xml, world.assets);
    let data: MjData | null = null;
    try {
      const options = model.opt;
      try {
        options.timestep = world.timestep;
        // A simulation that diverges must be noticed (`diverged`), not reset by MuJoCo in the middle of a step.
        options.disableflags |= engine.mjtDisableBit.mjDSBL_AUTORESET.value;
      } finally {
        options.delete();
      }
      if (world.control) changeModel(engine, model, world.control, world.changes ?? null);
      data = new engine.MjData(model);
      if (model.nq === 0) throw new Error("scene.xml has no joint: there is nothing to simulate.");
      this.live = viewsOf(data);
      this.fullState = new FullState(engine, model, data);
      this.controller = world.control ? new Controller(world.control, engine, model) : null;
    } catch (error) {
      data?.delete();
      model.delete();
      throw error;
    }
    this.model = model;
    this.data = data;
    this.frameSkip = world.frameSkip;
    this.fresh = world.fresh ?? false;
    this.start = { qpos: new Float64Array(model.nq), qvel: new Float64Array(model.nv) };
    this.timestep = world.timestep;
    this.dt = world.timestep * world.frameSkip;
  }

  /** Views of the live arrays, valid until something allocates in the WASM heap: take them anew, keep none. */
  get views(): Views {
    // A grown heap detaches every view; a detached view has no elements.
    if (this.live.qpos.length === 0) this.live = viewsOf(this.data);
    return this.live;
  }

  /** Seconds of simulated time since the reset, as MuJoCo has summed them. */
  get time(): number {
    return this.data.time;
  }

  /** A position or a velocity is NaN, or beyond MuJoCo's own limit. */
  get diverged(): boolean {
    const { qpos, qvel } = this.views;
    for (let i = 0; i < qpos.length; i++) if (!(Math.abs(qpos[i] as number) <= MAX_VALUE)) return true;
    for (let i = 0; i < qvel.length; i++) if (!(Math.abs(qvel[i] as number) <= MAX_VALUE)) return true;
    return false;
  }

  /** Bytes of the WASM heap, all models together. */
  get heapBytes(): number {
    return this.views.qpos.buffer.byteLength;
  }

  /**
   * `mj_resetData`, then `setState`; a robot's loop then holds its first target. Raises for an invalid state, before
   * anything changes.
   */
  reset(qpos: ArrayLike<number>, qvel: ArrayLike<number>): void {
    this.checkState(qpos, qvel);
    this.engine.mj_resetData(this.model, this.data);
    this.setState(qpos, qvel);
    this.start.qpos.set(qpos);
    this.start.qvel.set(qvel);
    if (this.controller === null) this.engine.mj_forward(this.model, this.data);
    else this.hold(this.controller);
  }

  /** `mj_forward` would change the first step's warm start, which no deployment loop does. */
  private hold(controller: Controller): void {
    controller.rest();
    for (let i = 0; i < controller.hold; i++) {
      controller.write(this.views);
      this.engine.mj_step(this.model, this.data);
    }
    if (controller.hold === 0) this.engine.mj_step1(this.model, this.data);
    this.settle();
  }

  /** What is computed once a control step, after its substeps. */
  private settle(): void {
    this.engine.mj_rnePostConstraint(this.model, this.data);
    if (this.fresh) this.engine.mj_step1(this.model, this.data);
  }

  /** Overwrites `qpos` and `qvel` and nothing else: warm start and derived quantities stay as they are. */
  setState(qpos: ArrayLike<number>, qvel: ArrayLike<number>): void {
    this.checkState(qpos, qvel);
    const views = this.views;
    views.qpos.set(qpos);
    views.qvel.set(qvel);
  }

  private checkState(qpos: ArrayLike<number>, qvel: ArrayLike<number>): void {
    for (const [name, state, size] of [
      ["qpos", qpos, this.model.nq],
      ["qvel", qvel, this.model.nv],
    ] as const) {
      if (state.length !== size) {
        throw new RangeError(`This model's ${name} has ${size} numbers, not ${state.length}.`);
      }
      for (let i = 0; i < size; i++) {
        if (!Number.isFinite(state[i]))
          throw new RangeError(`${name}[${i}] is ${state[i]}: a state is made of finite numbers.`);
      }
    }
  }

  /** One control step under `action`; `beforeSubstep`, where given, may write forces before each substep. */
  step(action: ArrayLike<number>, beforeSubstep: (() => void) | null): void {
    const { controller } = this;
    if (controller === null) this.views.ctrl.set(action);
    else controller.aim(action, this.views.qpos);
    for (let i = 0; i < this.frameSkip; i++) {
      if (controller !== null) controller.write(this.views);
      if (beforeSubstep !== null) beforeSubstep();
      this.recorder?.beforeSubstep(i, beforeSubstep !== null);
      this.engine.mj_step(this.model, this.data);
    }
    this.settle();
  }

  /**
   * Puts back a full state that was saved before the last substep of a step, and takes that substep again.
   *
   * Then every array of `mjData` is, to the last bit, what it was after that step: what lags behind `qpos`, too.
   */
  restore(state: Float64Array): void {
    this.fullState.load(state);
    this.engine.mj_step(this.model, this.data);
    this.settle();
  }

  /**
   * Adds the generalised force of `force` (newtons, world) at `point` (metres, world) of `body` to `into`, which lies in the
   * WASM heap: `qfrc_applied`, or a buffer of nv numbers.
   */
  applyForce(
    body: number,
    force: Float64Array,
    point: Float64Array,
    into: Float64Array | DoubleBuffer = this.views.qfrc_applied,
  ): void {
    this.engine.mj_applyFT(
      this.model,
      this.data,
      force as unknown as number[],
      ZERO as unknown as number[],
      point as unknown as number[],
      body,
      into,
    );
  }

  /** `M⁻¹ force` into `acceleration`: what the generalised `force` (nv) alone would do, by the last substep's inertia. */
  accelerate(force: Float64Array, acceleration: DoubleBuffer): void {
    this.engine.mj_solveM(this.model, this.data, acceleration, force as unknown as number[]);
  }

  /** Visits the pairs of geoms that touched in the last substep. */
  visitTouches(visit: (geom1: number, geom2: number) => void): void {
    const contacts = this.data.contact;
    try {
      for (let id = 0; id < contacts.size(); id++) {
        const contact = contacts.get(id);
        if (contact === undefined) continue;
        if (contact.efc_address >= 0) visit(contact.geom1, contact.geom2);
        contact.delete();
      }
    } finally {
      contacts.delete();
    }
  }

  /**
   * Visits the contacts of the last substep that carry a force. `force` is given in the contact's frame, newtons, in a
   * buffer of 6 numbers; what `visit` gets is only lent.
   */
  visitContacts(buffer: DoubleBuffer, visit: (contact: MjContact, force: Float64Array) => void): void {
    const contacts = this.data.contact;
    try {
      for (let id = 0; id < contacts.size(); id++) {
        const contact = contacts.get(id);
        if (contact === undefined) continue;
        try {
          if (contact.efc_address < 0) continue;
          this.engine.mj_contactForce(this.model, this.data, id, buffer);
          visit(contact, buffer.GetView());
        } finally {
          contact.delete();
        }
      }
    } finally {
      contacts.delete();
    }
  }

  /** The paths of tendons: MuJoCo's arrays of these names, valid until something allocates. */
  wraps(): Record<"ten_wrapadr" | "ten_wrapnum" | "wrap_obj" | "wrap_xpos", ArrayLike<number>> {
    const { ten_wrapadr, ten_wrapnum, wrap_obj, wrap_xpos } = this.data;
    return { ten_wrapadr, ten_wrapnum, wrap_obj, wrap_xpos };
  }

  dispose(): void {
    this.fullState.dispose();
    this.data.delete();
    this.model.delete();
  }
}

/** No torque. The bindings are declared for `number[]`; they read any array-like, a typed one without conversion. */
const ZERO = new Float64Array(3);
