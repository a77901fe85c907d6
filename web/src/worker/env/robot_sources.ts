/** What a robot's loop reads that is not a run of an array of `mjData`: computed, or gathered here and there. */
import type { ObservationTerm } from "../../generated/bundle";
import { idOf } from "../physics/engine";
import type { Physics } from "../physics/physics";

/** What a robot's loop knows beside `mjData`. */
export interface Asked {
  /** What the user asks for. */
  readonly command: Float64Array;
  /** The network's last. */
  readonly action: ArrayLike<number>;
  /** The phase of the stride that the command drives, in [0, 1): one number, or none. */
  readonly stride: Float64Array;
  /** With a history, the last values of each term, the newest first, one term after the other. */
  readonly past: Float64Array;
}

export const NOTHING_ASKED: Asked = {
  command: new Float64Array(),
  action: [],
  stride: new Float64Array(),
  past: new Float64Array(),
};

/** `count` numbers, which `read` writes into `values` from `at` on. */
export interface RobotSource {
  readonly count: number;
  read(values: Float64Array, at: number): void;
}

type Three = [number, number, number];
type Four = [number, number, number, number];

/** Their names. */
export const ROBOT_SOURCES = [
  "command",
  "last_action",
  "phase",
  "projected_gravity",
  "base_linvel",
  "joint_pos",
  "joint_vel",
  "sensor",
] as const;

/** Null: the term reads an array of `mjData`, or the time that is left. */
export function robotSource(term: ObservationTerm, physics: Physics, asked: Asked): RobotSource | null {
  const { model, engine } = physics;
  const [from, to] = [term.from ?? 0, term.to];
  const made = (size: number, number: (i: number) => number): RobotSource => {
    const count = (to ?? size) - from;
    if (!(from >= 0 && count > 0 && from + count <= size))
      throw new Error(
        `Observation term ${term.name}: [${from}, ${to}) lies outside ${term.source}, of ${size} numbers.`,
      );
    const read = (values: Float64Array, at: number): void => {
      for (let i = 0; i < count; i++) values[at + i] = number(from + i);
    };
    return { count, read };
  };
  switch (term.source) {
    case "command":
      return made(asked.command.length, (i) => asked.command[i] as number);
    case "last_action":
      return made(asked.action.length, (i) => asked.action[i] as number);
    case "phase": {
      const { still = null, shift = 0 } = term;
      return made(2, (i) => {
        if (still !== null && lengthOf(asked.command) < still) return 0;
        const angle = 2 * Math.PI * (shareOf(term, physics, asked) + shift);
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

/** Of a stride, from its beginning, as a term of a phase tells it. */
export function shareOf({ period }: ObservationTerm, { time, timestep }: Physics, { stride }: Asked): number {
  if (!period) return stride[0] as number;
  const steps = Math.round(time / timestep);
  return ((steps * timestep) % period) / period;
}

function lengthOf(vector: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) * (vector[i] as number);
  return Math.sqrt(sum);
}

/** Where the position of the first free joint begins. */
function freeJoint({ engine, model }: Physics): number {
  const free = Array.from(model.jnt_type).indexOf(engine.mjtJoint.mjJNT_FREE.value);
  if (free < 0) throw new Error("projected_gravity needs a free joint, which scene.xml does not have.");
  return model.jnt_qposadr[free] as number;
}
