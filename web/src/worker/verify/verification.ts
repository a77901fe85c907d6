/**
 * The parity checks, computed in this tab from the golden rollout. `bbconvert verify --level browser` runs them too.
 *
 * They keep a worker busy for seconds, so it is not the one that plays. docs/architecture.md gives the reasons for the
 * tolerances.
 */

import type { Estimator, Manifest } from "../../generated/bundle";
import { POSE_TOLERANCE, RERUNS, RETURN_TOLERANCE, STATE_TOLERANCE, ULPS } from "../../generated/constants";
import type { Check } from "../../protocol";
import type { Bundle } from "../bundle/bundle";
import { recurrentSize } from "../bundle/carried_sizes";
import { type Golden, readGolden } from "../bundle/golden";
import { Generator } from "../env/random";
import type { Engine } from "../physics/engine";
import { KernelPolicy } from "../policy/kernel/kernel_policy";
import { UnsupportedGraphError } from "../policy/kernel/network";
import { type Normalizer, normalizerOf } from "../policy/normalization";
import type { Policy } from "../policy/policy";
import { Simulation } from "../simulation/simulation";
import { LargestDifference, row, Unequal } from "./deviation";

const UNEQUAL = "numbers not bit-equal";
const TFJS_TOLERANCE = 1e-5;

/** Told at the start of each stage, with what is done: 0 to 1. */
export type Progress = (stage: string, fraction: number) => void;

/** Raises where the bundle cannot be verified at all (a file is missing or unreadable); a mismatch is a row that is not ok. */
export async function verify(engine: Engine, bundle: Bundle, progress: Progress): Promise<readonly Check[]> {
  const { manifest } = bundle;
  progress("Reading the golden rollout", 0);
  const golden = readGolden(await bundle.read("golden.safetensors"), manifest);
  const rows: Check[] = [];

  const { OnnxPolicy } = await import("../policy/onnx/onnx_policy");
  const onnx = await OnnxPolicy.load(bundle.policy, manifest);
  const kernel = kernelOf(bundle);
  try {
    progress("policy.onnx in ONNX Runtime Web", 0.1);
    const reference = await replayed(onnx, bundle, golden);
    rows.push(actionRow("policy.onnx in ONNX Runtime Web", reference, golden));
    if (kernel !== null) {
      progress("policy.onnx in the kernel", 0.2);
      const played = await replayed(kernel, bundle, golden);
      rows.push(actionRow("policy.onnx in the kernel", played, golden), preActionRow(played, reference, golden));
    }

    progress("tfjs/ in TensorFlow.js", 0.25);
    rows.push(await tfjsRow(bundle, golden, reference.preActions));
    const stages = manifest.training?.stages ?? [];
    if (stages.length > 0) rows.push(await stagesRow(bundle, golden, stages));
    if (manifest.estimator) rows.push(await poseRow(bundle, manifest.estimator));

    const world = new Simulation(engine, manifest, bundle.xml, bundle.assets);
    try {
      progress("Reset and physics, step by step", 0.5);
      rows.push(...resetRows(world, golden), ...(await physicsRows(world, golden)));
      progress("The policy in the loop", 0.75);
      world.policy = kernel ?? onnx;
      rows.push(...(await loopRows(world, golden)));
    } finally {
      world.dispose();
    }
  } finally {
    await onnx.dispose();
  }
  progress("Verified", 1);
  return rows;
}

/** Each earlier stage of the training: what plays it against the reference. */
async function stagesRow(bundle: Bundle, golden: Golden, stages: readonly { readonly file: string }[]): Promise<Check> {
  const { OnnxPolicy } = await import("../policy/onnx/onnx_policy");
  const unequal = new Unequal();
  for (const { file } of stages) {
    const policy = await bundle.read(file);
    const onnx = await OnnxPolicy.load(policy, bundle.manifest);
    try {
      const kernel = kernelOf({ ...bundle, policy });
      const [reference, played] = [
        await replayed(onnx, bundle, golden),
        kernel && (await replayed(kernel, bundle, golden)),
      ];
      for (const [step, action] of reference.actions.entries()) unequal.add(played?.actions[step] ?? action, action);
    } finally {
      await onnx.dispose();
    }
  }
  const name = `actions of ${stages.length} earlier stages in the kernel, against ONNX Runtime Web`;
  return row("network", name, UNEQUAL, unequal.count, 0, stages.length * golden.action.data.length);
}

/** The network that sees, on pictures of noise, against what torch made of them when it was trained. */
async function poseRow({ read }: Bundle, { lens, recorded }: Estimator): Promise<Check> {
  const { PoseNetwork } = await import("../sight/pose_network");
  const network = await PoseNetwork.load(await read("pose.onnx"), lens.width, lens.height);
  const largest = new LargestDifference(true);
  const noise = new Generator(0);
  try {
    for (const [k, expected] of recorded.entries()) {
      const pixels = Uint8Array.from({ length: 3 * lens.width * lens.height }, () =>
        Math.floor(256 * noise.uniform(0, 1)),
      );
      largest.add(await network.numbers(pixels), expected, k);
    }
  } finally {
    await network.dispose();
  }
  const name = "rotation of pose.onnx in ONNX Runtime Web";
  return row("network", name, largest.metric, largest.value, POSE_TOLERANCE, 6 * recorded.length);
}

/** Gives the golden observations to a policy, with statistics that begin fresh. */
async function replay(
  policy: Policy,
  normalizer: Normalizer,
  manifest: Manifest,
  golden: Golden,
  each: (step: number) => void,
): Promise<void> {
  const recurrentState = new Float64Array(recurrentSize(manifest));
  for (let step = 0; step < golden.steps; step++) {
    const observation = golden.observation.row(step);
    normalizer.observe(observation);
    await policy.evaluate(observation, normalizer.fed, recurrentState);
    each(step);
  }
}

/** The kernel with this bundle's policy; null where it cannot take the graph, and ONNX Runtime plays. */
function kernelOf({ policy, manifest }: Bundle): KernelPolicy | null {
  try {
    return KernelPolicy.load(policy, manifest);
  } catch (error) {
    if (error instanceof UnsupportedGraphError) return null;
    throw error;
  }
}

/** What a policy answers to the golden observations. */
interface Replayed {
  readonly actions: readonly Float32Array[];
  readonly preActions: readonly Float64Array[];
}

async function replayed(policy: Policy, { manifest }: Bundle, golden: Golden): Promise<Replayed> {
  const actions: Float32Array[] = [];
  const preActions: Float64Array[] = [];
  await replay(policy, normalizerOf(manifest), manifest, golden, () => {
    actions.push(policy.action.slice());
    preActions.push(policy.preAction.slice());
  });
  return { actions, preActions };
}

function actionRow(what: string, { actions }: Replayed, golden: Golden): Check {
  const unequal = new Unequal();
  for (const [step, action] of actions.entries()) unequal.add(action, golden.action.row(step));
  return row("network", `action of ${what}`, UNEQUAL, unequal.count, 0, golden.action.data.length);
}

/** Native ONNX Runtime's pre-transform action is not recorded: its last bits depend on where a number stands in memory. */
function preActionRow(kernel: Replayed, onnx: Replayed, golden: Golden): Check {
  const unequal = new Unequal();
  for (const [step, preAction] of kernel.preActions.entries()) unequal.add(preAction, onnx.preActions[step] ?? []);
  const name = "pre-transform action of the kernel, against ONNX Runtime Web";
  return row("network", name, UNEQUAL, unequal.count, 0, golden.action.data.length);
}

async function tfjsRow(
  { manifest, read }: Bundle,
  golden: Golden,
  preActions: readonly Float64Array[],
): Promise<Check> {
  const { readTfjs, TfjsPolicy } = await import("../policy/tfjs/tfjs_policy");
  const normalizer = normalizerOf(manifest);
  const tfjs = await TfjsPolicy.load(await readTfjs(read), normalizer, manifest);
  // Float32 rounds relative to the number: a saturated policy's lie far beyond 1.
  const largest = new LargestDifference(true);
  try {
    await replay(tfjs, normalizer, manifest, golden, (step) => {
      largest.add(tfjs.preAction, preActions[step] ?? [], step);
    });
  } finally {
    await tfjs.dispose();
  }
  const n = golden.action.data.length;
  return row(
    "network",
    "pre-transform action of tfjs/ in TensorFlow.js",
    largest.metric,
    largest.value,
    TFJS_TOLERANCE,
    n,
  );
}

/**
 * The seed draws Gymnasium's initial state to the last bit, and the first observation is Gymnasium's: within the last
 * bits of libm's sine and cosine, which are not the same in WASM. A robot's loop has held its first target for some steps
 * of physics then, so its state is held to the tolerance of a step.
 */
function resetRows(world: Simulation, golden: Golden): Check[] {
  world.reset({ seed: golden.seed });
  const after = `after reset(seed=${golden.seed})`;
  const held = world.manifest.env.control?.hold ?? 0;
  const state = (["qpos", "qvel"] as const).map((name) => {
    const expected = golden[name].row(0);
    const got = world.physics.views[name];
    if (held) {
      const { metric, value } = largestOf(got, expected);
      return row("observation", `${name} ${after}, and ${held} held steps`, metric, value, STATE_TOLERANCE, got.length);
    }
    const unequal = new Unequal();
    unequal.add(got, expected);
    return row("observation", `${name} ${after}`, UNEQUAL, unequal.count, 0, expected.length);
  });
  const largest = new LargestDifference(true);
  const expected = golden.observation.row(0);
  largest.add(world.observation.values, expected, 0);
  const { metric, value } = largest;
  return [...state, row("observation", `observation ${after}`, metric, value, STATE_TOLERANCE, expected.length)];
}

function largestOf(got: Float64Array, expected: ArrayLike<number>): LargestDifference {
  const largest = new LargestDifference(true);
  largest.add(got, expected, 0);
  return largest;
}

/** Each step from the golden state under the golden action; warm start and derived quantities are the simulation's own. */
async function physicsRows(world: Simulation, golden: Golden): Promise<Check[]> {
  const largest = {
    observation: new LargestDifference(true),
    qpos: new LargestDifference(true),
    qvel: new LargestDifference(true),
    reward: new LargestDifference(true),
  };
  const flags = { terminated: new Unequal(), truncated: new Unequal() };
  world.reset({ seed: golden.seed });
  for (let step = 0; step < golden.steps; step++) {
    world.physics.setState(golden.qpos.row(step), golden.qvel.row(step));
    world.advance(golden.action.row(step));
    const { qpos, qvel } = world.physics.views;
    largest.observation.add(world.observation.values, golden.observation.row(step + 1), step);
    largest.qpos.add(qpos, golden.qpos.row(step + 1), step);
    largest.qvel.add(qvel, golden.qvel.row(step + 1), step);
    largest.reward.add([world.reward], golden.reward.subarray(step, step + 1), step);
    flags.terminated.add([Number(world.stepTerminated)], golden.terminated.subarray(step, step + 1));
    flags.truncated.add([Number(world.stepTruncated)], golden.truncated.subarray(step, step + 1));
  }
  return [
    ...Object.entries(largest).map(([name, { metric, value }]) =>
      row(
        name === "observation" ? "observation" : "rollout",
        `${name}, state-synchronised in WASM`,
        metric,
        value,
        STATE_TOLERANCE,
        golden.steps,
      ),
    ),
    ...Object.entries(flags).map(([name, { count }]) =>
      row("rollout", `${name}, state-synchronised in WASM`, UNEQUAL, count, 0, golden.steps),
    ),
  ];
}

/** What the policy did in the loop, step by step. */
interface Loop {
  readonly actions: readonly Float32Array[];
  readonly rewards: readonly number[];
  /** Whether the episode terminated or was truncated. */
  readonly ended: boolean;
}

/**
 * Plays from the golden seed with nothing but the policy in the loop, for `length` steps or to the episode's end. A `rerun`
 * has an ULP perturbation at every step: as much as the arithmetic of another machine may change.
 */
async function loop(world: Simulation, golden: Golden, length: number, rerun?: number): Promise<Loop> {
  world.reset({ seed: golden.seed });
  const signs = rerun === undefined ? undefined : new Generator(rerun);
  const actions: Float32Array[] = [];
  const rewards: number[] = [];
  while (world.steps < length && !world.ended) {
    if (signs !== undefined) perturbByUlps(world, signs);
    await world.step();
    actions.push(Float32Array.from(world.action));
    rewards.push(world.reward);
  }
  return { actions, rewards, ended: world.ended };
}

/** Multiplies every position and velocity by 1 ± `ULPS`, with random signs. */
function perturbByUlps(world: Simulation, signs: Generator): void {
  const { qpos, qvel } = world.physics.views;
  for (const numbers of [qpos, qvel])
    for (const [i, x] of numbers.entries()) numbers[i] = x * (1 + (signs.uniform(-1, 1) < 0 ? -ULPS : ULPS));
}

/** For how many steps two loops have bit-equal actions. */
function equalSteps(one: readonly Float32Array[], other: readonly Float32Array[]): number {
  const common = Math.min(one.length, other.length);
  const first = one.findIndex((action, step) => step < common && !action.every((x, i) => x === other[step]?.[i]));
  return first < 0 ? common : first;
}

/**
 * The recorded episode again, with the policy in the loop, to its end.
 *
 * Contacts amplify rounding errors. Where the tab departs from the recording before the end, it is held to as many steps as
 * it agrees with itself in `RERUNS` reruns under an ULP perturbation. `bbconvert verify` treats Python's episodes alike.
 */
async function loopRows(world: Simulation, golden: Golden): Promise<Check[]> {
  const end = golden.terminated.findIndex((flag, step) => flag === 1 || golden.truncated[step] === 1);
  const length = end < 0 ? golden.steps : end + 1;
  const recorded = Array.from({ length }, (_, step) => golden.action.row(step));
  const tab = await loop(world, golden, length);
  let held = length;
  const equal = equalSteps(tab.actions, recorded);
  if (equal < length) {
    for (let rerun = 0; rerun < RERUNS; rerun++)
      held = equalSteps(tab.actions, (await loop(world, golden, held, rerun)).actions);
  }
  const actions = new Unequal();
  for (const [step, expected] of recorded.slice(0, held).entries()) actions.add(tab.actions[step] ?? [], expected);
  const total = (rewards: Iterable<number>) => Array.from(rewards).reduce((sum, reward) => sum + reward, 0);
  const difference = Math.abs(total(tab.rewards.slice(0, held)) - total(golden.reward.subarray(0, held)));
  const missing = Math.max(0, held - tab.actions.length) + Number(held === length && tab.ended !== end >= 0);
  const loops = held === length ? "in closed loop" : `in closed loop, the first ${held} of ${length} steps`;
  return [
    row(
      "rollout",
      held === length ? `actions ${loops}` : `actions in closed loop, for ${equal} of ${length} steps (${held} asked)`,
      UNEQUAL,
      actions.count,
      0,
      held * golden.action.width,
    ),
    row("rollout", `episode length ${loops}`, "steps missing", missing, 0, 1),
    row("rollout", `return ${loops}`, "|Δ|", difference, RETURN_TOLERANCE, 1),
  ];
}
