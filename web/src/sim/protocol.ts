/**
 * Every message between the main thread and the simulation worker.
 *
 * The worker owns physics, observation, normalisation, policy, reward and the clock. The main thread sends `Request`s, each
 * with an `id`; the worker answers each with exactly one `reply` or `failure` of that id, and between them sends `Event`s.
 * Frame: MuJoCo's world (metres, z up); quaternions are `wxyz`; bodies are indexed by MuJoCo's body id.
 */
import type { Manifest } from "../generated/bundle";
import type { SceneDescription } from "./scene_description";

export type { SceneDescription, SceneGeom } from "./scene_description";

export type Backend = "onnx" | "tfjs";
export type Vec3 = readonly [number, number, number];

export interface Hand {
  readonly body: string;
  /** Grabbed point, world, metres: it moves with the body. */
  readonly point: Vec3;
  readonly target: Vec3;
  /** Force on the body at `point`, newtons, world. */
  readonly force: Vec3;
}

/** A push that lasts, or did a moment ago. */
export interface PushMark {
  /** Tells pushes apart. */
  readonly id: number;
  readonly body: string;
  /** Where it acts, world, metres: it moves with the body. */
  readonly point: Vec3;
  /** N·s, world. */
  readonly impulse: Vec3;
  /** Newtons while it lasts, world. */
  readonly force: Vec3;
}

/** Pushes that come by themselves, in random level directions, at the root. */
export interface RandomPushes {
  /** Pushes per simulated minute. */
  readonly perMinute: number;
  /** N·s. */
  readonly impulse: number;
}

/** Standard deviations of Gaussian noise. */
export interface Noise {
  /** In standard deviations of the training's observations where they are known, else in the observation's own units. */
  readonly observation: number;
  /** As a share of each actuator's range. */
  readonly action: number;
}

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
  /** What is dragged. */
  readonly hand: Hand | null;
  /** What is pinned; a body has one pin at most. */
  readonly pins: readonly Hand[];
}

/** An episode among the moments that the worker remembers. */
export interface TimelineEpisode {
  /** Its first moment that is remembered. */
  readonly begin: number;
  /** The moment at which it terminated or was truncated; null where it did not. */
  readonly end: number | null;
  readonly seed: number;
  /** Control steps since its reset at `begin`. */
  readonly firstStep: number;
  readonly reason: "terminated" | "truncated" | null;
}

/** The last minute of play. Moments are counted from 0 since the bundle was loaded: resets and control steps alike. */
export interface Timeline {
  /** The oldest and the newest moment that can be returned to. */
  readonly from: number;
  readonly to: number;
  /** The moment that is shown; where it is not the newest, whatever goes on from it replaces what came after. */
  readonly at: number;
  /** Seconds of simulated time from one moment to the next. */
  readonly dt: number;
  readonly episodes: readonly TimelineEpisode[];
  /** Runs of moments, both ends included, in which a hand or a push was at work. */
  readonly pushed: readonly (readonly [number, number])[];
}

export type RolloutFormat = "safetensors" | "csv";

/** A recorded episode as a file: docs/rollouts.md. */
export interface RolloutFile {
  /** What to call it. */
  readonly name: string;
  readonly bytes: ArrayBuffer;
  /** Control steps in it. */
  readonly steps: number;
  /** Whether a hand or a push was at work: then actions alone do not lead to the recorded states. */
  readonly disturbed: boolean;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export interface WorkerMetrics {
  /** Control steps per second of wall time, over the last second or so. */
  readonly controlHz: number;
  /** Simulated seconds per wall second, over the same window. */
  readonly realTimeFactor: number;
  /** Lateness of control ticks against their deadlines, milliseconds. */
  readonly latenessMs: Percentiles;
  /** Median microseconds a control step spends in each stage. */
  readonly stepUs: {
    readonly physics: number;
    readonly observation: number;
    readonly policy: number;
    readonly total: number;
  };
  /** Ticks given up because the worker could not keep pace (time slipped, no burst). */
  readonly slipped: number;
  /** Size of the MuJoCo WASM heap, bytes. */
  readonly heapBytes: number;
}

export interface Metrics extends WorkerMetrics {
  readonly renderFps: number;
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

/** What the page shows at all times; sent whenever one of its fields changes. */
export interface PlayState {
  readonly bundle: string;
  readonly playing: boolean;
  readonly policy: boolean;
  readonly backend: Backend;
  /** Infinity: as fast as possible. */
  readonly speed: number;
  readonly seed: number;
  /** Whether a recorded rollout acts, instead of the policy. */
  readonly replaying: boolean;
  readonly handFelt: boolean;
  /** Of the drag, N/(m·kg). */
  readonly stiffness: number;
  readonly randomPushes: RandomPushes | null;
  /** Whether actions are drawn as in training, instead of their mean. */
  readonly sampled: boolean;
  readonly noise: Noise;
  /** Actuators that get 0, ascending. */
  readonly mutes: readonly number[];
  readonly autoReset: boolean;
  /** What is shown over the picture. */
  readonly overlays: readonly Overlay[];
}

type RequestBody =
  /** `base` is the absolute URL of the bundle's folder, ending in "/". Loads paused, reset with `seed`. */
  | { readonly type: "load"; readonly base: string; readonly seed: number; readonly backend: Backend }
  | { readonly type: "play" }
  | { readonly type: "pause" }
  | { readonly type: "step"; readonly n: number }
  | {
      readonly type: "reset";
      readonly seed?: number;
      readonly qpos?: readonly number[];
      readonly qvel?: readonly number[];
    }
  | { readonly type: "setPolicy"; readonly on: boolean }
  | { readonly type: "setBackend"; readonly backend: Backend }
  | { readonly type: "setSpeed"; readonly speed: number }
  | { readonly type: "setHandFelt"; readonly on: boolean }
  | { readonly type: "setAutoReset"; readonly on: boolean }
  | { readonly type: "grab"; readonly body: string; readonly point: Vec3; readonly target: Vec3 }
  | { readonly type: "moveGrab"; readonly target: Vec3 }
  | { readonly type: "release" }
  /** Without a point: at the centre of mass; without a target: where that is. */
  | { readonly type: "pin"; readonly body: string; readonly point?: Vec3; readonly target?: Vec3 }
  /** Pins what is dragged where it is. */
  | { readonly type: "hold" }
  /** Without a body: all of them. */
  | { readonly type: "unpin"; readonly body?: string }
  /** Without a point: at the centre of mass. */
  | { readonly type: "push"; readonly body: string; readonly impulse: Vec3; readonly point?: Vec3 }
  | { readonly type: "setStiffness"; readonly stiffness: number }
  | { readonly type: "setRandomPushes"; readonly pushes: RandomPushes | null }
  | { readonly type: "setSampling"; readonly on: boolean }
  /** What is not said stays. */
  | { readonly type: "setNoise"; readonly noise: Partial<Noise> }
  | { readonly type: "setMutes"; readonly actuators: readonly number[] }
  | { readonly type: "setOverlay"; readonly overlay: Overlay; readonly on: boolean }
  /** Whether control steps are traced, for charts, and whether the critic is asked for its estimate. */
  | { readonly type: "trace"; readonly on: boolean; readonly critic: boolean }
  | { readonly type: "snapshot" }
  | { readonly type: "history" }
  /** Pauses, and puts everything where it was at a moment of the history. */
  | { readonly type: "seek"; readonly index: number }
  /** The episode that is shown, as far as it is remembered, as a file. */
  | { readonly type: "rollout"; readonly format: RolloutFormat }
  /** Puts everything where a recorded rollout begins; from there its actions and its forces play. `name` is for messages. */
  | { readonly type: "replay"; readonly bytes: ArrayBuffer; readonly name: string }
  | { readonly type: "metrics" }
  | { readonly type: "verify" };

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
  setPolicy: null;
  setBackend: null;
  setSpeed: null;
  setHandFelt: null;
  setAutoReset: null;
  grab: null;
  moveGrab: null;
  release: null;
  pin: null;
  hold: null;
  unpin: null;
  push: null;
  setStiffness: null;
  setRandomPushes: null;
  setSampling: null;
  setNoise: null;
  setMutes: null;
  setOverlay: null;
  trace: null;
  snapshot: Snapshot;
  history: Timeline;
  seek: Snapshot;
  rollout: RolloutFile;
  replay: Snapshot;
  metrics: WorkerMetrics;
  verify: readonly Check[];
}

export interface Loaded {
  readonly manifest: Manifest;
  readonly scene: SceneDescription;
  readonly snapshot: Snapshot;
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

/** What can be shown over the picture. */
export const OVERLAYS = ["contacts", "forces", "joints", "centreOfMass", "torques"] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** Numbers per contact: body, point x y z, normal x y z, force x y z. */
export const CONTACT_ROW = 10;

/**
 * Where the numbers of a traced control step stand. `height` (m) and `speed` (m/s) are the root body's; `value` is the
 * critic's last estimate, NaN before the first. From `terms` on: each reward term, in the manifest's order, then the action.
 */
export const TRACE = { episode: 0, step: 1, reward: 2, height: 3, speed: 4, value: 5, terms: 6 } as const;

/** What the shown overlays need, world frame, metres and newtons; null is what is not shown. */
export interface OverlayFrame {
  /** Rows of `CONTACT_ROW`; normal and force are as the moving body feels them. */
  readonly contacts: Float32Array | null;
  /** Rows of anchor x y z and unit axis x y z, one a hinge or slide. */
  readonly joints: Float32Array | null;
  /** Of everything that moves. */
  readonly centreOfMass: Vec3 | null;
  /** Per body, -1 to 1: the greatest share of its limit at which an actuator of its joints works. */
  readonly loads: Float32Array | null;
  /** Per spatial tendon the points of its path, x y z each; NaN breaks it. Present where the model has any. */
  readonly tendons: readonly Float32Array[] | null;
}

/** Drawn state after a control step (at most one per display frame): the view interpolates between the last two. */
export interface Frame {
  readonly type: "frame";
  /** Wall clock (`performance.timeOrigin + performance.now()`, ms) at which the state is due. */
  readonly at: number;
  /** Changes at each reset: never interpolate across. */
  readonly episode: number;
  readonly step: number;
  /** nbody rows of x, y, z, qw, qx, qy, qz; transferred. */
  readonly poses: Float32Array;
  /** Small numbers for the HUD and charts. */
  readonly time: number;
  readonly reward: number;
  readonly episodeReturn: number;
  readonly episodeLength: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly hand: Hand | null;
  readonly pins: readonly Hand[];
  readonly pushes: readonly PushMark[];
  /** Null where nothing of it is shown. */
  readonly overlays: OverlayFrame | null;
  /** float32 action of the last step, and the raw observation: present every few frames only (for the HUD), else null. */
  readonly action: Float32Array | null;
  readonly observation: Float32Array | null;
  /** The observation as the network is given it; null also where it is not normalised. */
  readonly normalized: Float32Array | null;
  /** The control steps since the frame before, a row of `TRACE` each; null where none is traced. */
  readonly traces: Float64Array | null;
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

export interface StateEvent {
  readonly type: "state";
  readonly state: PlayState;
}

/** Something went wrong outside a request (a worker that threw, physics that diverged). */
export interface ErrorEvent {
  readonly type: "error";
  readonly message: string;
  /** False where the worker mended it by itself (it reset), true where the page must be reloaded. */
  readonly fatal: boolean;
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

export type ToWorker = Request | ReturnedBuffer;
export type FromWorker = Reply | Failure | Frame | EpisodeEvent | ReplayEvent | StateEvent | ErrorEvent | ProgressEvent;
