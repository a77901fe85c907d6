/** The perturbations of a moment, as they are drawn, and the rows in which a saved rollout keeps them. */

import { MAX_PERTURBATIONS_PER_STATE } from "../../files/limits";
import type { Pull, PushMark, Vec3 } from "../../protocol";
import type { Safetensors } from "../bundle/safetensors";
import { bodyId, nameOf } from "../physics/engine";
import type { Physics } from "../physics/physics";

export interface PerturbationState {
  readonly hand: Pull | null;
  readonly pins: readonly Pull[];
  /** Those that last, and those of a moment ago. */
  readonly pushes: readonly PushMark[];
}

export const UNPERTURBED: PerturbationState = { hand: null, pins: [], pushes: [] };

/** Their tensor in a saved rollout: a name of the file format (docs/rollouts.md). */
export const PERTURBATIONS = "touches";
/** Numbers of a row: which state, kind, body, id of a push, point x y z, target (of a push: impulse) x y z, force x y z. */
export const PERTURBATION_ROW = 13;
const KIND = { hand: 0, pin: 1, push: 2 } as const;
type Kind = keyof typeof KIND;

/** The rows of these perturbations, by state; null where there are none. */
export function writePerturbations(
  perturbations: ReadonlyMap<number, PerturbationState>,
  { engine, model }: Physics,
): Float64Array | null {
  const rows: number[] = [];
  const add = (state: number, kind: Kind, id: number, { body, point, force }: Pull | PushMark, to: Vec3): void => {
    rows.push(state, KIND[kind], bodyId(engine, model, body), id, ...point, ...to, ...force);
  };
  perturbations.forEach((held, state) => {
    if (held.hand !== null) add(state, "hand", 0, held.hand, held.hand.target);
    for (const pin of held.pins) add(state, "pin", 0, pin, pin.target);
    for (const push of held.pushes) add(state, "push", push.id, push, push.impulse);
  });
  return rows.length === 0 ? null : Float64Array.from(rows);
}

/** The perturbations by state, of `states`. Raises, through `file`, where a row means nothing in this model. */
export function readPerturbations(
  rows: Float64Array,
  states: number,
  { engine, model }: Physics,
  file: Pick<Safetensors, "raise">,
): Map<number, PerturbationState> {
  const perturbations = new Map<number, { hand: Pull | null; pins: Pull[]; pushes: PushMark[] }>();
  for (let at = 0; at < rows.length; at += PERTURBATION_ROW) {
    const [state = -1, kind, bodyIndex = -1, id = -1] = rows.subarray(at, at + 4);
    if (!Number.isSafeInteger(bodyIndex) || bodyIndex < 0 || bodyIndex >= model.nbody) {
      file.raise(`: "${PERTURBATIONS}" should name bodies below ${model.nbody}; it names ${bodyIndex}`);
    }
    if (!Number.isSafeInteger(state) || state < 0 || state >= states) {
      file.raise(`: "${PERTURBATIONS}" should name states below ${states}; it names ${state}`);
    }
    const body = nameOf(engine, model, "body", bodyIndex);
    const [point, to, force] = [vector(rows, at + 4), vector(rows, at + 7), vector(rows, at + 10)];
    const held = perturbations.get(state) ?? { hand: null, pins: [], pushes: [] };
    perturbations.set(state, held);
    if (kind === KIND.hand) held.hand = { body, point, target: to, force };
    else if (kind === KIND.pin) held.pins.push({ body, point, target: to, force });
    else if (kind === KIND.push) held.pushes.push({ id, body, point, impulse: to, force });
    else file.raise(`: "${PERTURBATIONS}" should be of kind 0, 1 or 2; one is of kind ${kind}`);
    if (held.pins.length + held.pushes.length > MAX_PERTURBATIONS_PER_STATE) {
      file.raise(`: state ${state} has more than ${MAX_PERTURBATIONS_PER_STATE} pins and pushes`);
    }
  }
  return perturbations;
}

function vector(rows: Float64Array, at: number): Vec3 {
  return [rows[at] as number, rows[at + 1] as number, rows[at + 2] as number];
}
