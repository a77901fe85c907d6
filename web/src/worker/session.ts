/** A session: a bundle that is loaded, its policy and its playback. */

import {
  BACKENDS,
  type Backend,
  type Overlay,
  type PlayState,
  type Settings,
  type SettingsChange,
  SIGHTS,
  type Sight,
} from "../protocol";
import type { Bundle } from "./bundle/bundle";
import type { Playback } from "./playback/playback";
import type { Critic } from "./policy/critic";
import { KernelPolicy } from "./policy/kernel/kernel_policy";
import { UnsupportedGraphError } from "./policy/kernel/network";
import type { Normalizer } from "./policy/normalization";
import type { Policy } from "./policy/policy";

export interface Session {
  /** The bundle's name in the address: the last part of its folder. */
  readonly name: string;
  /** The absolute URL of its folder. */
  readonly base: string;
  readonly bundle: Bundle;
  readonly playback: Playback;
  policy: Policy;
  /** Of the training, whose policy plays; null: the last. */
  stage: number | null;
  policyOn: boolean;
  handFelt: boolean;
}

/** What a person has set. */
export function settingsOf({ playback, policyOn, handFelt }: Session): Settings {
  const { simulation, frames } = playback;
  const { perturbations, randomPushes, disturbance, overrides, sight } = simulation;
  return {
    policy: policyOn,
    level: simulation.level,
    speed: playback.speed,
    autoReset: playback.autoReset,
    handFelt,
    stiffness: perturbations.stiffness,
    overlays: frames.overlays.shown,
    randomPushes: randomPushes.current,
    sampled: disturbance.sampled,
    noise: disturbance.noise,
    mutes: disturbance.mutes,
    overrides: overrides.current,
    command: simulation.command,
    sight: sight?.mode ?? "off",
  };
}

/** Applies each setting that the change has. Raises where one has no meaning; those before it are applied then. */
export function applySettings(session: Session, change: SettingsChange): void {
  const { playback } = session;
  const { simulation, frames } = playback;
  const { disturbance, perturbations } = simulation;
  if (change.level !== undefined) playback.setLevel(change.level);
  if (change.policy !== undefined) {
    session.policyOn = change.policy;
    simulation.policy = change.policy ? session.policy : null;
  }
  if (change.speed !== undefined) playback.setSpeed(change.speed);
  if (change.autoReset !== undefined) playback.autoReset = change.autoReset;
  if (change.handFelt !== undefined) {
    session.handFelt = change.handFelt;
    perturbations.felt = change.handFelt;
  }
  if (change.stiffness !== undefined) perturbations.stiffness = change.stiffness;
  for (const [overlay, on] of Object.entries(change.overlays ?? {})) frames.overlays.set(overlay as Overlay, on);
  if (change.randomPushes !== undefined) simulation.randomPushes.set(change.randomPushes);
  if (change.sampled !== undefined) {
    if (change.sampled) mustSample(session.bundle, session.policy.backend);
    disturbance.sampled = change.sampled;
  }
  if (change.noise !== undefined) disturbance.noise = { ...disturbance.noise, ...change.noise };
  if (change.mutes !== undefined) disturbance.mutes = change.mutes;
  if (change.overrides !== undefined) simulation.overrides.set(change.overrides);
  if (change.command !== undefined && change.command.length > 0) simulation.command = change.command;
  if (change.sight !== undefined) setSight(session, change.sight);
}

function setSight({ bundle, playback }: Session, mode: Sight): void {
  const { sight } = playback.simulation;
  if (!SIGHTS.includes(mode)) throw new Error(`"${String(mode)}" is not one of ${SIGHTS.join(", ")}.`);
  if (sight !== null) sight.mode = mode;
  else if (mode !== "off") throw new Error(`${bundle.manifest.title} has no network that sees.`);
}

/** What the page shows of it at all times. */
export function stateOf(session: Session): PlayState {
  const { name, playback, policy, stage } = session;
  const { simulation } = playback;
  return {
    ...settingsOf(session),
    bundle: name,
    playing: playback.playing,
    backend: policy.backend,
    seed: simulation.seed,
    stage,
    replaying: simulation.replay !== null,
  };
}

/**
 * The bundle's policy in a backend; `normalizer` is the simulation's that it plays in. The libraries of the other backends
 * are loaded when they are asked for. Throws `UnsupportedGraphError` where the kernel cannot take the graph.
 */
export async function openPolicy(
  bundle: Bundle,
  backend: Backend,
  normalizer: Normalizer,
  policy: ArrayBuffer = bundle.policy,
): Promise<Policy> {
  const { manifest, read } = bundle;
  switch (backend) {
    case "kernel":
      return KernelPolicy.load(policy, manifest);
    case "onnx": {
      const { OnnxPolicy } = await import("./policy/onnx/onnx_policy");
      return await OnnxPolicy.load(policy, manifest);
    }
    case "tfjs": {
      if (policy !== bundle.policy)
        throw new Error("TensorFlow.js has the files of the last stage alone: choose the backend kernel or ONNX.");
      const { readTfjs, TfjsPolicy } = await import("./policy/tfjs/tfjs_policy");
      return await TfjsPolicy.load(await readTfjs(read), normalizer, manifest);
    }
    default:
      throw new Error(`"${String(backend)}" is not a backend. Choose one of: ${BACKENDS.join(", ")}.`);
  }
}

/** `policy.onnx` at a stage of the training; null: the last. Raises where there is no such stage. */
export async function readStage({ manifest, policy, read }: Bundle, stage: number | null): Promise<ArrayBuffer> {
  if (stage === null) return policy;
  const stages = manifest.training?.stages ?? [];
  const file = stages[stage]?.file;
  if (file === undefined)
    throw new Error(`${manifest.title} has ${stages.length} earlier stages of its training, and no stage ${stage}.`);
  return await read(file);
}

/** The bundle's critic: in the kernel, or in ONNX Runtime where the kernel cannot take the graph. */
export async function openCritic({ manifest, policy }: Bundle): Promise<Critic> {
  try {
    return KernelPolicy.load(policy, manifest);
  } catch (error) {
    if (!(error instanceof UnsupportedGraphError)) throw error;
    const { OnnxCritic } = await import("./policy/onnx/onnx_critic");
    return await OnnxCritic.load(policy, manifest.observation.size);
  }
}

/** Raises where this policy in this backend has no distribution to draw from. */
export function mustSample({ manifest }: Bundle, backend: Backend): void {
  if (!manifest.network.stochastic)
    throw new Error(`${manifest.title} has no standard deviation to sample with: its actions are always the same.`);
  if (backend === "tfjs")
    throw new Error("Sampled actions need the backend kernel or ONNX: the files of TF.js have the mean alone.");
}

/** The policy's action, whether it acts or not; a copy. */
export async function act({ policy, playback }: Session, observation: Float64Array): Promise<Float32Array> {
  const { observation: own, normalizer, recurrentState } = playback.simulation;
  if (observation.length !== own.values.length)
    throw new Error(`This policy observes ${own.values.length} numbers, not ${observation.length}.`);
  await policy.act(observation, normalizer.fed, recurrentState.slice());
  return policy.action.slice();
}
