import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MAX_ROLLOUT_BYTES } from "../../src/files/limits";
import { openRollout, type SizedFile } from "../../src/files/rollout_file";
import { parseManifest } from "../../src/worker/bundle/bundle";
import { writeSafetensors } from "../../src/worker/bundle/safetensors";
import { PERTURBATION_ROW } from "../../src/worker/perturbation/perturbation_state";
import { History } from "../../src/worker/playback/history";
import { Moments } from "../../src/worker/playback/moments";
import { DEFAULT_BUNDLE, playedBundle } from "../support/node";

const manifest = parseManifest(readFileSync(join(DEFAULT_BUNDLE, "bundle.json"), "utf8"));
const { env } = manifest;
const METADATA = {
  format: "bbconvert-rollout",
  version: "1",
  bundle: "some",
  env_id: env.id,
  dt: String(env.timestep * env.frame_skip),
};

/** A file that counts the bytes that are read of it; `size` may be more than there are. */
class CountedFile implements SizedFile {
  readonly name = "it.safetensors";
  read = 0;

  constructor(
    private readonly bytes: Uint8Array,
    readonly size = bytes.length,
  ) {}

  slice(begin: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> } {
    return { arrayBuffer: () => this.take(this.bytes.slice(begin, end)) };
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.take(this.bytes.slice());
  }

  private take(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
    this.read += bytes.length;
    return Promise.resolve(bytes.buffer);
  }
}

const whole = (metadata: Record<string, string> = METADATA): Uint8Array => {
  const reward = { dtype: "F64", shape: [1000], data: new Float64Array(1000) } as const;
  return new Uint8Array(writeSafetensors({ reward }, metadata));
};

/** A file with this header, and after it `body` bytes. */
function headed(header: unknown, body = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + body);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const tensor = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

describe("a file that a person chose", () => {
  it("is read whole where its head is that of a rollout of this environment", async () => {
    const file = new CountedFile(whole());
    expect(new Uint8Array(await openRollout(file, manifest))).toEqual(whole());
  });

  it("of two gigabytes is refused before a byte of it is read", async () => {
    const film = new CountedFile(new Uint8Array(9), 2e9);
    await expect(openRollout(film, manifest)).rejects.toThrow(
      "it.safetensors has 2.0 GB; a saved episode has at most 128 MB. Choose a .safetensors file that this page saved.",
    );
    expect(film.read).toBe(0);
  });

  it("of another kind is refused after nine bytes, of another environment after its header", async () => {
    const picture = new CountedFile(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xd, 0xa, 0x1a, 0xa, 0, 0), 100e6);
    await expect(openRollout(picture, manifest)).rejects.toThrow(
      /no safetensors file: its header should begin with "{"/,
    );
    expect(picture.read).toBe(9);
    const bytes = whole({ ...METADATA, env_id: "Hopper-v4" });
    const foreign = new CountedFile(bytes);
    await expect(openRollout(foreign, manifest)).rejects.toThrow(/recorded in Hopper-v4.*what plays here is/);
    expect(foreign.read).toBeLessThan(bytes.length - 8000 + 10);
  });

  it("that is a folder, or is gone, is said to be", async () => {
    const gone = () => Promise.reject(new DOMException("A file could not be found", "NotFoundError"));
    const folder = { name: "rollouts", size: 4096, arrayBuffer: gone, slice: () => ({ arrayBuffer: gone }) };
    await expect(openRollout(folder, manifest)).rejects.toThrow(
      /rollouts could not be read \(NotFoundError\).*a folder/,
    );
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /is empty: it has 0 bytes/],
    ["eight bytes", new Uint8Array(8), /truncated or no safetensors file: it has only 8 bytes/],
    [
      "a header without an end",
      headed("{").slice(0, 9).fill(0xff, 0, 8),
      /says that its header has .*at most 1 MB are read/,
    ],
    ["a header beyond the file", whole().slice(0, 60), /its header should have \d+ bytes, the whole file has 60 bytes/],
    ["no JSON", headed("{tensors"), /its header is damaged, it is not JSON/],
    ["brackets without end", headed(`{"a":${"[".repeat(500_000)}`), /its header is damaged/],
    ["nested without end", headed(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`), /the entry of "a" is damaged/],
    ["no UTF-8", headed("{}").fill(0xff, 9), /its header is damaged/],
    ["a tensor without a shape", headed({ a: { dtype: "F64" } }), /the entry of "a" is damaged/],
    ["a negative size", headed({ a: tensor("F64", [-1], [0, 8]) }, 8), /the entry of "a" is damaged/],
    ["half a size", headed({ a: tensor("F64", [0.5], [0, 4]) }, 4), /the entry of "a" is damaged/],
    ["a tensor that ends before it begins", headed({ a: tensor("F64", [1], [8, 0]) }, 8), /entry of "a" is damaged/],
    ["a long name", headed({ ["b".repeat(5000)]: 1 }), /the entry of "b{60}…" is damaged/],
    ["an unknown dtype", headed({ a: tensor("F6", [1], [0, 8]) }, 8), /"a" has the unknown dtype "F6"/],
    ["fewer bytes than its shape", headed({ a: tensor("F64", [2], [0, 8]) }, 8), /"a" has 8 bytes; F64 \[2\] needs 16/],
    ["more numbers than there are", headed({ a: tensor("F64", [1e9, 1e9, 1e9], [0, 8]) }, 8), /needs 8e\+27/],
    [
      "an overlap",
      headed({ a: tensor("U8", [4], [0, 4]), b: tensor("U8", [4], [2, 6]) }, 6),
      /"b" should begin at byte 4/,
    ],
    ["a gap", headed({ a: tensor("U8", [1], [1, 2]) }, 2), /"a" should begin at byte 0, its header says 1/],
    ["more than it says", headed({ a: tensor("U8", [1], [0, 1]) }, 2), /has more in it than its header says/],
    ["cut short", whole().slice(0, -8), /is truncated: its header makes \d+ bytes, the file has \d+/],
    ["metadata of numbers", headed({ __metadata__: { format: 1 } }), /its metadata should be texts/],
    ["a network's weights", headed({ a: tensor("BF16", [2], [0, 4]) }, 4), /no rollout of this page/],
    ["no environment", whole({ format: "bbconvert-rollout", version: "1" }), /recorded in an unnamed environment/],
    ["a longer version", whole({ ...METADATA, version: "9".repeat(500) }), /rollout of version 9{60}…;/],
  ])("with %s is refused in words, with what to do", async (_, bytes, words) => {
    const refused = openRollout(new CountedFile(bytes), manifest);
    await expect(refused).rejects.toThrow(words);
    await expect(refused).rejects.toThrow(/(that this page saved|Update bbconvert|drop the file there)\.$/);
  });
});

it("the longest episode that the page remembers, dragged and pinned everywhere, is less than half of the limit", async () => {
  const { simulation } = await playedBundle(0);
  try {
    const { physics, observation, action } = simulation;
    const { nq, nv, nbody } = physics.model;
    new History(simulation);
    // History's own limits: a minute, and 38 MB.
    const steps = Math.min(60 / physics.dt, 38e6 / Moments.rowBytes(simulation));
    const state = 8 * (nq + nv + observation.values.length);
    const step = 4 * action.length + 8 + 2 + 8 + 8 * physics.frameSkip * (nv + 6 * nbody);
    const touches = 8 * PERTURBATION_ROW * (nbody + 2);
    expect(steps * (state + step + touches)).toBeLessThan(MAX_ROLLOUT_BYTES / 2);
  } finally {
    simulation.dispose();
  }
});
