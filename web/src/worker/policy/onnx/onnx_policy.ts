/** `policy.onnx` in ONNX Runtime Web: raw float64 observation in, action out. The reference policy. */

import type * as ort from "onnxruntime-web/wasm";
import type { Manifest } from "../../../generated/bundle";
import { recurrentSize } from "../../bundle/carried_sizes";
import type { Statistics } from "../normalization";
import type { Policy } from "../policy";
import { OnnxFeeds } from "./feeds";
import { keepOutputs } from "./outputs";
import { createSession } from "./session";

const NEXT_STATE = "next_recurrent_state";
const PLAYED = ["action", "pre_action", "log_std", NEXT_STATE];

export class OnnxPolicy implements Policy {
  readonly backend = "onnx";
  readonly action: Float32Array;
  readonly preAction: Float64Array;
  readonly logStd: Float64Array | null;
  private readonly feeds: OnnxFeeds;
  /** Of `act`, and of `evaluate`. */
  private readonly actionOnly: string[];
  private readonly fetches: string[];

  private constructor(
    private readonly session: ort.InferenceSession,
    observationSize: number,
    actionSize: number,
    recurrentSize: number,
  ) {
    this.action = new Float32Array(actionSize);
    this.preAction = new Float64Array(actionSize);
    this.logStd = session.outputNames.includes("log_std") ? new Float64Array(actionSize) : null;
    this.fetches = PLAYED.filter((name) => session.outputNames.includes(name));
    this.actionOnly = this.fetches.filter((name) => name === "action" || name === NEXT_STATE);
    this.feeds = new OnnxFeeds(session, observationSize, recurrentSize);
  }

  static async load(model: ArrayBuffer, manifest: Manifest): Promise<OnnxPolicy> {
    let session: ort.InferenceSession;
    try {
      const played = keepOutputs(new Uint8Array(model), (name) => PLAYED.includes(name));
      session = await createSession(played);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `policy.onnx cannot be read: it is truncated or no ONNX model. Pull the bundle again. (${reason})`,
      );
    }
    const known = new Set(["observation", "obs_mean", "obs_var", "recurrent_state"]);
    if (!session.inputNames.every((name) => known.has(name)) || !session.outputNames.includes("action")) {
      throw new Error(
        `policy.onnx needs the input "observation" and the output "action"; it has the inputs ` +
          `${session.inputNames.join(", ")} and the outputs ${session.outputNames.join(", ")}.`,
      );
    }
    return new OnnxPolicy(session, manifest.observation.size, manifest.action.size, recurrentSize(manifest));
  }

  async act(observation: Float64Array, fed: Statistics | null, recurrentState: Float64Array): Promise<void> {
    await this.run(observation, fed, recurrentState, this.actionOnly);
  }

  async evaluate(observation: Float64Array, fed: Statistics | null, recurrentState: Float64Array): Promise<void> {
    const outputs = await this.run(observation, fed, recurrentState, this.fetches);
    this.preAction.set(numbers(outputs, "pre_action", this.preAction.length));
    this.logStd?.set(numbers(outputs, "log_std", this.logStd.length));
  }

  private async run(
    observation: Float64Array,
    fed: Statistics | null,
    recurrentState: Float64Array,
    fetches: string[],
  ): Promise<ort.InferenceSession.ReturnType> {
    const outputs = await this.session.run(this.feeds.filled(observation, fed, recurrentState), fetches);
    this.action.set(numbers(outputs, "action", this.action.length));
    if (fetches.includes(NEXT_STATE)) recurrentState.set(numbers(outputs, NEXT_STATE, recurrentState.length));
    return outputs;
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

function numbers(outputs: ort.InferenceSession.ReturnType, name: string, size: number): Float32Array | Float64Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array || data instanceof Float64Array) || data.length !== size) {
    throw new Error(
      `policy.onnx's output "${name}" should be ${size} floats; it is ${data?.length ?? 0} of another kind.`,
    );
  }
  return data;
}
