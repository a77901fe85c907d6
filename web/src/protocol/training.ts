/** Training in the tab: what a person sets, what the workers play for it, and how it goes. */
import type { Environment, Manifest } from "../generated/bundle";
import type { BundleFiles } from "./bundle_files";
import type { SavedMoment } from "./saved_moment";
import type { Noise, RandomPushes } from "./settings";

export const ALGORITHMS = ["ars", "ppo", "sac"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
export type RewardTerm = Environment["reward"][number];

/** Augmented random search, version V2-t. Source: Mania, Guy and Recht, 2018 (arXiv:1803.07055) */
export interface ArsHyperparameters {
  /** Widths of the hidden layers; none makes a linear policy. */
  readonly hidden: readonly number[];
  /** Directions that are tried in an iteration, each with both signs. */
  readonly directions: number;
  /** How many of them, the best, make the step. */
  readonly best: number;
  readonly stepSize: number;
  /** Standard deviation of the directions. */
  readonly noise: number;
}

/** Proximal policy optimisation, as Stable-Baselines3 has it. */
export interface PpoHyperparameters {
  readonly hidden: readonly number[];
  readonly bodies: number;
  /** Control steps of each body in an iteration. */
  readonly horizon: number;
  readonly epochs: number;
  readonly minibatch: number;
  /** Falls in a straight line to 0 at the end of the budget. */
  readonly learningRate: number;
  readonly gamma: number;
  readonly lambda: number;
  readonly clipRange: number;
  readonly entropy: number;
  readonly valueWeight: number;
  readonly maxGradientNorm: number;
  /** An iteration's updates stop at 1.5 times this divergence; 0: never. */
  readonly targetKl: number;
}

/** Soft actor-critic with two critics and an automatic temperature, as Stable-Baselines3 has it. */
export interface SacHyperparameters {
  readonly hidden: readonly number[];
  readonly bodies: number;
  /** Control steps of each body in an iteration. */
  readonly horizon: number;
  readonly bufferSize: number;
  readonly minibatch: number;
  readonly learningRate: number;
  readonly gamma: number;
  readonly tau: number;
  /** Control steps, of all bodies together, with uniformly random actions before anything is learned. */
  readonly warmup: number;
  /** Gradient steps per control step. */
  readonly gradients: number;
}

export interface TrainingSettings {
  readonly algorithm: Algorithm;
  readonly seed: number;
  /** Control steps of all bodies together, after which it ends. */
  readonly budget: number;
  readonly level: number | null;
  /** What is learned; null: the environment's own reward. */
  readonly reward: readonly RewardTerm[] | null;
  readonly randomPushes: RandomPushes | null;
  readonly noise: Noise;
  /** Whether it goes on from the weights of the bundle. */
  readonly fineTune: boolean;
  readonly ars: ArsHyperparameters;
  readonly ppo: PpoHyperparameters;
  readonly sac: SacHyperparameters;
}

export const DEFAULT_TRAINING: TrainingSettings = {
  algorithm: "ars",
  seed: 0,
  budget: 1_000_000,
  level: null,
  reward: null,
  randomPushes: null,
  noise: { observation: 0, action: 0 },
  fineTune: false,
  ars: { hidden: [], directions: 16, best: 8, stepSize: 0.02, noise: 0.03 },
  ppo: {
    hidden: [64, 64],
    bodies: 16,
    horizon: 128,
    epochs: 10,
    minibatch: 64,
    learningRate: 3e-4,
    gamma: 0.99,
    lambda: 0.95,
    clipRange: 0.2,
    entropy: 0,
    valueWeight: 0.5,
    maxGradientNorm: 0.5,
    targetKl: 0,
  },
  sac: {
    hidden: [64, 64],
    bodies: 8,
    horizon: 16,
    bufferSize: 200_000,
    minibatch: 128,
    learningRate: 1e-3,
    gamma: 0.98,
    tau: 0.01,
    warmup: 2_000,
    gradients: 0.5,
  },
};

/** What a worker needs to build the world that is trained in. */
export type TrainingBody = Pick<BundleFiles, "manifest" | "xml" | "assets"> & { readonly policy: ArrayBuffer | null };

/** The network of the policy that learns: dense layers, the last without an activation. */
export interface NetworkShape {
  readonly inputs: number;
  /** Outputs of each layer. SAC's last one has means, then logarithms of standard deviations. */
  readonly layers: readonly number[];
  readonly activation: "tanh" | "relu" | "linear";
  /** Whether an action is squashed by tanh into the actuators' bounds, or clipped to them. */
  readonly squash: boolean;
  /** Of the normalisation: what is added to the variance, and the bound of what comes out; null: none. */
  readonly epsilon: number;
  readonly clip: number | null;
}

/** A policy at a moment of its training. */
export interface PolicyWeights {
  /** Layer by layer: weight [outputs, inputs] row by row, then bias. */
  readonly weights: Float32Array;
  /** Of the raw observation. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Of the exploration, where it does not depend on the state. */
  readonly logStd: Float64Array | null;
}

/** An episode of the policy without exploration. */
export interface EpisodeJob {
  readonly kind: "episode";
  readonly policy: PolicyWeights;
  readonly seed: number;
  /** Whether the environment's own reward counts, whatever is learned. */
  readonly own: boolean;
}

/** So many control steps of one body, with exploration, its next episodes included. */
export interface SegmentJob {
  readonly kind: "segment";
  readonly policy: PolicyWeights;
  readonly steps: number;
  /** Null: the body begins an episode with `seed`. */
  readonly body: SavedMoment | null;
  readonly seed: number;
  /** What is added to a seed for the next episode. */
  readonly stride: number;
  /** Of the exploration's random numbers. */
  readonly entropy: readonly [seed: number, stream: number, number: number];
  /** Whether actions are uniformly random, whatever the policy says. */
  readonly uniform: boolean;
}

export type TrainingJob = EpisodeJob | SegmentJob;

/** Count, mean and sum of squared deviations of raw observations. */
export interface Moments {
  readonly count: number;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

export interface EpisodeResult {
  readonly kind: "episode";
  readonly episodeReturn: number;
  readonly episodeLength: number;
  readonly moments: Moments;
}

export interface SegmentResult {
  readonly kind: "segment";
  /** [steps + 1, inputs], normalised. */
  readonly observations: Float32Array;
  /** [steps, actuators], as drawn, before the action transform. */
  readonly drawn: Float32Array;
  readonly rewards: Float64Array;
  /** 0: the episode goes on; 1: terminated; 2: truncated. */
  readonly endings: Uint8Array;
  /** The normalised observations at the endings, in their order, [endings, inputs]. */
  readonly finals: Float32Array;
  /** Return and length of each episode that ended. */
  readonly episodes: readonly (readonly [episodeReturn: number, episodeLength: number])[];
  readonly moments: Moments;
  readonly body: SavedMoment;
}

export type TrainingResult = EpisodeResult | SegmentResult;

/** How the training goes, after an iteration. */
export interface TrainingProgress {
  readonly iteration: number;
  /** Control steps learned from. */
  readonly steps: number;
  /** Mean return and length of the latest episodes, with exploration; null before one ended. */
  readonly episodeReturn: number | null;
  readonly episodeLength: number | null;
  /** Of the last evaluation, without exploration, by the environment's own reward; null before the first. */
  readonly evaluated: { readonly steps: number; readonly mean: number } | null;
  /** Of the best evaluation, which the result is taken from. */
  readonly best: { readonly steps: number; readonly mean: number } | null;
  /** Whether what is played next is an evaluation. */
  readonly evaluating: boolean;
  /** Whether the budget is used up, or it failed. */
  readonly done: boolean;
  /** Why it stopped, in words; null where it did not fail. */
  readonly failure: string | null;
}

/** Everything that a training goes on from: plain data, for IndexedDB. */
export interface TrainingCheckpoint {
  readonly version: 1;
  readonly settings: TrainingSettings;
  readonly env: string;
  readonly state: unknown;
  /** Control steps so far, and the evaluations: control steps and mean return. */
  readonly steps: number;
  readonly curve: readonly (readonly [steps: number, mean: number])[];
}

/** A bundle's files, by their path. */
export interface TrainedBundle {
  readonly name: string;
  readonly manifest: Manifest;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The policy as it is now, for a swarm that shows it. */
export interface ShownPolicy {
  readonly manifest: Manifest;
  readonly policy: ArrayBuffer;
}

/** The learner begins. */
export interface TrainingReady {
  readonly network: NetworkShape;
  readonly progress: TrainingProgress;
}
