/** Writes what was learned in this tab as a bundle: docs/bundle.md. `bbconvert verify` holds it in Python. */
import type { Manifest } from "../../generated/bundle";
import type { NetworkShape, PolicyWeights, TrainedBundle, TrainingBody, TrainingSettings } from "../../protocol";
import type { Engine } from "../physics/engine";
import { KernelPolicy } from "../policy/kernel/kernel_policy";
import type { DenseLayer } from "../policy/kernel/network";
import { Simulation } from "../simulation/simulation";
import { recordGolden } from "./golden_rollout";
import { type PolicyLayers, writePolicyOnnx } from "./policy_onnx";
import { trainedReadme } from "./readme";
import { writeTfjs } from "./tfjs_model";

/** Seeds of the recorded episodes, and decimals of a partial return: convert/verify/closed_loop.py */
const SEEDS = Array.from({ length: 12 }, (_, i) => i);
const DIGITS = 7;
/** Most stages of a bundle. */
const STAGES = 10;

/** A policy with what it was worth, at a moment of the training. */
export interface Stage {
  readonly steps: number;
  readonly mean: number;
  readonly length: number;
  readonly policy: PolicyWeights;
  readonly critic: Float32Array | null;
}

export interface Trained {
  readonly body: TrainingBody;
  readonly shape: NetworkShape;
  readonly settings: TrainingSettings;
  /** In the order of the training; the policy is the one at `best`. */
  readonly stages: readonly Stage[];
  readonly best: number;
}

type Origin = Pick<Trained, "body" | "shape" | "settings">;

/** The layers in a row of parameters: weight [outputs, inputs] row by row, then bias, one layer after the other. */
export function layersOf(
  { inputs, layers }: Pick<NetworkShape, "inputs" | "layers">,
  parameters: ArrayLike<number>,
): DenseLayer[] {
  const rounded = Float32Array.from(parameters);
  let at = 0;
  return layers.map((outputs, i) => {
    const from = layers[i - 1] ?? inputs;
    const weight = rounded.slice(at, at + outputs * from);
    const bias = rounded.slice(at + outputs * from, at + outputs * (from + 1));
    at += outputs * (from + 1);
    return { inputs: from, outputs, weight, bias };
  });
}

/** The bundle's action with the transform of a network. */
export function actionOf({ action }: Manifest, { squash }: NetworkShape): Manifest["action"] {
  const { size, low, high, names } = action;
  if (!squash) return { size, low, high, names, transform: "clip" };
  const between = (of: (low: number, high: number) => number): number[] =>
    low.map((least, i) => Math.fround(of(Math.fround(least), Math.fround(high[i] as number))));
  return {
    size,
    low,
    high,
    names,
    transform: "tanh",
    scale: between((least, most) => (most - least) / 2),
    bias: between((least, most) => (most + least) / 2),
  };
}

/** The manifest of a policy of this training, and its `policy.onnx`. */
export function describe(origin: Origin, stage: Stage): { manifest: Manifest; policy: Uint8Array } {
  const { body, shape, settings } = origin;
  const layers = layersOfStage(origin, stage);
  const { policy } = stage;
  const action = actionOf(body.manifest, shape);
  const normalization: Manifest["normalization"] = {
    mode: "frozen",
    mean: [...policy.mean],
    var: [...policy.variance],
    epsilon: shape.epsilon,
    clip: shape.clip,
    origin: "of the training in the tab",
  };
  const parameters = layers.actor.reduce((sum, { weight, bias }) => sum + weight.length + bias.length, 0);
  const manifest: Manifest = {
    ...body.manifest,
    normalization,
    action,
    network: {
      inputs: shape.inputs,
      layers: layers.actor.map(({ outputs }) => outputs) as Manifest["network"]["layers"],
      activation: shape.activation,
      dtype: "float64",
      parameters,
      stochastic: layers.logStd !== null,
      critic: layers.critic !== null,
    },
    estimator: null,
    training: null,
    published: null,
    parity: {},
    pulled_from: null,
  };
  const metadata = {
    "bbconvert:env": body.manifest.env.id,
    "bbconvert:normalization": "frozen",
    "bbconvert:source": `${settings.algorithm} in a browser tab, seed ${settings.seed}`,
  };
  return { manifest, policy: writePolicyOnnx(layers, manifest, metadata) };
}

/** All files of the bundle, by their path. `tell` hears the fraction that is done. */
export async function writeTrainedBundle(
  engine: Engine,
  trained: Trained,
  name: string,
  tell: (fraction: number) => void,
): Promise<TrainedBundle> {
  const { body, settings, stages, best } = trained;
  const chosen = stages[best] as Stage;
  const { manifest: described, policy } = describe(trained, chosen);
  const { xml, assets } = body;
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const files = new Map<string, Uint8Array>();
  files.set("policy.onnx", policy);
  const tfjs = writeTfjs(layersOfStage(trained, chosen).actor, trained.shape.activation);
  files.set("tfjs/model.json", text(tfjs.model));
  files.set("tfjs/weights.bin", tfjs.weights);
  files.set("scene.xml", text(xml));
  for (const [path, content] of assets) files.set(path, content);

  const earlier = spread(best).map((at) => stages[at] as Stage);
  for (const [k, stage] of earlier.entries()) files.set(`stages/${k}.onnx`, describe(trained, stage).policy);

  const simulation = new Simulation(engine, described, xml, assets);
  try {
    const played = KernelPolicy.load(policy.slice().buffer, described);
    simulation.policy = played;
    const golden = recordGolden(simulation);
    files.set("golden.safetensors", new Uint8Array(golden.bytes));
    tell(0.3);
    const episodes = await playEpisodes(simulation, (done) => tell(0.3 + 0.7 * done));
    const hash = await crypto.subtle.digest("SHA-256", policy.slice());
    const sha256 = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const algorithm = settings.algorithm.toUpperCase();
    const manifest: Manifest = {
      ...described,
      name,
      title: `${body.manifest.env.id}, ${algorithm} in the tab`,
      source: {
        repo_id: null,
        revision: null,
        filename: "policy.onnx",
        sha256,
        library: "bbconvert in the tab",
        algorithm,
        license: null,
      },
      training: {
        stages: earlier.map(({ steps, mean, length }, k) => ({
          file: `stages/${k}.onnx`,
          steps,
          episode_return: mean,
          episode_length: length,
        })) as NonNullable<NonNullable<Manifest["training"]>["stages"]>,
        steps: chosen.steps,
        curve: stages.map(({ steps, mean }) => [steps, mean] as [number, number]),
        settings: { ...settings },
      },
      parity: {
        checks: [],
        episodes,
        saturated_share: golden.saturatedShare,
        recorded: "tab",
        versions: { "@mujoco/mujoco": body.manifest.mujoco_version },
      },
      created_with: `${body.manifest.created_with.split(",")[0]}, in the tab`,
    };
    files.set("bundle.json", text(`${JSON.stringify(manifest, null, 1)}\n`));
    files.set("README.md", text(trainedReadme(manifest, settings)));
    return { name, manifest, files };
  } finally {
    simulation.dispose();
  }
}

function layersOfStage({ body, shape }: Origin, { policy, critic }: Stage): PolicyLayers {
  const m = body.manifest.action.size;
  const actor = layersOf(shape, policy.weights).map((layer, i) =>
    i === shape.layers.length - 1 ? firstOutputs(layer, m) : layer,
  );
  const values = critic && layersOf({ inputs: shape.inputs, layers: [...shape.layers.slice(0, -1), 1] }, critic);
  const logStd = policy.logStd && Float32Array.from(policy.logStd);
  return { actor, critic: values, logStd, activation: shape.activation };
}

/** Of SAC's last layer: the means. */
function firstOutputs({ inputs, weight, bias }: DenseLayer, outputs: number): DenseLayer {
  return { inputs, outputs, weight: weight.slice(0, outputs * inputs), bias: bias.slice(0, outputs) };
}

/** Which of the stages before the last one a bundle carries. */
function spread(last: number): number[] {
  const count = Math.min(STAGES - 1, last);
  return Array.from({ length: count }, (_, i) => Math.floor((i * last) / count));
}

async function playEpisodes(simulation: Simulation, tell: (fraction: number) => void) {
  const returns: number[] = [];
  const lengths: number[] = [];
  const partials: number[][] = [];
  for (const [k, seed] of SEEDS.entries()) {
    simulation.reset({ seed });
    const partial: number[] = [];
    while (!simulation.ended) {
      void simulation.step();
      const { episodeLength, episodeReturn } = simulation;
      if (episodeLength === 10 * 2 ** partial.length) partial.push(Number(episodeReturn.toFixed(DIGITS)));
    }
    returns.push(simulation.episodeReturn);
    lengths.push(simulation.episodeLength);
    partials.push(partial);
    tell((k + 1) / SEEDS.length);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { seeds: [...SEEDS], returns, lengths, partial_returns: partials };
}
