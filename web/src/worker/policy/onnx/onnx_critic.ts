/** The checkpoint's critic: the output `value` of `policy.onnx`, in a session of its own that computes nothing else. */
import type * as ort from "onnxruntime-web/wasm";
import type { Critic } from "../critic";
import type { Statistics } from "../normalization";
import { OnnxFeeds } from "./feeds";
import { keepOutputs } from "./outputs";
import { createSession } from "./session";

const VALUE = ["value"];

export class OnnxCritic implements Critic {
  private readonly feeds: OnnxFeeds;

  private constructor(
    private readonly session: ort.InferenceSession,
    observationSize: number,
  ) {
    this.feeds = new OnnxFeeds(session, observationSize);
  }

  static async load(model: ArrayBuffer, observationSize: number): Promise<OnnxCritic> {
    const critic = keepOutputs(new Uint8Array(model), (name) => name === "value");
    return new OnnxCritic(await createSession(critic), observationSize);
  }

  async estimate(observation: Float64Array, fed: Statistics | null): Promise<number> {
    const { value } = await this.session.run(this.feeds.filled(observation, fed), VALUE);
    const estimate = value?.data[0];
    if (typeof estimate !== "number") throw new Error('policy.onnx\'s output "value" should be one float.');
    return estimate;
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}
