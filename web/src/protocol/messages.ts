/**
 * Every message between the main thread and the simulation worker.
 *
 * The worker owns physics, observation, normalisation, policy, reward and the clock. The main thread sends `Request`s, each
 * with an `id`; the worker answers each with exactly one `reply` or `failure` of that id, and between them sends `Event`s.
 * Frame: MuJoCo's world (metres, z up); quaternions are `wxyz`; bodies are indexed by MuJoCo's body id.
 */
import type { Manifest } from "../generated/bundle";
import type { Benchmark } from "./benchmark";
import type { BundleFiles } from "./bundle_files";
import type { Frame } from "./frame";
import type { WorkerMetrics } from "./metrics";
import type { Pull, Vec3 } from "./perturbation";
import type { Backend, PlayState } from "./play_state";
import type { SavedMoment } from "./saved_moment";
import type { SceneDescription } from "./scene_description";
import type { Settings, SettingsChange } from "./settings";
import type { LookEvent, Picture, SightEvent } from "./sight";
import type { EndedEpisode, SwarmFrame, SwarmReady, SwarmSettings, SwarmShare, SwarmSwap } from "./swarm";
import type { Timeline } from "./timeline";
import type {
  NetworkShape,
  ShownPolicy,
  TrainedBundle,
  TrainingBody,
  TrainingCheckpoint,
  TrainingJob,
  TrainingProgress,
  TrainingReady,
  TrainingResult,
  TrainingSettings,
} from "./training";

/** State after a control step; the arrays are copies. */
export interface Snapshot {
  /** Counts resets since the bundle was loaded, from 1. */
  readonly episode: number;
  /** Control steps since the reset. */
  readonly step: number;
  /** Seconds of simulated time since the reset. */
  readonly time: number;
  /** The seed of this episode. */
  readonly seed: number;
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
  readonly ctrl: Float64Array;
  /** Raw observation, float64: what the policy will act on next. */
  readonly observation: Float64Array;
  /** The action that led here, as float32 values; zeros after a reset. */
  readonly action: Float64Array;
  /** Reward of the last step. */
  readonly reward: number;
  /** Frozen once terminated or truncated. */
  readonly episodeReturn: number;
  readonly episodeLength: number;
  /** Latches. */
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** What is dragged; at a moment that was returned to, what was dragged then. */
  readonly hand: Pull | null;
  /** What is pinned; a body has one pin at most. */
  readonly pins: readonly Pull[];
}

export type RolloutFormat = "safetensors" | "csv";

/** A recorded episode as a file: docs/rollouts.md. */
export interface RolloutFile {
  /** What to call it. */
  readonly name: string;
  readonly bytes: ArrayBuffer;
  /** Control steps in it. */
  readonly steps: number;
  /** Whether there were perturbations: then the actions alone do not lead to the recorded states. */
  readonly disturbed: boolean;
}

/** One row of `verify --json`. */
export interface Check {
  readonly level: "network" | "observation" | "rollout" | "browser";
  readonly name: string;
  readonly metric: string;
  readonly value: number;
  readonly tolerance: number;
  readonly n: number;
  readonly ok: boolean;
}

type RequestBody =
  /**
   * `base` is the absolute URL of the bundle's folder, ending in "/". Loads paused, reset with `seed`. Without settings those
   * of the bundle before are carried over.
   */
  | {
      readonly type: "load";
      readonly base: string;
      readonly seed: number;
      readonly backend: Backend;
      readonly settings?: Settings;
    }
  | { readonly type: "play" }
  | { readonly type: "pause" }
  | { readonly type: "step"; readonly n: number }
  | {
      readonly type: "reset";
      readonly seed?: number;
      readonly qpos?: readonly number[];
      readonly qvel?: readonly number[];
    }
  | { readonly type: "setBackend"; readonly backend: Backend }
  /** The policy as it was at a stage of its training, counted from 0; null: as it became. */
  | { readonly type: "setStage"; readonly stage: number | null }
  | { readonly type: "grab"; readonly body: string; readonly point: Vec3; readonly target: Vec3 }
  | { readonly type: "moveGrab"; readonly target: Vec3 }
  | { readonly type: "release" }
  /** Without a point: at the centre of mass; without a target: where that is. */
  | { readonly type: "pin"; readonly body: string; readonly point?: Vec3; readonly target?: Vec3 }
  /** Pins the dragged body where it is. */
  | { readonly type: "hold" }
  /** Without a body: all of them. */
  | { readonly type: "unpin"; readonly body?: string }
  /** Without a point: at the centre of mass. */
  | { readonly type: "push"; readonly body: string; readonly impulse: Vec3; readonly point?: Vec3 }
  | { readonly type: "set"; readonly change: SettingsChange }
  /** Whether control steps are traced, for charts, and whether the critic is asked for its estimate. */
  | { readonly type: "trace"; readonly on: boolean; readonly critic: boolean }
  | { readonly type: "snapshot" }
  /** What the policy would do for a raw observation. */
  | { readonly type: "act"; readonly observation: Float64Array }
  | { readonly type: "history" }
  /** Pauses, and puts everything where it was at a moment of the history. */
  | { readonly type: "seek"; readonly index: number }
  /** The episode that is shown, as far as it is remembered, as a file. */
  | { readonly type: "rollout"; readonly format: RolloutFormat }
  /** Puts everything where a recorded rollout begins; from there its actions and its forces play. `name` is for messages. */
  | { readonly type: "replay"; readonly bytes: ArrayBuffer; readonly name: string }
  /** Restores the moment of another worker, without perturbations. */
  | { readonly type: "resume"; readonly moment: SavedMoment }
  | { readonly type: "metrics" }
  /** Pauses, resets with `seed`, and times so many control steps. */
  | { readonly type: "benchmark"; readonly seed: number; readonly steps: number }
  /** Pauses, and lets the clock tick so often with nothing to do. */
  | { readonly type: "idle"; readonly ticks: number }
  /** Makes this worker one of a swarm: paused, each body at the beginning of its first episode. */
  | { readonly type: "swarm"; readonly share: SwarmShare }
  | { readonly type: "swarmPlay"; readonly on: boolean }
  | { readonly type: "swarmStep"; readonly n: number }
  | { readonly type: "swarmSet"; readonly change: Partial<SwarmSettings> }
  /** Each body begins an episode with its seed of these. */
  | { readonly type: "swarmRestart"; readonly seeds: readonly number[] }
  /** What the policy would do where another body is: its action for a raw observation. */
  | { readonly type: "swarmAct"; readonly observation: Float64Array }
  /** N·s, world, on the root of every body. */
  | { readonly type: "swarmPush"; readonly impulse: Vec3 }
  | ({ readonly type: "swarmSwap" } & SwarmSwap)
  /** Plays an episode of each seed of a share to its end. */
  | { readonly type: "swarmEpisodes"; readonly share: SwarmShare }
  /** Makes this worker the one that learns `run`, of which there may be several: from the beginning, or from a checkpoint. */
  | {
      readonly type: "train";
      readonly run: number;
      readonly body: TrainingBody;
      readonly settings: TrainingSettings;
      readonly checkpoint: TrainingCheckpoint | null;
    }
  /** What to play next, and what was played. */
  | { readonly type: "trainJobs"; readonly run: number }
  | { readonly type: "trainLearn"; readonly run: number; readonly results: readonly TrainingResult[] }
  | { readonly type: "trainCheckpoint"; readonly run: number }
  /** The policy as it is now. */
  | { readonly type: "trainPolicy"; readonly run: number }
  /** The best policy as a bundle of that name; takes seconds. */
  | { readonly type: "trainBundle"; readonly run: number; readonly name: string }
  /** Makes this worker one that plays for a training. */
  | {
      readonly type: "trainJoin";
      readonly run: number;
      readonly body: TrainingBody;
      readonly settings: TrainingSettings;
      readonly network: NetworkShape;
    }
  | { readonly type: "trainPlay"; readonly run: number; readonly jobs: readonly TrainingJob[] }
  /** What a training needs of the bundle, or of the body without a policy, at the absolute URL of its folder. */
  | { readonly type: "trainBody"; readonly base: string }
  /** A swarm plays another policy from here on: of the same shape, and described by the same manifest. */
  | { readonly type: "swarmPolicy"; readonly policy: ArrayBuffer; readonly manifest: Manifest }
  /** A copy of what was loaded, for another worker. */
  | { readonly type: "bundle" }
  /** Needs no load. It keeps the worker busy for seconds: ask another worker than the one that plays. */
  | { readonly type: "verify"; readonly bundle: BundleFiles };

export type Request = RequestBody & { readonly id: number };
export type RequestType = RequestBody["type"];
/** A request as callers write it, before the client numbers it. */
export type Command = RequestBody;

/** What each request resolves to. */
export interface Replies {
  load: Loaded;
  play: null;
  pause: null;
  step: Snapshot;
  reset: Snapshot;
  setBackend: null;
  setStage: null;
  grab: null;
  moveGrab: null;
  release: null;
  pin: null;
  hold: null;
  unpin: null;
  push: null;
  set: null;
  trace: null;
  snapshot: Snapshot;
  act: Float32Array;
  history: Timeline;
  seek: Snapshot;
  rollout: RolloutFile;
  replay: Snapshot;
  resume: Snapshot;
  metrics: WorkerMetrics;
  benchmark: Benchmark;
  /** Lateness of each tick, milliseconds. */
  idle: Float64Array;
  swarm: SwarmReady;
  swarmPlay: null;
  swarmStep: null;
  swarmSet: null;
  swarmPush: null;
  swarmRestart: null;
  swarmAct: Float32Array;
  swarmSwap: SavedMoment;
  swarmEpisodes: readonly EndedEpisode[];
  train: TrainingReady;
  trainJobs: readonly TrainingJob[];
  trainLearn: TrainingProgress;
  trainCheckpoint: TrainingCheckpoint;
  trainPolicy: ShownPolicy;
  trainBundle: TrainedBundle;
  trainJoin: null;
  trainPlay: readonly TrainingResult[];
  trainBody: TrainingBody;
  swarmPolicy: null;
  bundle: BundleFiles;
  verify: readonly Check[];
}

export interface Loaded {
  readonly manifest: Manifest;
  readonly scene: SceneDescription;
  readonly snapshot: Snapshot;
  /** Names of a robot's feet; empty of other bodies. */
  readonly feet: readonly string[];
  /** The version of the MuJoCo that plays. */
  readonly mujoco: string;
}

export type Reply = {
  [T in RequestType]: { readonly type: "reply"; readonly id: number; readonly to: T; readonly value: Replies[T] };
}[RequestType];

export interface Failure {
  readonly type: "failure";
  readonly id: number;
  /** In words, with what to do. */
  readonly message: string;
}

/** An episode ended (terminated or truncated), or a new one began. */
export interface EpisodeEvent {
  readonly type: "episode";
  readonly phase: "begin" | "end";
  readonly episode: number;
  readonly seed: number;
  readonly episodeReturn: number;
  readonly episodeLength: number;
  /** Seconds of simulated time. */
  readonly time: number;
  readonly reason: "terminated" | "truncated" | null;
}

/** A replay came to its end, and paused. */
export interface ReplayEvent {
  readonly type: "replay";
  readonly steps: number;
  /** Every state of it was the recorded one, to the last bit. */
  readonly equal: boolean;
  /** Largest difference of a number of `qpos` or `qvel`. */
  readonly largest: number;
}

/** Play continues from a restored moment in which a body was dragged: that drag has ended. */
export interface LetGoEvent {
  readonly type: "letGo";
  readonly body: string;
}

export interface StateEvent {
  readonly type: "state";
  readonly state: PlayState;
}

/** Something went wrong outside a request (a worker that threw, physics that diverged). */
export interface ErrorEvent {
  readonly type: "error";
  readonly message: string;
  /** True where the worker is lost and must be restarted; else it continues, perhaps after a reset. */
  readonly fatal: boolean;
  /** Seconds for which the worker has not answered: it may be stuck. Absent from every other error. */
  readonly silent?: number;
}

/** A worker that had not answered for a while answers again. */
export interface AliveEvent {
  readonly type: "alive";
}

/** Progress of a load or of a verification, for the page to show. */
export interface ProgressEvent {
  readonly type: "progress";
  readonly stage: string;
  /** 0 to 1, or null where unknown. */
  readonly fraction: number | null;
}

/** The page gives a frame's buffer back, so that the worker need not allocate another. */
export interface ReturnedBuffer {
  readonly type: "buffer";
  readonly poses: Float32Array;
}

/** Answered at once with a `Pong`, whatever else waits: whether the worker is alive. */
export interface Ping {
  readonly type: "ping";
}

export interface Pong {
  readonly type: "pong";
}

export type ToWorker = Request | ReturnedBuffer | Picture | Ping;
export type FromWorker =
  | Reply
  | Failure
  | Pong
  | Frame
  | EpisodeEvent
  | ReplayEvent
  | LetGoEvent
  | StateEvent
  | ErrorEvent
  | ProgressEvent
  | LookEvent
  | SwarmFrame
  | SightEvent;
