import { describe, expect, it } from "vitest";
import type { Check } from "../../../src/protocol";
import { type ReadFile, readBundle } from "../../../src/worker/bundle/bundle";
import { verify } from "../../../src/worker/verify/verification";
import { BALANCE_BOT_BUNDLE, DEFAULT_BUNDLE, nodeEngine, readFrom, withFiles } from "../../support/node";

const shipped = readFrom(DEFAULT_BUNDLE);
/** A small bundle, for the many runs with one number changed. */
const small = readFrom(BALANCE_BOT_BUNDLE);
/** A row's name without the golden rollout's seed and the steps that Python itself repeats: the bundle's own numbers. */
const general = (name: string): string =>
  name.replace(/\(seed=\d+\)|, the first \d+ of \d+ steps$|, for \d+ of \d+ steps .*$/, "");

async function rows(intact: ReadFile, files: Readonly<Record<string, ArrayBuffer>> = {}): Promise<readonly Check[]> {
  return await verify(await nodeEngine(), await readBundle(withFiles(intact, files)), () => undefined);
}

const red = (checks: readonly Check[]): string[] => checks.filter((check) => !check.ok).map((check) => check.name);

/** golden.safetensors with one number of a tensor changed. */
async function goldenWith(
  intact: ReadFile,
  tensor: string,
  index: number,
  change: (value: number) => number,
): Promise<ArrayBuffer> {
  const file = await intact("golden.safetensors");
  const view = new DataView(file);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length))) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  const entry = header[tensor];
  if (entry === undefined) throw new Error(`no ${tensor}`);
  const at = 8 + length + entry.data_offsets[0];
  if (entry.dtype === "F64") view.setFloat64(at + 8 * index, change(view.getFloat64(at + 8 * index, true)), true);
  else if (entry.dtype === "F32") view.setFloat32(at + 4 * index, change(view.getFloat32(at + 4 * index, true)), true);
  else view.setUint8(at + index, change(view.getUint8(at + index)));
  return file;
}

/** A weight of the first layer, changed in tfjs/weights.bin and, where its bytes are found, in policy.onnx. */
async function networkWith(file: "policy.onnx" | "tfjs/weights.bin"): Promise<ArrayBuffer> {
  const weights = new Uint8Array(await small("tfjs/weights.bin"));
  const { inputs, layers } = (await readBundle(small)).manifest.network;
  const [hidden = 0] = layers;
  // The first layer's bias, a vector: its bytes stand in both files alike.
  const start = 4 * inputs * hidden;
  const bias = Buffer.from(weights.slice(start, start + 4 * hidden));
  const content = Buffer.from(await small(file));
  const at = content.indexOf(bias);
  expect(at).toBeGreaterThanOrEqual(0);
  content.writeFloatLE(content.readFloatLE(at) + 0.001, at);
  return content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength) as ArrayBuffer;
}

describe("the proof in this runtime", () => {
  it("holds for the default bundle, row by row", async () => {
    const checks = await rows(shipped);
    expect(checks.map((check) => general(check.name))).toEqual([
      "action of policy.onnx in ONNX Runtime Web",
      "action of policy.onnx in the kernel",
      "pre-transform action of the kernel, against ONNX Runtime Web",
      "pre-transform action of tfjs/ in TensorFlow.js",
      "qpos after reset",
      "qvel after reset",
      "observation after reset",
      "observation, state-synchronised in WASM",
      "qpos, state-synchronised in WASM",
      "qvel, state-synchronised in WASM",
      "reward, state-synchronised in WASM",
      "terminated, state-synchronised in WASM",
      "truncated, state-synchronised in WASM",
      "actions in closed loop",
      "episode length in closed loop",
      "return in closed loop",
    ]);
    expect(red(checks)).toEqual([]);
    // The tolerances are not slack: WASM differs from native code in some last bits, and only there.
    expect(checks.find((check) => check.name.startsWith("observation, state"))?.value).toBeGreaterThan(0);
  });
});

describe("one changed number turns a row red", () => {
  it.each([
    ["qpos", 0, (x: number) => x + 1e-12, "qpos after reset"],
    ["qvel", 5, (x: number) => x + 1e-15, "qvel after reset"],
    ["observation", 3, (x: number) => x + 1e-8, "observation after reset"],
    ["observation", 250 * 10 + 5, (x: number) => x + 1e-8, "observation, state-synchronised in WASM"],
    ["qpos", 100 * 9 + 2, (x: number) => x + 1e-7, "qpos, state-synchronised in WASM"],
    ["action", 40 * 3 + 1, (x: number) => x * (1 + 2 ** -22), "action of policy.onnx in ONNX Runtime Web"],
    ["action", 3 * 3 + 1, (x: number) => x * (1 + 2 ** -22), "actions in closed loop"],
    ["reward", 12, (x: number) => x + 1e-5, "return in closed loop"],
    ["reward", 12, (x: number) => x + 1e-8, "reward, state-synchronised in WASM"],
    ["terminated", 20, (x: number) => 1 - x, "terminated, state-synchronised in WASM"],
    ["terminated", 20, (x: number) => 1 - x, "episode length in closed loop"],
    ["truncated", 299, (x: number) => 1 - x, "truncated, state-synchronised in WASM"],
  ])("in the golden %s at %i", async (tensor, index, change, expected) => {
    const names = red(await rows(small, { "golden.safetensors": await goldenWith(small, tensor, index, change) }));
    expect(names.map(general)).toContainEqual(expect.stringContaining(expected));
  });

  it("in policy.onnx", async () => {
    const names = red(await rows(small, { "policy.onnx": await networkWith("policy.onnx") }));
    expect(names).toContain("action of policy.onnx in ONNX Runtime Web");
    expect(names).toContainEqual(expect.stringContaining("actions in closed loop"));
  });

  it("and a tab that departs late is held to the steps for which it agrees with itself", async () => {
    const late = await rows(shipped, {
      "golden.safetensors": await goldenWith(shipped, "action", 200 * 17 + 3, (x) => x * (1 + 2 ** -22)),
    });
    expect(late.find(({ name }) => name.startsWith("actions in closed loop"))?.name).toMatch(
      /for 200 of 300 steps \(\d+ asked\)$/,
    );
    expect(red(late)).toContain("action of policy.onnx in ONNX Runtime Web");
  });

  it("in tfjs/weights.bin", async () => {
    const names = red(await rows(small, { "tfjs/weights.bin": await networkWith("tfjs/weights.bin") }));
    expect(names).toEqual(["pre-transform action of tfjs/ in TensorFlow.js"]);
  });
});
