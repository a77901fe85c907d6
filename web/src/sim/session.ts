/** A session: a bundle that is loaded, its policy and its playback. */
import type { Bundle } from "./bundle";
import type { Normalizer } from "./normalization";
import { OnnxPolicy } from "./onnx_policy";
import type { Playback } from "./playback";
import type { Policy } from "./policy";
import type { Backend, PlayState } from "./protocol";
import { readTfjs, TfjsPolicy } from "./tfjs_policy";

export interface Session {
  /** The bundle's name in the address: the last part of its folder. */
  readonly name: string;
  readonly bundle: Bundle;
  readonly playback: Playback;
  policy: Policy;
  policyOn: boolean;
  handFelt: boolean;
}

/** What the page shows of it at all times. */
export function stateOf({ name, playback, policy, policyOn, handFelt }: Session): PlayState {
  const { simulation, frames } = playback;
  const { hand, randomPushes, disturbance } = simulation;
  return {
    bundle: name,
    playing: playback.playing,
    policy: policyOn,
    backend: policy.backend,
    speed: playback.speed,
    seed: simulation.seed,
    replaying: simulation.replay !== null,
    handFelt,
    stiffness: hand.stiffness,
    randomPushes: randomPushes.current,
    sampled: disturbance.sampled,
    noise: disturbance.noise,
    mutes: disturbance.mutes,
    autoReset: playback.autoReset,
    overlays: frames.overlays.shown,
  };
}

/** The bundle's policy in a backend; `normalizer` is the simulation's that it plays in. */
export async function openPolicy(bundle: Bundle, backend: Backend, normalizer: Normalizer): Promise<Policy> {
  const { manifest, policy, read } = bundle;
  switch (backend) {
    case "onnx":
      return await OnnxPolicy.load(policy, manifest.observation.size, manifest.action.size);
    case "tfjs":
      return await TfjsPolicy.load(await readTfjs(read), normalizer, manifest.observation.size, manifest.action);
    default:
      throw new Error(`There is no backend "${String(backend)}". There are: onnx, tfjs.`);
  }
}

/** Raises where this policy in this backend has no distribution to draw from. */
export function mustSample({ manifest }: Bundle, backend: Backend): void {
  if (!manifest.network.stochastic)
    throw new Error(`${manifest.title} has no standard deviation to sample with: its actions are always the same.`);
  if (backend !== "onnx")
    throw new Error("Sampled actions need the backend ONNX: the files of TF.js have the mean alone.");
}
