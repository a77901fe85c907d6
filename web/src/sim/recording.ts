/** From remembered moments to a rollout: each is put back in a world of its own, and read. */
import { Rows } from "./golden";
import { type Moments, PUSHED, RESET } from "./moments";
import type { Disturbance, Rollout } from "./rollout";
import { LEDGER, LEDGER_SIZE, type Simulation } from "./simulation";

/** Milliseconds of work between two breaths. */
const SLICE_MS = 4;

/**
 * The rollout of an episode's moments, in order.
 *
 * `scratch` is a simulation of the same bundle that nobody plays; `breathe` lets other work have its turn.
 */
export async function recordRollout(
  moments: Moments,
  scratch: Simulation,
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
    Float64Array.from({ length: steps }, (_, step) => moments.ledgers[(step + 1) * LEDGER_SIZE + entry] as number);
  const width = scratch.action.length;
  return {
    steps,
    seed: moments.ledgers[LEDGER.seed] as number,
    firstStep: moments.ledgers[LEDGER.steps] as number,
    state: (moments.mark(0) & RESET) !== 0 ? null : moments.state(0).slice(),
    qpos,
    qvel,
    observation,
    action: new Rows(moments.actions.slice(width), width),
    reward: column(LEDGER.reward),
    terminated: Uint8Array.from(column(LEDGER.stepTerminated)),
    truncated: Uint8Array.from(column(LEDGER.stepTruncated)),
    disturbance: disturbanceOf(moments),
  };
}

/** The first moment's own forces led to it: they are no part of what follows. */
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
