/** The checkpoint's critic: the output `value` of `policy.onnx`, in a session of its own that computes nothing else. */
import * as ort from "onnxruntime-web/wasm";
import type { Statistics } from "./normalization";
import { OnnxFeeds } from "./onnx_feeds";
import { keepOutputs } from "./onnx_outputs";

const VALUE = ["value"];

export class Critic {
  private readonly feeds: OnnxFeeds;

  private constructor(
    private readonly session: ort.InferenceSession,
    observationSize: number,
  ) {
    this.feeds = new OnnxFeeds(session, observationSize);
  }

  static async load(model: ArrayBuffer, observationSize: number): Promise<Critic> {
    const critic = keepOutputs(new Uint8Array(model), (name) => name === "value");
    return new Critic(await ort.InferenceSession.create(critic, { logSeverityLevel: 3 }), observationSize);
  }

  /** The return that is still to come, as training discounted and scaled it. One call at a time. */
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
