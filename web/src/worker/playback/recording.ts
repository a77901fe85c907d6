/** From remembered moments to a rollout and its file: each moment is restored in another simulation, and read. */

import type { Backend, RolloutFile, RolloutFormat } from "../../protocol";
import type { Bundle } from "../bundle/bundle";
import { Rows } from "../bundle/golden";
import type { Engine } from "../physics/engine";
import { type Disturbance, type Pictures, type Rollout, writeCsv, writeRollout } from "../recording/rollout";
import type { Sight } from "../sight/sight";
import { COUNTERS, COUNTERS_SIZE } from "../simulation/episode_counters";
import { Simulation } from "../simulation/simulation";
import type { History } from "./history";
import { type Moments, PUSHED, RESET } from "./moments";

/** Milliseconds of work before other work may run. */
const SLICE_MS = 4;

export interface Saving {
  /** The backend that computed the actions. */
  readonly backend: Backend;
  /** The environment's level. */
  readonly level: number | null;
  readonly format: RolloutFormat;
  readonly sight: Sight | null;
  /** Lets other work run. */
  breathe(): Promise<void>;
}

/** The file of the episode that `history` shows, while it may go on. */
export async function saveEpisode(
  engine: Engine,
  { manifest, xml, assets }: Bundle,
  history: History,
  { backend, level, format, sight, breathe }: Saving,
): Promise<RolloutFile> {
  const moments = history.episode();
  const scratch = new Simulation(engine, manifest, xml, assets);
  try {
    const { physics } = scratch;
    const rollout = {
      ...(await recordRollout(moments, scratch, level, breathe)),
      pictures: sight === null ? null : picturesOf(sight, moments),
    };
    const bytes =
      format === "csv"
        ? writeCsv(rollout, physics.dt, manifest.action.names ?? [])
        : writeRollout(rollout, physics, { manifest, mujocoVersion: engine.mj_versionString(), backend });
    const name = `${manifest.name}-seed${rollout.seed}.${format}`;
    return { name, bytes, steps: rollout.steps, disturbed: rollout.disturbance !== null };
  } finally {
    scratch.dispose();
  }
}

/**
 * The rollout of an episode's moments, in order.
 *
 * `scratch` is a simulation of the same bundle that is not being played; `breathe` lets other work run.
 */
export async function recordRollout(
  moments: Moments,
  scratch: Simulation,
  level: number | null,
  breathe: () => Promise<void>,
): Promise<Rollout> {
  const steps = moments.rows - 1;
  const { nq, nv } = scratch.physics.model;
  const rows = (width: number) => new Rows(new Float64Array((steps + 1) * width), width);
  const [qpos, qvel, observation] = [rows(nq), rows(nv), rows(scratch.observation.values.length)];
  for (let row = 0, rested = performance.now(); row <= steps; row++) {
    moments.restore(row, scratch);
    qpos.row(row).set(scratch.physics.views.qpos);
    qvel.row(row).set(scratch.physics.views.qvel);
    observation.row(row).set(scratch.observation.values);
    if (performance.now() - rested > SLICE_MS) {
      await breathe();
      rested = performance.now();
    }
  }
  const column = (entry: number) =>
    Float64Array.from(
      { length: steps },
      (_, step) => moments.counterRows[(step + 1) * COUNTERS_SIZE + entry] as number,
    );
  const width = scratch.action.length;
  const { recurrentState, carried, asked, loop } = scratch;
  const [state, commanded] = [recurrentState.length, asked.command.length];
  const begin = (moments.mark(0) & RESET) !== 0;
  const commands = commanded === 0 ? null : rows(commanded);
  for (let row = 0; row <= steps; row++) {
    const at = row * carried.length + state;
    commands?.row(row).set(moments.carried.subarray(at, at + commanded));
  }
  return {
    steps,
    level,
    seed: moments.counterRows[COUNTERS.seed] as number,
    firstStep: moments.counterRows[COUNTERS.steps] as number,
    state: (moments.mark(0) & RESET) !== 0 ? null : moments.state(0).slice(),
    start: begin && (scratch.manifest.env.control?.hold ?? 0) > 0 ? moments.state(0).slice(0, nq + nv) : null,
    lastAction: begin ? null : moments.actions.slice(0, width),
    recurrentState: state === 0 ? null : moments.carried.slice(0, state),
    loop: begin || loop.length === 0 ? null : moments.carried.slice(state + commanded, carried.length),
    commands,
    qpos,
    qvel,
    observation,
    action: new Rows(moments.actions.slice(width), width),
    reward: column(COUNTERS.reward),
    terminated: Uint8Array.from(column(COUNTERS.stepTerminated)),
    truncated: Uint8Array.from(column(COUNTERS.stepTruncated)),
    disturbance: disturbanceOf(moments),
    pictures: null,
    perturbations: new Map(moments.perturbations.flatMap((held, state) => (held === null ? [] : [[state, held]]))),
  };
}

/** What the policy saw before each step; null where it acted on anything else at some of them. */
function picturesOf({ lens: { width, height }, pictures }: Sight, moments: Moments): Pictures | null {
  const steps = moments.rows - 1;
  const first = moments.counterRows[COUNTERS.steps] as number;
  const size = 3 * width * height;
  const pixels = new Uint8Array(steps * size);
  for (let step = 0; step < steps; step++) {
    const picture = pictures.get(first + step);
    if (picture === undefined) return null;
    pixels.set(picture, step * size);
  }
  return { width, height, pixels };
}

/** The forces of the first moment led to it, and are not part of what follows. */
function disturbanceOf(moments: Moments): Disturbance | null {
  const rows: number[] = [];
  for (let row = 1; row < moments.rows; row++) if ((moments.mark(row) & PUSHED) !== 0) rows.push(row);
  const { forces, qfrcSize, xfrcSize } = moments;
  if (forces === null || rows.length === 0) return null;
  const gather = (from: Float64Array, width: number): Float64Array => {
    const gathered = new Float64Array(rows.length * width);
    rows.forEach((row, i) => {
      gathered.set(from.subarray(row * width, (row + 1) * width), i * width);
    });
    return gathered;
  };
  return {
    steps: rows.map((row) => row - 1),
    qfrc: gather(forces.qfrc, qfrcSize),
    xfrc: forces.xfrc === null ? null : gather(forces.xfrc, xfrcSize),
  };
}
