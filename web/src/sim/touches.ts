/** What hands do to the bodies at a moment, as it is drawn, and the rows in which a saved rollout keeps it. */
import { bodyId, nameOf } from "./engine";
import { MAX_TOUCHES_PER_STATE } from "./file_limits";
import type { Physics } from "./physics";
import type { Hand, PushMark, Vec3 } from "./protocol";
import type { Safetensors } from "./safetensors";

export interface Touches {
  readonly hand: Hand | null;
  readonly pins: readonly Hand[];
  /** Those that last, and those of a moment ago. */
  readonly pushes: readonly PushMark[];
}

export const UNTOUCHED: Touches = { hand: null, pins: [], pushes: [] };

/** Numbers of a row: which state, kind, body, id of a push, point x y z, target (of a push: impulse) x y z, force x y z. */
export const TOUCH_ROW = 13;
const KIND = { hand: 0, pin: 1, push: 2 } as const;
type Kind = keyof typeof KIND;

/** The rows of what hands did, by state; null where there are none. */
export function writeTouches(touches: ReadonlyMap<number, Touches>, { engine, model }: Physics): Float64Array | null {
  const rows: number[] = [];
  const add = (state: number, kind: Kind, id: number, { body, point, force }: Hand | PushMark, to: Vec3): void => {
    rows.push(state, KIND[kind], bodyId(engine, model, body), id, ...point, ...to, ...force);
  };
  touches.forEach((touch, state) => {
    if (touch.hand !== null) add(state, "hand", 0, touch.hand, touch.hand.target);
    for (const pin of touch.pins) add(state, "pin", 0, pin, pin.target);
    for (const push of touch.pushes) add(state, "push", push.id, push, push.impulse);
  });
  return rows.length === 0 ? null : Float64Array.from(rows);
}

/** What hands did, by state, of `states`. Raises, through `file`, where a row means nothing in this model. */
export function readTouches(
  rows: Float64Array,
  states: number,
  { engine, model }: Physics,
  file: Pick<Safetensors, "raise">,
): Map<number, Touches> {
  const touches = new Map<number, { hand: Hand | null; pins: Hand[]; pushes: PushMark[] }>();
  for (let at = 0; at < rows.length; at += TOUCH_ROW) {
    const [state = -1, kind, bodyIndex = -1, id = -1] = rows.subarray(at, at + 4);
    if (!Number.isSafeInteger(bodyIndex) || bodyIndex < 0 || bodyIndex >= model.nbody) {
      file.raise(`: "touches" should name bodies below ${model.nbody}; it names ${bodyIndex}`);
    }
    if (!Number.isSafeInteger(state) || state < 0 || state >= states) {
      file.raise(`: "touches" should name states below ${states}; it names ${state}`);
    }
    const body = nameOf(engine, model, "body", bodyIndex);
    const [point, to, force] = [vector(rows, at + 4), vector(rows, at + 7), vector(rows, at + 10)];
    const touch = touches.get(state) ?? { hand: null, pins: [], pushes: [] };
    touches.set(state, touch);
    if (kind === KIND.hand) touch.hand = { body, point, target: to, force };
    else if (kind === KIND.pin) touch.pins.push({ body, point, target: to, force });
    else if (kind === KIND.push) touch.pushes.push({ id, body, point, impulse: to, force });
    else file.raise(`: "touches" should be of kind 0, 1 or 2; one is of kind ${kind}`);
    if (touch.pins.length + touch.pushes.length > MAX_TOUCHES_PER_STATE) {
      file.raise(`: state ${state} has more than ${MAX_TOUCHES_PER_STATE} pins and pushes`);
    }
  }
  return touches;
}

function vector(rows: Float64Array, at: number): Vec3 {
  return [rows[at] as number, rows[at + 1] as number, rows[at + 2] as number];
}
