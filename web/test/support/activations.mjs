/**
 * Runs every network below a folder in ONNX Runtime Web and in TensorFlow.js, for tests/test_activations.py.
 *
 * `node activations.mjs FOLDER`: each sub-folder has policy.onnx, tfjs/ and observations.json; its outputs before the
 * action transform go into outputs.json as {onnx, tfjs}.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-web/wasm";

ort.env.wasm.numThreads = 1;

async function runOnnx(folder, observations) {
  const session = await ort.InferenceSession.create(readFileSync(join(folder, "policy.onnx")));
  const data = new Float64Array(observations.flat());
  const observation = new ort.Tensor("float64", data, [observations.length, observations[0].length]);
  return [...(await session.run({ observation })).pre_action.data];
}

async function runTfjs(folder, observations) {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(join(folder, "tfjs", "model.json"), "utf8"));
  const weights = new Uint8Array(readFileSync(join(folder, "tfjs", "weights.bin")));
  const artifacts = { modelTopology, weightSpecs: weightsManifest[0].weights, weightData: weights.buffer };
  const model = await loadLayersModel(tf.io.fromMemory(artifacts));
  return [...model.predict(tf.tensor2d(observations)).dataSync()];
}

const [root] = process.argv.slice(2);
for (const name of readdirSync(root)) {
  const folder = join(root, name);
  const observations = JSON.parse(readFileSync(join(folder, "observations.json"), "utf8"));
  const outputs = { onnx: await runOnnx(folder, observations), tfjs: await runTfjs(folder, observations) };
  writeFileSync(join(folder, "outputs.json"), JSON.stringify(outputs));
}
