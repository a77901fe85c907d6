/** What the page knows now, as signals: a panel that reads one is drawn again when it changes. */
import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { type Frame, type Loaded, type PlayState, type SightEvent, UNLOADED } from "../../protocol";

/** The settings, and what plays. */
export const state = signal<PlayState>(UNLOADED);
/** The bundle in place; null before the first. */
export const loaded = signal<Loaded | null>(null);
/** The last frame that the worker sent; null before the first. */
export const frame = signal<Frame | null>(null);
/** What the network that sees saw last; null before the first picture. */
export const sighted = signal<SightEvent | null>(null);

/** Calls `act` with each value that the signal takes, for what is not a Preact component. */
export function follow<T>(values: ReadonlySignal<T | null>, act: (value: T) => void): void {
  effect(() => {
    const value = values.value;
    // What `act` reads besides is not followed.
    if (value !== null) untracked(() => act(value));
  });
}
