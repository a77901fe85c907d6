/** What the page knows now, as signals: a panel that reads one is drawn again when it changes. */
import { signal } from "@preact/signals";
import { type Frame, type Loaded, type PlayState, UNLOADED } from "../../protocol";

/** The settings, and what plays. */
export const state = signal<PlayState>(UNLOADED);
/** The bundle in place; null before the first. */
export const loaded = signal<Loaded | null>(null);
/** The last frame that the worker sent; null before the first. */
export const frame = signal<Frame | null>(null);
