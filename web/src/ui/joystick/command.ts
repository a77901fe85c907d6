/** The command of a robot as the page holds it: what is asked, and what keys and a gamepad's sticks make of it. */
import { effect } from "@preact/signals";
import type { Command } from "../../generated/bundle";
import type { Actions } from "../actions";
import { loaded, state } from "../page/now";

/** A stick that rests is rarely at 0. */
const DEAD = 0.12;

/** Keys, the number that each moves, and which way: forward, left, turn to the left. */
const KEYS: Readonly<Record<string, readonly [number, 1 | -1]>> = {
  w: [0, 1],
  s: [0, -1],
  a: [1, 1],
  d: [1, -1],
  q: [2, 1],
  e: [2, -1],
};

/** What can be asked of what plays; null: nothing. */
export const commandOf = (): Command | null => loaded.value?.manifest.env.command ?? null;

/** The number `share` (-1 to 1) of the way from 0 to its bound on that side. */
export function shareOf(command: Command, index: number, share: number): number {
  const bound = (share < 0 ? command.low[index] : command.high[index]) ?? 0;
  return share === 0 ? 0 : Math.abs(share) * bound;
}

/** The other way: -1 to 1. */
export function shareAt(command: Command, index: number, value: number): number {
  const bound = (value < 0 ? command.low[index] : command.high[index]) ?? 0;
  return bound === 0 ? 0 : value / Math.abs(bound);
}

/** What was asked last, until it is in force: two keys may be released before the state tells of the first. */
const asked: { last: readonly number[] | null; pending: number } = { last: null, pending: 0 };

/** Commands these numbers, by their places; the others stay. */
export async function command(actions: Actions, numbers: Readonly<Record<number, number>>): Promise<void> {
  const before = asked.last ?? state.value.command;
  const wanted = before.map((number, i) => numbers[i] ?? number);
  // A stick is looked at in every frame.
  if (wanted.every((number, i) => number === before[i])) return;
  asked.last = wanted;
  asked.pending += 1;
  await actions.setCommand(wanted);
  asked.pending -= 1;
}

// The answer to a command may come before the state that tells of it.
effect(() => {
  if (state.value.bundle !== "" && asked.pending === 0) asked.last = null;
});

/** Walks while a key is held. */
export function listenToWalkingKeys(actions: Actions): void {
  const held = new Set<string>();
  const act = (key: string): void => {
    const takes = commandOf();
    const [index, sign] = KEYS[key] ?? [0, 1];
    if (takes === null || takes.names.length <= index) return;
    const opposite = Object.keys(KEYS).find((other) => KEYS[other]?.[0] === index && other !== key) ?? "";
    const share = (held.has(key) ? sign : 0) - (held.has(opposite) ? sign : 0);
    void command(actions, { [index]: shareOf(takes, index, share) });
  };
  window.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !(key in KEYS)) return;
    if (event.target instanceof Element && event.target.closest("input[type=number], select, textarea, dialog")) return;
    held.add(key);
    act(key);
  });
  window.addEventListener("keyup", (event) => {
    const key = event.key.toLowerCase();
    if (held.delete(key)) act(key);
  });
  window.addEventListener("blur", () => {
    for (const key of [...held]) {
      held.delete(key);
      act(key);
    }
  });
}

/** The command that a gamepad's sticks make: the left one walks, the right one turns; null while all rest. */
export function ofSticks(command: Command, axes: readonly number[]): readonly number[] | null {
  const tilt = (axis: number): number => {
    const value = axes[axis] ?? 0;
    return Math.abs(value) < DEAD ? 0 : -Math.max(-1, Math.min(1, value));
  };
  const shares = [tilt(1), tilt(0), tilt(2)];
  if (shares.every((share) => share === 0)) return null;
  return command.names.map((_, i) => shareOf(command, i, shares[i] ?? 0));
}

/** Follows the sticks from the first time that one is connected. */
export function watchSticks(actions: Actions): void {
  let walking = false;
  const look = (): void => {
    const takes = commandOf();
    const pad = navigator.getGamepads().find((each) => each?.connected) ?? null;
    if (pad === null) return;
    if (takes !== null && state.value.overrides.length === 0) {
      const wanted = ofSticks(takes, pad.axes);
      if (wanted !== null || walking) void command(actions, { ...(wanted ?? takes.names.map(() => 0)) });
      walking = wanted !== null;
    }
    requestAnimationFrame(look);
  };
  window.addEventListener("gamepadconnected", () => requestAnimationFrame(look));
}
