/**
 * A recorded episode as a file: what the page saves and plays again. The format is docs/rollouts.md.
 *
 * The tensors of `golden.safetensors`, and what they cannot say: the full state where the beginning is not a reset, and the
 * forces of every substep in which a hand was at work.
 */

import { checkMetadata, FORMAT, ROLLOUT_ADVICE, VERSION } from "../../files/rollout_metadata";
import { clipped } from "../../files/safetensors_header";
import type { Manifest } from "../../generated/bundle";
import { loopSize, recurrentSize } from "../bundle/carried_sizes";
import { type Golden, Rows, readSteps } from "../bundle/golden";
import { type NewTensor, Safetensors, writeSafetensors } from "../bundle/safetensors";
import {
  PERTURBATION_ROW,
  PERTURBATIONS,
  type PerturbationState,
  readPerturbations,
  writePerturbations,
} from "../perturbation/perturbation_state";
import type { Physics } from "../physics/physics";

/** Forces on the disturbed steps, in their order. */
export interface Disturbance {
  /** Which steps of the rollout, counted from its beginning. */
  readonly steps: readonly number[];
  /** [steps, frame_skip, nv], N or N·m. */
  readonly qfrc: Float64Array;
  /** [steps, frame_skip, nbody, 6]: force and torque, world; null where no perturbation was felt. */
  readonly xfrc: Float64Array | null;
}

/** [steps, height, width, 3] uint8. */
export interface Pictures {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export interface Rollout extends Golden {
  /** The environment's level, where it has some and one was chosen. */
  readonly level: number | null;
  /** Control steps since the reset at the beginning. */
  readonly firstStep: number;
  /** The full state that `Physics.restore` takes; null where the rollout begins with a reset. */
  readonly state: Float64Array | null;
  /** Positions, then velocities, that the reset was given, where a robot's loop holds it before the first row; else null. */
  readonly start: Float64Array | null;
  /** The action that led to `state`; null where there is none, and in older files. */
  readonly lastAction: Float32Array | null;
  /** Of a recurrent network, at the beginning; null: zeros. */
  readonly recurrentState: Float64Array | null;
  /** What the loop remembers at the beginning, `Simulation.loop`; null where that is a reset. */
  readonly loop: Float64Array | null;
  /** [steps + 1, c] of a robot that can be commanded. */
  readonly commands: Rows<Float64Array> | null;
  readonly disturbance: Disturbance | null;
  /** What the policy saw before each step, where it acted on pictures. */
  readonly pictures: Pictures | null;
  /** The perturbations to draw, by state. */
  readonly perturbations: ReadonlyMap<number, PerturbationState>;
}

export interface Provenance {
  readonly manifest: Manifest;
  readonly mujocoVersion: string;
  /** The backend that computed the actions. */
  readonly backend: string;
}

export function writeRollout(rollout: Rollout, physics: Physics, { manifest, ...rest }: Provenance): ArrayBuffer {
  const { steps, state, disturbance } = rollout;
  const { nv, nbody } = physics.model;
  const states = (data: Float64Array): NewTensor => ({
    dtype: "F64",
    shape: [steps + 1, data.length / (steps + 1)],
    data,
  });
  const tensors: Record<string, NewTensor> = {
    seed: { dtype: "I64", shape: [1], data: BigInt64Array.of(BigInt(rollout.seed)) },
    qpos: states(rollout.qpos.data),
    qvel: states(rollout.qvel.data),
    observation: states(rollout.observation.data),
    action: { dtype: "F32", shape: [steps, rollout.action.width], data: rollout.action.data },
    reward: { dtype: "F64", shape: [steps], data: rollout.reward },
    terminated: { dtype: "U8", shape: [steps], data: rollout.terminated },
    truncated: { dtype: "U8", shape: [steps], data: rollout.truncated },
  };
  if (rollout.pictures !== null) {
    const { width, height, pixels } = rollout.pictures;
    tensors.picture = { dtype: "U8", shape: [steps, height, width, 3], data: pixels };
  }
  const { start, lastAction, recurrentState, loop, commands } = rollout;
  if (start !== null) tensors.start = { dtype: "F64", shape: [start.length], data: start };
  if (loop !== null) tensors.loop = { dtype: "F64", shape: [loop.length], data: loop };
  if (lastAction !== null) tensors.last_action = { dtype: "F32", shape: [lastAction.length], data: lastAction };
  if (recurrentState !== null)
    tensors.recurrent_state = { dtype: "F64", shape: [recurrentState.length], data: recurrentState };
  if (commands !== null) tensors.command = states(commands.data);
  if (state !== null) tensors.state = { dtype: "F64", shape: [state.length], data: state };
  if (disturbance !== null) {
    const n = disturbance.steps.length;
    const at = BigInt64Array.from(disturbance.steps, BigInt);
    tensors.disturbed = { dtype: "I64", shape: [n], data: at };
    tensors.qfrc_applied = { dtype: "F64", shape: [n, physics.frameSkip, nv], data: disturbance.qfrc };
    if (disturbance.xfrc !== null) {
      tensors.xfrc_applied = { dtype: "F64", shape: [n, physics.frameSkip, nbody, 6], data: disturbance.xfrc };
    }
  }
  const rows = writePerturbations(rollout.perturbations, physics);
  if (rows !== null) {
    tensors[PERTURBATIONS] = { dtype: "F64", shape: [rows.length / PERTURBATION_ROW, PERTURBATION_ROW], data: rows };
  }
  return writeSafetensors(tensors, {
    format: FORMAT,
    version: VERSION,
    bundle: manifest.name,
    env_id: manifest.env.id,
    env_kwargs: JSON.stringify(levelOf(manifest, rollout.level)?.kwargs ?? manifest.env.kwargs ?? {}),
    ...(rollout.level === null ? {} : { level: String(rollout.level) }),
    dt: String(physics.dt),
    first_step: String(rollout.firstStep),
    disturbed: String(disturbance !== null),
    mujoco_version: rest.mujocoVersion,
    backend: rest.backend,
    normalization: manifest.normalization.mode,
  });
}

/** Raises, in words, where the file is not one of these or does not fit what plays. */
export function readRollout(file: ArrayBuffer, name: string, manifest: Manifest, physics: Physics): Rollout {
  const tensors = new Safetensors(file, name, ROLLOUT_ADVICE);
  checkMetadata(tensors.metadata, name, manifest);
  const steps = readSteps(tensors, manifest);
  if (steps.steps === 0) tensors.raise("has no control step, so there is nothing to replay");
  const firstStep = Number(tensors.metadata.get("first_step") ?? 0);
  const counted = Number.isSafeInteger(firstStep) && firstStep >= 0 && Number.isSafeInteger(firstStep + steps.steps);
  if (!counted || firstStep > 0 !== tensors.has("state")) tensors.raise("does not say in which state it begins");
  const state = tensors.has("state") ? tensors.shaped("state", "F64", [physics.fullState.size]) : null;
  const disturbance = readDisturbance(tensors, steps.steps, physics);
  const said = tensors.metadata.get("level");
  const level = said === undefined ? (manifest.env.level ?? null) : Number(said);
  if (level !== null && levelOf(manifest, level) === undefined)
    tensors.raise(`was recorded at level ${clipped(said ?? "")}, which this bundle does not have`);
  return {
    ...steps,
    level,
    firstStep,
    state,
    start: tensors.has("start") ? tensors.shaped("start", "F64", [physics.model.nq + physics.model.nv]) : null,
    lastAction: tensors.has("last_action") ? tensors.shaped("last_action", "F32", [manifest.action.size]) : null,
    recurrentState: tensors.has("recurrent_state")
      ? tensors.shaped("recurrent_state", "F64", [recurrentSize(manifest)])
      : null,
    loop: tensors.has("loop") ? tensors.shaped("loop", "F64", [loopSize(manifest)]) : null,
    commands: readCommands(tensors, steps.steps, manifest),
    disturbance,
    // They are Python's to look at: the actions that followed are what is replayed.
    pictures: null,
    perturbations: readPerturbationTensor(tensors, steps.steps, physics),
  };
}

/** Older files have none. Raises where a command is out of range. */
function readCommands(tensors: Safetensors, steps: number, { env }: Manifest): Rows<Float64Array> | null {
  const width = env.command?.names.length ?? 0;
  if (!tensors.has("command")) return null;
  const commands = new Rows(tensors.shaped("command", "F64", [steps + 1, width]), width);
  const [low, high] = [env.command?.low ?? [], env.command?.high ?? []].map((bounds) => bounds.map(Math.fround));
  const fits = commands.data.every(
    (value, i) => value >= (low?.[i % width] as number) && value <= (high?.[i % width] as number),
  );
  if (!fits) tensors.raise("has a command that is out of this bundle's range");
  return commands;
}

function levelOf({ env }: Manifest, level: number | null) {
  return env.levels?.find((each) => each.level === level);
}

/** Older files have none. */
function readPerturbationTensor(tensors: Safetensors, steps: number, physics: Physics): Map<number, PerturbationState> {
  if (!tensors.has(PERTURBATIONS)) return new Map();
  const [rows = 0] = tensors.tensor(PERTURBATIONS, "F64", 2).shape;
  return readPerturbations(tensors.shaped(PERTURBATIONS, "F64", [rows, PERTURBATION_ROW]), steps + 1, physics, tensors);
}

function readDisturbance(tensors: Safetensors, total: number, physics: Physics): Disturbance | null {
  if (!tensors.has("disturbed")) return null;
  const { nv, nbody } = physics.model;
  const steps = Array.from(tensors.tensor("disturbed", "I64", 1).data, Number);
  if (steps.some((step, i) => step < 0 || step >= total || step <= (steps[i - 1] ?? -1))) {
    tensors.raise(`: "disturbed" should name steps below ${total}, in their order`);
  }
  const qfrc = tensors.shaped("qfrc_applied", "F64", [steps.length, physics.frameSkip, nv]);
  if (!tensors.has("xfrc_applied")) return { steps, qfrc, xfrc: null };
  return { steps, qfrc, xfrc: tensors.shaped("xfrc_applied", "F64", [steps.length, physics.frameSkip, nbody, 6]) };
}

/** One line per state: what a spreadsheet reads. An action and its reward are in the line of the state that they led to. */
export function writeCsv(rollout: Rollout, dt: number, actuators: readonly string[]): ArrayBuffer {
  const { steps, qpos, qvel, action, reward, terminated, truncated, firstStep } = rollout;
  const numbered = (name: string, size: number): string[] => Array.from({ length: size }, (_, i) => `${name}[${i}]`);
  const actions = Array.from({ length: action.width }, (_, i) => `action ${actuators[i] ?? i}`);
  const header = ["step", "time", "reward", "terminated", "truncated"].concat(
    actions,
    numbered("qpos", qpos.width),
    numbered("qvel", qvel.width),
  );
  const lines = [header.map(quoted).join(",")];
  for (let row = 0; row <= steps; row++) {
    const step = row - 1;
    const led = row === 0 ? ["", "", ""] : [reward[step], terminated[step], truncated[step]];
    const acted = row === 0 ? actions.map(() => "") : action.row(step);
    const time = (firstStep + row) * dt;
    lines.push([firstStep + row, time, ...led, ...acted, ...qpos.row(row), ...qvel.row(row)].join(","));
  }
  return new TextEncoder().encode(`${lines.join("\n")}\n`).buffer;
}

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
