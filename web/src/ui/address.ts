/** The address mirrors what plays, so that a link reproduces what one sees. */
import type { Backend, PlayState } from "../sim/protocol";
import { type HandsWish, readHands, writeHands } from "./hands_address";
import { strings } from "./strings";

/** The speed that is as fast as possible. */
const UNLIMITED = "max";

/** What an address asks for; null where it says nothing. */
export interface Wish {
  readonly bundle: string | null;
  readonly backend: Backend;
  readonly seed: number;
  readonly paused: boolean;
  readonly policy: boolean;
  readonly speed: number;
  readonly hands: HandsWish;
}

/** Reads `location.search`; what cannot be meant goes to `complain`, and its default is taken. */
export function readAddress(search: string, complain: (message: string) => void): Wish {
  const query = new URLSearchParams(search);
  const backend = query.get("backend") ?? "onnx";
  if (backend !== "onnx" && backend !== "tfjs") complain(strings.badBackend(backend));
  const seed = Number(query.get("seed") ?? 0);
  const seedMeant = Number.isSafeInteger(seed) && seed >= 0;
  if (!seedMeant) complain(strings.badSeed);
  const asked = query.get("speed") ?? "1";
  const speed = asked === UNLIMITED ? Number.POSITIVE_INFINITY : Number(asked);
  return {
    bundle: query.get("bundle"),
    backend: backend === "tfjs" ? "tfjs" : "onnx",
    seed: seedMeant ? seed : 0,
    paused: query.get("paused") === "1",
    policy: query.get("policy") !== "0",
    speed: (speed >= 0.1 && speed <= 4) || asked === UNLIMITED ? speed : 1,
    hands: readHands(query),
  };
}

/** Writes the state into the address; `playing` overrides the state's where a hidden tab merely rests. */
export function writeAddress(state: PlayState, playing: boolean): void {
  const query = new URLSearchParams({ bundle: state.bundle, backend: state.backend, seed: String(state.seed) });
  if (!playing) query.set("paused", "1");
  if (!state.policy) query.set("policy", "0");
  query.set("speed", Number.isFinite(state.speed) ? String(state.speed) : UNLIMITED);
  writeHands(query, state);
  // A comma needs no escape, and is read better without.
  const address = `?${String(query).replaceAll("%2C", ",")}`;
  if (address !== window.location.search) window.history.replaceState(null, "", `${address}${window.location.hash}`);
}
