/**
 * The network in TensorFlow.js (float32, CPU): normalised observation in, output before the action transform out.
 *
 * The library is imported when this backend is chosen, not before. Float32 holds network parity (1e-5), no more.
 */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { checkDepth } from "../../../files/json_depth";
import type { Manifest } from "../../../generated/bundle";
import { recurrentSize } from "../../bundle/carried_sizes";
import { ActionTransform } from "../action";
import type { Normalizer, Statistics } from "../normalization";
import type { Policy } from "../policy";

type Core = typeof import("@tensorflow/tfjs-core");

/** The parts of `tfjs/model.json` that are read here. Source: the documented format of `tf.LayersModel`. */
interface ModelJson {
  readonly modelTopology: object;
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: import("@tensorflow/tfjs-core").io.WeightsManifestEntry[];
  }[];
}

export interface TfjsArtifacts {
  readonly model: ModelJson;
  readonly weights: ArrayBuffer;
}

/** Reads `tfjs/model.json` and its one weight file with `fetch`, the bundle's. */
export async function readTfjs(fetch: (path: string) => Promise<ArrayBuffer>): Promise<TfjsArtifacts> {
  const text = new TextDecoder().decode(await fetch("tfjs/model.json"));
  checkDepth(text, "tfjs/model.json");
  let model: Partial<ModelJson> | null;
  try {
    model = JSON.parse(text) as Partial<ModelJson> | null;
  } catch {
    throw new Error("tfjs/model.json is not JSON: it is truncated. Pull the bundle again.");
  }
  const groups: unknown = model?.weightsManifest;
  const { paths, weights } = (Array.isArray(groups) && groups.length === 1 ? groups[0] : null) ?? {};
  const named = Array.isArray(paths) && paths.length === 1 && typeof paths[0] === "string" && Array.isArray(weights);
  if (!named || typeof model?.modelTopology !== "object") {
    throw new Error("tfjs/model.json should hold a topology and name exactly one weight file. Pull the bundle again.");
  }
  return { model: model as ModelJson, weights: await fetch(`tfjs/${paths[0]}`) };
}

export class TfjsPolicy implements Policy {
  readonly backend = "tfjs";
  readonly action: Float32Array;
  readonly preAction: Float64Array;
  /** The files of TF.js have the network alone. */
  readonly logStd = null;
  private readonly input: Float32Array;
  /** The recurrent state in parts: the hidden state, and of an LSTM the cell. */
  private readonly states: readonly Float32Array[];
  private readonly transform: ActionTransform;

  private constructor(
    private readonly tf: Core,
    private readonly model: LayersModel,
    private readonly normalizer: Normalizer,
    { observation, action, network }: Manifest,
  ) {
    this.action = new Float32Array(action.size);
    this.preAction = new Float64Array(action.size);
    this.input = new Float32Array(observation.size);
    this.states = model.inputs.slice(1).map(() => new Float32Array(network.recurrent?.hidden ?? 0));
    this.transform = new ActionTransform(action);
  }

  /** `normalizer` is the simulation's own: in mode `running` its statistics move under this policy. */
  static async load(artifacts: TfjsArtifacts, normalizer: Normalizer, manifest: Manifest): Promise<TfjsPolicy> {
    const { observation, action } = manifest;
    const [tf, layers] = await Promise.all([
      import("@tensorflow/tfjs-core"),
      import("@tensorflow/tfjs-layers"),
      import("@tensorflow/tfjs-backend-cpu"),
    ]);
    await tf.setBackend("cpu");
    const group = artifacts.model.weightsManifest[0];
    if (group === undefined) throw new Error("tfjs/model.json names no weights.");
    const handler = tf.io.fromMemory({
      modelTopology: artifacts.model.modelTopology,
      weightSpecs: group.weights,
      weightData: artifacts.weights,
    });
    let model: LayersModel;
    try {
      model = await layers.loadLayersModel(handler);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`TensorFlow.js cannot load tfjs/model.json: ${reason}. Pull the bundle again.`);
    }
    const [takes, gives] = [model.inputs[0]?.shape?.at(-1), model.outputs[0]?.shape?.at(-1)];
    const hidden = manifest.network.recurrent?.hidden ?? 0;
    const ends = [...model.inputs.slice(1), ...model.outputs.slice(1)].map(({ shape }) => shape.at(-1));
    const remembers = ends.length === (2 * recurrentSize(manifest)) / Math.max(1, hidden);
    if (!remembers || ends.some((size) => size !== hidden)) {
      model.dispose();
      throw new Error("tfjs/model.json does not carry the state of this bundle's network. Pull the bundle again.");
    }
    if (takes !== observation.size || gives !== action.size) {
      model.dispose();
      throw new Error(
        `tfjs/model.json takes ${takes} numbers and gives ${gives}; this bundle needs ${observation.size} and ` +
          `${action.size}. Pull the bundle again.`,
      );
    }
    return new TfjsPolicy(tf, model, normalizer, manifest);
  }

  act(observation: Float64Array, _fed: Statistics | null, recurrentState: Float64Array): null {
    this.normalizer.normalize(observation, this.input);
    const { tf, input, model, states } = this;
    for (const [k, state] of states.entries())
      state.set(recurrentState.subarray(k * state.length, (k + 1) * state.length));
    const [output, ...next] = tf.tidy(() => {
      const fed = [input, ...states].map((numbers) => tf.tensor2d(numbers, [1, numbers.length]));
      const result = model.predict(fed);
      return (Array.isArray(result) ? result : [result]).map((tensor) => tensor.dataSync<"float32">());
    });
    if (output === undefined) throw new Error("tfjs/model.json should have an output.");
    for (const [k, state] of next.entries()) recurrentState.set(state, k * state.length);
    this.preAction.set(output);
    this.transform.apply(output, this.action);
    return null;
  }

  evaluate(observation: Float64Array, fed: Statistics | null, recurrentState: Float64Array): null {
    return this.act(observation, fed, recurrentState);
  }

  dispose(): Promise<void> {
    this.model.dispose();
    return Promise.resolve();
  }
}
