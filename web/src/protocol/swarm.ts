/** Many bodies of one bundle, shared out over workers. */
import type { Manifest } from "../generated/bundle";
import type { BundleFiles } from "./bundle_files";
import type { SavedMoment } from "./saved_moment";
import type { SceneDescription } from "./scene_description";
import type { RandomPushes } from "./settings";

/** The most bodies that a page shows. */
export const MOST_BODIES = 1000;

/** The bodies of one worker. */
export interface SwarmShare {
  /** What was loaded, or the absolute URL of a bundle's folder, ending in "/". */
  readonly bundle: BundleFiles | string;
  /** The seed of each body's first episode. */
  readonly seeds: readonly number[];
  /** What is added to a body's seed for its next episode; null: it rests after the first. */
  readonly stride: number | null;
  readonly settings: SwarmSettings;
}

/** What of a person's settings acts on a swarm. */
export interface SwarmSettings {
  readonly policy: boolean;
  readonly level: number | null;
  readonly speed: number;
  readonly randomPushes: RandomPushes | null;
  /** Empty: the bundle's own, at the beginning. */
  readonly command: readonly number[];
}

/** The memory that a worker's bodies take, bytes. */
export interface SwarmMemory {
  /** Of each body. */
  readonly body: number;
  /** Of MuJoCo's heap, which they share. */
  readonly heap: number;
}

/** A worker's bodies stand at the beginning of their episodes. */
export interface SwarmReady {
  readonly memory: SwarmMemory;
  readonly manifest: Manifest;
  readonly scene: SceneDescription;
}

/** How fast a swarm is. */
export interface SwarmBenchmark {
  readonly workers: number;
  /** Control steps of all bodies together, a second. */
  readonly stepRate: number;
  readonly memory: SwarmMemory;
}

/** An episode that came to its end. */
export interface EndedEpisode {
  readonly seed: number;
  readonly episodeReturn: number;
  readonly episodeLength: number;
  readonly terminated: boolean;
}

/** What a worker of the swarm sends to be drawn and counted, at most 30 times a second. */
export interface SwarmFrame {
  readonly type: "swarmFrame";
  /** [bodies, nbody, 7]: x, y, z, qw, qx, qy, qz; transferred. */
  readonly poses: Float32Array;
  /** Of each body's episode: control steps so far, its return, and whether it still goes on. */
  readonly steps: Int32Array;
  readonly returns: Float64Array;
  readonly running: Uint8Array;
  /** Those that ended since the frame before. */
  readonly ended: readonly EndedEpisode[];
  /** Control steps of all its bodies together in the last second or so, a second. */
  readonly stepRate: number;
  /** Simulated seconds per second of wall time, likewise. */
  readonly factor: number;
}

/** Puts a moment into a body's place (or nothing), and takes the one that was there. */
export interface SwarmSwap {
  readonly body: number;
  readonly moment: SavedMoment | null;
}
