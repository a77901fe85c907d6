/** What `policy.onnx` is fed: tensors that are filled again for each call. */

import * as ort from "onnxruntime-web/wasm";
import type { Statistics } from "../normalization";

export class OnnxFeeds {
  private readonly input: Float64Array;
  private readonly mean: Float64Array;
  private readonly variance: Float64Array;
  private readonly tensors: Record<string, ort.Tensor>;
  private readonly isFed: boolean;
  private readonly recurrentState: Float64Array;

  constructor(session: ort.InferenceSession, size: number, recurrentSize = 0) {
    this.input = new Float64Array(size);
    this.mean = new Float64Array(size);
    this.variance = new Float64Array(size);
    this.tensors = { observation: new ort.Tensor("float64", this.input, [1, size]) };
    this.recurrentState = new Float64Array(recurrentSize);
    if (recurrentSize > 0)
      this.tensors.recurrent_state = new ort.Tensor("float64", this.recurrentState, [1, recurrentSize]);
    this.isFed = session.inputNames.includes("obs_mean");
    if (this.isFed) {
      this.tensors.obs_mean = new ort.Tensor("float64", this.mean, [size]);
      this.tensors.obs_var = new ort.Tensor("float64", this.variance, [size]);
    }
  }

  /** The tensors with a raw observation and a recurrent state in them, and with the running statistics where the graph asks for them. */
  filled(observation: Float64Array, fed: Statistics | null, recurrentState?: Float64Array): Record<string, ort.Tensor> {
    this.input.set(observation);
    if (recurrentState !== undefined) this.recurrentState.set(recurrentState);
    if (this.isFed) {
      if (fed === null)
        throw new Error("policy.onnx asks for running statistics, the manifest's mode is not `running`.");
      this.mean.set(fed.mean);
      this.variance.set(fed.var);
    }
    return this.tensors;
  }
}
