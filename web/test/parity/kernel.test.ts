/** The kernel against ONNX Runtime, native and Web: run by tests/oracle/test_kernel.py. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Manifest } from "../../src/generated/bundle";
import { recurrentSize } from "../../src/worker/bundle/carried_sizes";
import { Safetensors } from "../../src/worker/bundle/safetensors";
import { KernelPolicy } from "../../src/worker/policy/kernel/kernel_policy";
import { normalizerOf } from "../../src/worker/policy/normalization";
import { OnnxCritic } from "../../src/worker/policy/onnx/onnx_critic";
import { OnnxPolicy } from "../../src/worker/policy/onnx/onnx_policy";
import { readTfjs, TfjsPolicy } from "../../src/worker/policy/tfjs/tfjs_policy";
import { nodeEngine } from "../support/node";

const root = process.env.BBCONVERT_FOLDER ?? "";

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
    const state = new Float64Array(recurrentSize(manifest));
    for (let i = 0; i < actions.length / m; i++) {
      kernel.act(row(i), fed, state);
      found.set(kernel.action, i * m);
    }
    expect(differing(found, actions)).toBe(0);
  });

  it("computes what ONNX Runtime Web does, to the last bit of float64", async () => {
    const onnx = await OnnxPolicy.load(model, manifest);
    const critic = kernel.hasCritic ? await OnnxCritic.load(model, n) : null;
    let unequal = 0;
    const [state, onnxState] = [recurrentSize(manifest), recurrentSize(manifest)].map((size) => new Float64Array(size));
    if (state === undefined || onnxState === undefined) throw new Error("no states");
    for (let i = 0; i < rows; i++) {
      kernel.evaluate(row(i), fed, state);
      await onnx.evaluate(row(i), fed, onnxState);
      unequal += differing(state, onnxState);
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
      kernel.act(row(i), fed, new Float64Array(recurrentSize(manifest)));
      unequal += differing(batch.actions.subarray(i * batch.actionStride, i * batch.actionStride + m), kernel.action);
    }
    expect(unequal).toBe(0);
    expect(() => batch.actAll(65, fed)).toThrow("64 observations at once; got 65");
  });
});

const stacked = readdirSync(root).filter((name) => existsSync(join(root, name, "tfjs")));

it.each(stacked)("remembers in TensorFlow.js what the kernel does: %s", async (name) => {
  const read = (file: string): ArrayBuffer => Uint8Array.from(readFileSync(join(root, name, file))).buffer;
  const manifest = JSON.parse(new TextDecoder().decode(read("manifest.json"))) as Manifest;
  const kernel = KernelPolicy.load(read("policy.onnx"), manifest);
  const artifacts = await readTfjs((path) => Promise.resolve(read(path)));
  const tfjs = await TfjsPolicy.load(artifacts, normalizerOf(manifest), manifest);
  const states = [new Float64Array(recurrentSize(manifest)), new Float64Array(recurrentSize(manifest))] as const;
  const observation = new Float64Array(manifest.observation.size);
  let farthest = 0;
  for (let step = 0; step < 50; step++) {
    for (let i = 0; i < observation.length; i++) observation[i] = Math.sin(step + 2 * i);
    kernel.act(observation, null, states[0]);
    tfjs.act(observation, null, states[1]);
    for (const [one, other] of [[kernel.preAction, tfjs.preAction], states] as const)
      for (let i = 0; i < one.length; i++)
        farthest = Math.max(farthest, Math.abs((one[i] as number) - (other[i] as number)));
  }
  expect(farthest).toBeLessThan(1e-5);
  await tfjs.dispose();
});

/** How many numbers are not the same, by their bits but for NaN. */
function differing(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Number.NaN;
  let count = 0;
  for (let i = 0; i < found.length; i++) if (!Object.is(found[i], wanted[i])) count++;
  return count;
}
