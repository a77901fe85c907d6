/** What one step of gradient descent takes in the learning kernel and in TensorFlow.js: run by tests/documents/training.py. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { it } from "vitest";
import { Generator } from "../../src/worker/env/random";
import { TrainableMlp } from "../../src/worker/training/trainable_mlp";

const root = process.env.BBCONVERT_FOLDER ?? "";
const INPUTS = 11;
const LAYERS = [64, 64, 3];
const ROWS = 64;
const TIMES = 300;

it("is measured", { timeout: 300_000 }, () => {
  const mlp = new TrainableMlp({ inputs: INPUTS, layers: LAYERS, activation: "tanh" }, ROWS);
  const generator = new Generator([0, 0, 0]);
  mlp.beginOrthogonal(generator, 1);
  const observation = Float32Array.from({ length: INPUTS }, () => generator.standardNormal());
  const output = new Float64Array(ROWS * 3).fill(0.01);
  const ours = median(() => {
    for (let row = 0; row < ROWS; row++) mlp.setInput(row, observation);
    mlp.forward(ROWS);
    mlp.backward(output, ROWS);
    mlp.parameterGradient(ROWS);
    mlp.step({ learningRate: 1e-4 });
  });

  const x = tf.randomNormal([ROWS, INPUTS]) as tf.Tensor2D;
  const layers = LAYERS.map((outputs, i) => ({
    weight: tf.variable(tf.randomNormal([LAYERS[i - 1] ?? INPUTS, outputs])) as unknown as tf.Tensor2D,
    bias: tf.variable(tf.zeros([outputs])),
  }));
  const adam = tf.train.adam(1e-4);
  const theirs = median(() => {
    adam.minimize(() => {
      const y = layers.reduce((y, { weight, bias }, i) => {
        const z = tf.add(tf.matMul(y, weight), bias) as tf.Tensor2D;
        return i === layers.length - 1 ? z : tf.tanh(z);
      }, x);
      return tf.mean(tf.square(y)) as tf.Scalar;
    });
  });
  writeFileSync(join(root, "gradient.json"), JSON.stringify({ ours, theirs }));
});

/** Microseconds. */
function median(run: () => void): number {
  const took = Array.from({ length: TIMES }, () => {
    const began = performance.now();
    run();
    return performance.now() - began;
  });
  return 1000 * (took.sort((a, b) => a - b)[TIMES / 2] as number);
}
