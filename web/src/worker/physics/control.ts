/**
 * A robot's control law as the manifest describes it: from an action to `ctrl`, before each of MuJoCo's steps.
 *
 * Spec: mjcf/control.py. Products are rounded to float32 as NumPy does with a float32 action, sums are float64.
 */
import type { MjModel } from "@mujoco/mujoco";
import type { Control } from "../../generated/bundle";
import { type Engine, idOf } from "./engine";

/** What a law reads and writes: views of `mjData`. */
export interface Actuated {
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
  readonly ctrl: Float64Array;
}

export class Controller {
  /** MuJoCo's steps after a reset in which the target is the law's `offset`. */
  readonly hold: number;
  private readonly target: Float64Array;
  /** Which actuator each number of an action drives. */
  private readonly order: readonly number[];
  private readonly positions: readonly number[];
  private readonly velocities: readonly number[];

  /** Raises where the law names a joint that the model does not have, or drives another number of actuators. */
  constructor(
    private readonly law: Control,
    engine: Engine,
    model: MjModel,
  ) {
    if (law.scale.length !== model.nu) {
      throw new Error(`The control law drives ${law.scale.length} actuators, scene.xml has ${model.nu}.`);
    }
    this.hold = law.hold ?? 0;
    this.order = law.actuators ?? Array.from({ length: model.nu }, (_, i) => i);
    this.target = new Float64Array(model.nu);
    const joints = (law.joints ?? []).map((name) => idOf(engine, model, "joint", name));
    this.positions = joints.map((joint) => model.jnt_qposadr[joint] as number);
    this.velocities = joints.map((joint) => model.jnt_dofadr[joint] as number);
    this.rest();
  }

  /** Aims at the law's `offset`. */
  rest(): void {
    for (let i = 0; i < this.target.length; i++) this.aimAt(i, this.law.offset[i] as number);
  }

  /** `qpos` is where the joints are at that moment. */
  aim(action: ArrayLike<number>, qpos: Float64Array): void {
    const { scale, offset, relative = false } = this.law;
    for (let i = 0; i < this.target.length; i++) {
      const step = Math.fround((action[i] as number) * Math.fround(scale[i] as number));
      const target = (offset[i] as number) + step;
      this.aimAt(i, relative ? (qpos[this.positions[i] as number] as number) + target : target);
    }
  }

  /** Writes `ctrl` for the state as it is. Allocates nothing. */
  write({ qpos, qvel, ctrl }: Actuated): void {
    const { law, kp, kd, torque_limit: limit } = this.law;
    if (law === "position" || law === "pd_implicit") {
      for (let i = 0; i < ctrl.length; i++) ctrl[this.order[i] as number] = this.target[i] as number;
      return;
    }
    for (let i = 0; i < ctrl.length; i++) {
      const position = qpos[this.positions[i] as number] as number;
      const velocity = qvel[this.velocities[i] as number] as number;
      const target = this.target[i] as number;
      const torque =
        law === "velocity"
          ? (target - velocity) * (kd?.[i] as number)
          : (target - position) * (kp?.[i] as number) + (0 - velocity) * (kd?.[i] as number);
      const most = limit?.[i] ?? Number.POSITIVE_INFINITY;
      ctrl[this.order[i] as number] = Math.min(Math.max(torque, -most), most);
    }
  }

  private aimAt(i: number, target: number): void {
    this.target[i] = this.law.dtype === "float32" ? Math.fround(target) : target;
  }
}
