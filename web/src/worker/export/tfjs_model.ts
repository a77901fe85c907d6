/** Writes the actor in TensorFlow.js' Layers format. The twin of convert/export/tfjs_export.py. */
import type { DenseLayer } from "../policy/kernel/network";

export interface TfjsFiles {
  readonly model: string;
  readonly weights: Uint8Array;
}

export function writeTfjs(actor: readonly DenseLayer[], activation: "tanh" | "relu" | "linear"): TfjsFiles {
  const shape = [null, actor[0]?.inputs ?? 0];
  const input = { batch_input_shape: shape, dtype: "float32", sparse: false, ragged: false, name: "observation" };
  const layers: unknown[] = [{ class_name: "InputLayer", config: input }];
  const weights: unknown[] = [];
  const numbers: number[] = [];
  for (const [i, { weight, bias, inputs, outputs }] of actor.entries()) {
    const config = {
      name: `dense_${i}`,
      trainable: true,
      dtype: "float32",
      units: outputs,
      activation: i === actor.length - 1 ? "linear" : activation,
      use_bias: true,
    };
    layers.push({ class_name: "Dense", config });
    weights.push({ name: `dense_${i}/kernel`, shape: [inputs, outputs], dtype: "float32" });
    weights.push({ name: `dense_${i}/bias`, shape: [outputs], dtype: "float32" });
    for (let from = 0; from < inputs; from++)
      for (let to = 0; to < outputs; to++) numbers.push(weight[to * inputs + from] as number);
    numbers.push(...bias);
  }
  const model = {
    format: "layers-model",
    generatedBy: "bbconvert",
    convertedBy: "bbconvert",
    modelTopology: {
      keras_version: "2.19.0",
      backend: "tensorflow",
      model_config: { class_name: "Sequential", config: { name: "policy", layers } },
    },
    weightsManifest: [{ paths: ["weights.bin"], weights }],
  };
  return { model: `${JSON.stringify(model, null, 1)}\n`, weights: new Uint8Array(Float32Array.from(numbers).buffer) };
}
