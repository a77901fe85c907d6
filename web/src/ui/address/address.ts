/** The address mirrors what plays, so that a link reproduces what one sees. */
import { BACKENDS, type Backend, MOST_BODIES, type PlayState, type SettingsChange, UNLOADED } from "../../protocol";
import { strings } from "../strings";
import { type PanelsWish, readPanels, writePanels } from "./panels";
import { type PinWish, readPins, writePins } from "./pins";
import { readSettings, writeSettings } from "./settings";
import { readView, type View, writeView } from "./view";

/** What an address asks for; null where it says nothing. */
export interface Wish {
  readonly bundle: string | null;
  readonly backend: Backend;
  readonly seed: number;
  readonly paused: boolean;
  readonly settings: SettingsChange;
  readonly pins: readonly PinWish[];
  readonly view: View;
  readonly panels: PanelsWish;
  /** Of the policy's training; null: the last. */
  readonly stage: number | null;
  /** Other policies beside it: names of bundles, with `:off` where the policy is off. */
  readonly beside: readonly string[];
  /** Bodies that play side by side, the first included. */
  readonly swarm: number;
  /** Whether the page is a clean frame in another. */
  readonly embed: boolean;
  /** Whether the tab verifies by itself soon after a load. */
  readonly verify: boolean;
}

/** What the page's address asks for. In a notebook's cell the page has none of its own, and its `<base>` tells. */
export const pageQuery = (): string => new URL(document.baseURI).search;

/** Whether the page has an address of its own, which another can open. */
export const hasAddress = (): boolean => window.location.protocol !== "about:";

/** Reads the query of an address; what cannot be meant goes to `complain`, and its default is taken. */
export function readAddress(search: string, complain: (message: string) => void): Wish {
  const query = new URLSearchParams(search);
  const wanted = query.get("backend") ?? UNLOADED.backend;
  const backend = BACKENDS.find((known) => known === wanted);
  if (backend === undefined) complain(strings.badBackend(wanted));
  const seed = Number(query.get("seed") ?? 0);
  const seedMeant = Number.isSafeInteger(seed) && seed >= 0;
  if (!seedMeant) complain(strings.badSeed);
  return {
    bundle: query.get("bundle"),
    stage: query.has("stage") ? Number(query.get("stage")) : null,
    beside: query.getAll("bundle").slice(1, 4),
    backend: backend ?? UNLOADED.backend,
    seed: seedMeant ? seed : 0,
    paused: query.get("paused") === "1",
    settings: readSettings(query, complain),
    pins: readPins(query, complain),
    view: readView(query, complain),
    panels: readPanels(query, complain),
    swarm: readSwarm(query, complain),
    embed: query.get("embed") === "1",
    verify: query.get("verify") !== "0",
  };
}

function readSwarm(query: URLSearchParams, complain: (message: string) => void): number {
  const bodies = Number(query.get("swarm") ?? 1);
  if (Number.isInteger(bodies) && bodies >= 1 && bodies <= MOST_BODIES) return bodies;
  complain(strings.badSwarm(MOST_BODIES));
  return 1;
}

/** What an address cannot know of the player: `playing` overrides the state's where a hidden tab merely rests. */
export interface Scene {
  readonly playing: boolean;
  readonly view: View;
  readonly pins: readonly PinWish[];
  readonly panels: PanelsWish;
  readonly swarm: number;
  readonly beside: readonly string[];
}

/** The query of an address that shows another what one sees. */
export function queryOf(state: PlayState, { playing, view, pins, panels, swarm, beside }: Scene): string {
  const query = new URLSearchParams({ bundle: state.bundle, backend: state.backend, seed: String(state.seed) });
  if (!playing) query.set("paused", "1");
  writeSettings(query, state);
  writePins(query, pins);
  writeView(query, view);
  writePanels(query, panels);
  if (state.stage !== null) query.set("stage", String(state.stage));
  for (const key of beside) query.append("bundle", key);
  if (swarm > 1) query.set("swarm", String(swarm));
  // Commas and colons need no escape, and are read better without.
  return `?${String(query).replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
}

/** Writes the state into the address; an embedded page stays one. */
export function writeAddress(state: PlayState, scene: Scene, embed: boolean): void {
  const address = `${queryOf(state, scene)}${embed ? "&embed=1" : ""}`;
  if (hasAddress() && address !== window.location.search)
    window.history.replaceState(null, "", `${address}${window.location.hash}`);
}
