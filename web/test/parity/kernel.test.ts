/** The kernel against ONNX Runtime, native and Web, and against torch: run by tests/oracle/test_kernel.py. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Manifest } from "../../src/generated/bundle";
import { Safetensors } from "../../src/worker/bundle/safetensors";
import { MlpGradient } from "../../src/worker/policy/kernel/gradient";
import { KernelPolicy } from "../../src/worker/policy/kernel/kernel_policy";
import { KernelMemory, padded } from "../../src/worker/policy/kernel/memory";
import { KernelMlp } from "../../src/worker/policy/kernel/mlp";
import { readNetwork } from "../../src/worker/policy/kernel/network";
import { OnnxCritic } from "../../src/worker/policy/onnx/onnx_critic";
import { OnnxPolicy } from "../../src/worker/policy/onnx/onnx_policy";
import { nodeEngine } from "../support/node";

const root = process.env.BBCONVERT_FOLDER ?? "";
const TOLERANCE = 1e-12;

beforeAll(async () => {
  await nodeEngine();
});

describe.each(readdirSync(root))("%s", (name) => {
  const read = (file: string): ArrayBuffer => Uint8Array.from(readFileSync(join(root, name, file))).buffer;
  const model = read("policy.onnx");
  const manifest = JSON.parse(new TextDecoder().decode(read("manifest.json"))) as Manifest;
  const expected = new Safetensors(read("expected.safetensors"), name);
  const n = manifest.observation.size;
  const m = manifest.action.size;
  const observations = expected.tensor("observation", "F64", 2).data;
  const rows = observations.length / n;
  const row = (i: number): Float64Array => observations.subarray(i * n, (i + 1) * n);
  const fed = expected.has("obs_mean")
    ? { mean: expected.tensor("obs_mean", "F64", 1).data, var: expected.tensor("obs_var", "F64", 1).data }
    : null;
  const kernel = KernelPolicy.load(model, manifest);

  it("acts as native ONNX Runtime, to the last bit of float32", () => {
    const actions = expected.tensor("action", "F32", 2).data;
    const found = new Float32Array(actions.length);
    for (let i = 0; i < actions.length / m; i++) {
      kernel.act(row(i), fed);
      found.set(kernel.action, i * m);
    }
    expect(differing(found, actions)).toBe(0);
  });

  it("computes what ONNX Runtime Web does, to the last bit of float64", async () => {
    const onnx = await OnnxPolicy.load(model, n, m);
    const critic = kernel.hasCritic ? await OnnxCritic.load(model, n) : null;
    let unequal = 0;
    for (let i = 0; i < rows; i++) {
      kernel.evaluate(row(i), fed);
      await onnx.evaluate(row(i), fed);
      unequal += differing(kernel.preAction, onnx.preAction) + differing(kernel.action, onnx.action);
      if (critic !== null) unequal += differing([kernel.estimate(row(i), fed)], [await critic.estimate(row(i), fed)]);
    }
    expect(unequal).toBe(0);
    expect(kernel.logStd).toEqual(onnx.logStd);
    await Promise.all([onnx.dispose(), critic?.dispose()]);
  });

  it("gives a batch the bits of single calls", () => {
    const batch = KernelPolicy.load(model, manifest, 64);
    for (let i = 0; i < 64; i++) batch.observations.set(row(i), i * batch.observationStride);
    batch.actAll(64, fed);
    let unequal = 0;
    for (let i = 0; i < 64; i++) {
      kernel.act(row(i), fed);
      unequal += differing(batch.actions.subarray(i * batch.actionStride, i * batch.actionStride + m), kernel.action);
    }
    expect(unequal).toBe(0);
    expect(() => batch.actAll(65, fed)).toThrow("64 observations at once; got 65");
  });

  it("has torch's gradients", () => {
    const { actor, activation } = readNetwork(new Uint8Array(model), manifest);
    const x = expected.tensor("gradient.x", "F64", 2).data;
    const output = expected.tensor("gradient.output", "F64", 2).data;
    const count = output.length / m;
    const memory = new KernelMemory();
    const stride = padded(n);
    const input = memory.reserve(count * stride);
    const mlp = new KernelMlp(memory, actor, activation, count, input, stride);
    const gradient = new MlpGradient(memory, mlp);
    const into = memory.float64(input, count * stride);
    for (let i = 0; i < count; i++) into.set(x.subarray(i * n, (i + 1) * n), i * stride);
    mlp.forward(count);
    // Twice, and half of the sum: gradients accumulate until they are cleared.
    gradient.backward(output, count);
    gradient.clear();
    gradient.backward(output, count);
    gradient.backward(output, count);
    const near = (found: Float64Array, tensor: string, rank: number, factor = 1): void =>
      expect(largest(found, expected.tensor(tensor, "F64", rank).data, factor)).toBeLessThan(TOLERANCE);
    near(gradient.input(count), "gradient.input", 2);
    for (const [i, { weight, bias }] of gradient.weights().entries()) {
      near(weight, `gradient.${i}.weight`, 2, 0.5);
      near(bias, `gradient.${i}.bias`, 1, 0.5);
    }
  });
});

/** How many numbers are not the same, by their bits but for NaN. */
function differing(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Number.NaN;
  let count = 0;
  for (let i = 0; i < found.length; i++) if (!Object.is(found[i], wanted[i])) count++;
  return count;
}

/** Largest difference, relative to the largest number of the gradient. */
function largest(found: Float64Array, wanted: Float64Array, factor: number): number {
  if (found.length !== wanted.length) return Number.NaN;
  const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  return found.reduce((most, x, i) => Math.max(most, Math.abs(factor * x - (wanted[i] as number)) / scale), 0);
}
