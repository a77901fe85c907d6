import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fetchFrom, parseManifest, readBundle } from "../../../src/worker/bundle/bundle";
import { Safetensors } from "../../../src/worker/bundle/safetensors";
import { OnnxPolicy } from "../../../src/worker/policy/onnx/onnx_policy";
import { DEFAULT_BUNDLE, nodeEngine, readFrom } from "../../support/node";

const intact = readFileSync(join(DEFAULT_BUNDLE, "bundle.json"), "utf8");

function edited(change: (document: Record<string, unknown>) => void): string {
  const document = JSON.parse(intact) as Record<string, unknown>;
  change(document);
  return JSON.stringify(document);
}

describe("a manifest", () => {
  it("is read when it is intact, unknown keys included", () => {
    expect(parseManifest(edited((document) => Object.assign(document, { later: 1 }))).env.frame_skip).toBe(5);
  });

  it.each([
    ["truncated", intact.slice(0, 2000), /truncated/],
    ["a web page", "<!doctype html><p>Not found</p>", /web page/],
    ["of another format", edited((document) => Object.assign(document, { format: "gltf" })), /not a manifest/],
    [
      "of a newer version",
      edited((document) => Object.assign(document, { version: 3 })),
      /version 3.*up to 2.*update/s,
    ],
    ["without a version", edited((document) => Object.assign(document, { version: "1" })), /no usable "version"/],
    [
      "without its physics",
      edited((document) => Object.assign(document, { env: {} })),
      /lacks env\.id, env\.frame_skip/,
    ],
    [
      "of endless steps",
      edited((document) => Object.assign(document.env as object, { frame_skip: 1e9 })),
      /env\.frame_skip/,
    ],
    ["of steps without time", edited((document) => Object.assign(document.env as object, { dt: 5e-324 })), /env\.dt/],
  ])("is refused in words when it is %s", (_, text, message) => {
    expect(() => parseManifest(text)).toThrow(message);
  });
});

describe("a bundle's files", () => {
  it("are named when they are missing, with the address that was tried", async () => {
    const answer = globalThis.fetch;
    globalThis.fetch = () => Promise.resolve(new Response(null, { status: 404 }));
    try {
      await expect(readBundle(fetchFrom("https://example.org/bundles/none/"))).rejects.toThrow(
        /no bundle\.json at https:\/\/example\.org\/bundles\/none\//,
      );
    } finally {
      globalThis.fetch = answer;
    }
  });

  it("say what is wrong with a network that was cut off", async () => {
    await nodeEngine();
    const { policy: network, manifest } = await readBundle(readFrom(DEFAULT_BUNDLE));
    await expect(OnnxPolicy.load(network.slice(0, 5000), manifest)).rejects.toThrow(
      /policy\.onnx cannot be read.*Pull/,
    );
    const policy = await OnnxPolicy.load(network, manifest);
    await policy.dispose();
  });

  it("say what is wrong with a golden rollout that was cut off, or holds something else", async () => {
    const golden = await readFrom(DEFAULT_BUNDLE)("golden.safetensors");
    expect(() => new Safetensors(golden.slice(0, golden.byteLength - 1), "golden.safetensors")).toThrow(/truncated/);
    expect(() => new Safetensors(golden.slice(0, 100), "golden.safetensors")).toThrow(/truncated/);
    const tensors = new Safetensors(golden, "golden.safetensors");
    expect(() => tensors.tensor("reward", "F32", 1)).toThrow(/"reward" as F32.*holds F64 \[300\]/);
    expect(() => tensors.tensor("joy", "F64", 1)).toThrow(/nothing of that name/);
  });
});
