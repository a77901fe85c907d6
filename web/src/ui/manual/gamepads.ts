/** A gamepad's sticks move the actuators that were taken over: the first axis the first of them, and so on. */
import { signal } from "@preact/signals";
import type { Override } from "../../protocol";
import type { Actions } from "../actions";
import { loaded, state } from "../page/now";

/** A stick that rests is rarely at 0. */
const DEAD = 0.08;
/** An axis that moved less than this since the last look rests: then a slider's word counts. */
const LEAST = 0.01;

/** The name of the gamepad that moves something; null: none. */
export const connected = signal<string | null>(null);

let watching = false;

/** Looks at the gamepads in every frame, while any actuator is moved by hand. */
export function watchGamepads(actions: Actions): void {
  if (watching || typeof navigator.getGamepads !== "function") return;
  watching = true;
  let before: readonly number[] = [];
  const look = (): void => {
    const { overrides } = state.value;
    if (overrides.length === 0) {
      watching = false;
      connected.value = null;
      return;
    }
    const pad = navigator.getGamepads().find((each) => each?.connected) ?? null;
    connected.value = pad?.id ?? null;
    const limits = loaded.value?.manifest.action;
    if (pad !== null && limits !== undefined) {
      const moved = byAxes(overrides, before, pad.axes, limits);
      if (moved !== overrides) actions.setOverrides(moved);
      before = moved === overrides && before.length > 0 ? before : [...pad.axes];
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Each override at its axis's place in the range, -1 to 1 from end to end, where that axis moved; itself where none did. */
export function byAxes(
  overrides: readonly Override[],
  before: readonly number[],
  axes: readonly number[],
  { low, high }: { readonly low: readonly number[]; readonly high: readonly number[] },
): readonly Override[] {
  let any = false;
  const moved = overrides.map((override, k) => {
    const axis = axes[k];
    const last = before[k];
    if (axis === undefined || last === undefined || Math.abs(axis - last) < LEAST) return override;
    any = true;
    const [least, most] = [low[override.actuator] ?? -1, high[override.actuator] ?? 1];
    const tilt = Math.abs(axis) < DEAD ? 0 : Math.max(-1, Math.min(1, axis));
    return { ...override, value: Math.min(most, least + ((tilt + 1) / 2) * (most - least)) };
  });
  return any ? moved : overrides;
}
