import { afterEach, describe, expect, it } from "vitest";
import { MAX_JSON_DEPTH, maxBundleFileBytes } from "../../src/files/limits";
import { readBody } from "../../src/files/response_body";
import { readServed } from "../../src/ui/gallery/served";
import { fetchFrom, parseManifest } from "../../src/worker/bundle/bundle";
import { readTfjs } from "../../src/worker/policy/tfjs/tfjs_policy";

const MB = 1e6;
const fetchBefore = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = fetchBefore;
});

/** A body without an end, in pieces of a megabyte; counts those that were asked for. */
function endless(): { readonly body: ReadableStream<Uint8Array>; readonly taken: { pieces: number; ended: boolean } } {
  const taken = { pieces: 0, ended: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        taken.pieces += 1;
        controller.enqueue(new Uint8Array(MB));
      },
      cancel: () => {
        taken.ended = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken };
}

const answer = (body: BodyInit | null, headers: Record<string, string> = {}): void => {
  globalThis.fetch = () => Promise.resolve(new Response(body, { headers }));
};

describe("a fetched file", () => {
  it("comes whole, in one piece or in many", async () => {
    expect(new TextDecoder().decode(await readBody(new Response("abc"), "it", 3))).toBe("abc");
    const pieces = new ReadableStream({
      start: (controller) => {
        for (const letter of "abc") controller.enqueue(new TextEncoder().encode(letter));
        controller.close();
      },
    });
    expect(new TextDecoder().decode(await readBody(new Response(pieces), "it", 3))).toBe("abc");
    expect((await readBody(new Response(null), "it", 3)).byteLength).toBe(0);
  });

  it("that announces more than it may have is refused before a byte of it is read", async () => {
    const { body, taken } = endless();
    const response = new Response(body, { headers: { "Content-Length": "3000000000" } });
    await expect(readBody(response, "policy.onnx", 512 * MB)).rejects.toThrow(
      /policy\.onnx has 3\.0 GB; this page reads at most 512 MB.*Pull or convert/,
    );
    expect(taken).toEqual({ pieces: 0, ended: true });
  });

  it("that sends more than it may have, whatever it announced, is cut off there", async () => {
    const { body, taken } = endless();
    const response = new Response(body, { headers: { "Content-Length": "10", "Content-Encoding": "br" } });
    await expect(readBody(response, "scene.xml", 3 * MB)).rejects.toThrow(/scene\.xml has more than 3 MB/);
    expect(taken).toEqual({ pieces: 4, ended: true });
  });

  it("that stops in the middle is said to", async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(2000)),
      pull: (controller) => controller.error(new TypeError("network error")),
    });
    await expect(readBody(new Response(body), "policy.onnx", MB)).rejects.toThrow(
      /policy\.onnx was cut off after 2 kB \(network error\)\. Reload/,
    );
  });
});

describe("a bundle's files", () => {
  it("are each held to a limit of their own", async () => {
    const { body, taken } = endless();
    answer(body);
    await expect(fetchFrom("https://example.org/b/")("bundle.json")).rejects.toThrow(
      /bundle\.json has more than 16 MB/,
    );
    expect(taken.pieces).toBe(maxBundleFileBytes("bundle.json") / MB + 1);
  });

  it.each(["https://elsewhere.org/x.stl", "../other/policy.onnx", "%2e%2e/x.stl", "data:,x", "//elsewhere.org/x"])(
    "are not fetched from anywhere else: %s",
    async (path) => {
      globalThis.fetch = () => Promise.reject(new Error("it was fetched"));
      await expect(fetchFrom("https://example.org/b/")(path)).rejects.toThrow(/lies outside the bundle/);
    },
  );

  it("are not nested without end", async () => {
    const nested = (depth: number): string => `{"format":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(() => parseManifest(nested(MAX_JSON_DEPTH))).toThrow(/bundle\.json nests its brackets more than 64 deep/);
    expect(() => parseManifest(nested(1e6))).toThrow(/bundle\.json nests its brackets/);
    expect(() => parseManifest(nested(MAX_JSON_DEPTH - 1))).toThrow(/not a manifest/);
    expect(() => parseManifest(JSON.stringify({ format: "[".repeat(100) }))).toThrow(/not a manifest/);
    expect(() => parseManifest(JSON.stringify({ format: `\\"${"[".repeat(100)}` }))).toThrow(/not a manifest/);
    answer(`{"bundles":${"[".repeat(1e5)}`);
    await expect(readServed()).rejects.toThrow(/bundles\/index\.json nests its brackets/);
  });

  it.each([
    ["null", "null"],
    ["a list", "[]"],
    ["no weights", '{"modelTopology":{}}'],
    ["weights that are no list", '{"modelTopology":{},"weightsManifest":5}'],
    ["a weight that is nothing", '{"modelTopology":{},"weightsManifest":[null]}'],
    ["a path that is not a text", '{"modelTopology":{},"weightsManifest":[{"paths":[1],"weights":[]}]}'],
    ["two files", '{"modelTopology":{},"weightsManifest":[{"paths":["a","b"],"weights":[]}]}'],
  ])("of TF.js are refused in words where there is %s", async (_, text) => {
    const read = () => Promise.resolve(new TextEncoder().encode(text).buffer);
    await expect(readTfjs(read)).rejects.toThrow(/should hold a topology and name exactly one weight file/);
  });
});
