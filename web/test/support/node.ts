/** The simulation under Node: the engine and ONNX Runtime from node_modules, bundles from folders. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bundle, type ReadFile, readBundle } from "../../src/worker/bundle/bundle";
import { type Engine, loadEngine } from "../../src/worker/physics/engine";
import { KernelPolicy } from "../../src/worker/policy/kernel/kernel_policy";
import { rewrite } from "../../src/worker/policy/onnx/protobuf";
import { setOnnxWasm } from "../../src/worker/policy/onnx/wasm_source";
import { Simulation } from "../../src/worker/simulation/simulation";

const require = createRequire(import.meta.url);

/** The default bundle, the one the package ships. */
export const DEFAULT_BUNDLE = fileURLToPath(new URL("../../../convert/shipped/humanoid-balance", import.meta.url));

/** A small one that it ships too. */
export const BALANCE_BOT_BUNDLE = fileURLToPath(new URL("../../../convert/shipped/balance-bot", import.meta.url));

/** The smallest one. */
export const CART_POLE_BUNDLE = fileURLToPath(new URL("../../../convert/shipped/cart-pole", import.meta.url));

/** One whose body is an attitude. */
export const REORIENT_BUNDLE = fileURLToPath(new URL("../../../convert/shipped/reorient", import.meta.url));

export function readFrom(folder: string): ReadFile {
  return async (path) => {
    const content = await readFile(join(folder, path));
    return content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength) as ArrayBuffer;
  };
}

/** Replaces files of a bundle: the perturbed twin of `read`. */
export function withFiles(read: ReadFile, files: Readonly<Record<string, ArrayBuffer>>): ReadFile {
  return async (path) => files[path] ?? (await read(path));
}

/** The model with an operator more, whose result nobody reads: the same policy, and not the graph that bbconvert writes. */
export function withSpareNode(model: ArrayBuffer): ArrayBuffer {
  const text = (field: number, value: string): number[] => [field * 8 + 2, value.length, ...Buffer.from(value)];
  const node = [...text(1, "observation"), ...text(2, "spare"), ...text(4, "Identity")];
  const [GRAPH, NODE] = [7, 1];
  const changed = rewrite(new Uint8Array(model), GRAPH, (graph) =>
    Uint8Array.from([NODE * 8 + 2, node.length, ...node, ...graph]),
  );
  return Uint8Array.from(changed).buffer;
}

let engine: Promise<Engine> | null = null;

/** One engine for a test file; configures ONNX Runtime, too. */
export function nodeEngine(): Promise<Engine> {
  engine ??= (async () => {
    setOnnxWasm({ bytes: await readFile(require.resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm")) });
    return await loadEngine({ bytes: await readFile(require.resolve("@mujoco/mujoco/mujoco.wasm")) });
  })();
  return engine;
}

export interface Played {
  readonly bundle: Bundle;
  readonly simulation: Simulation;
}

/** A simulation of a bundle under its own policy, reset with `seed`. The caller disposes of it. */
export async function playedBundle(seed: number, bundle?: Bundle): Promise<Played> {
  const loaded = bundle ?? (await readBundle(readFrom(DEFAULT_BUNDLE)));
  const { manifest, xml, assets, policy } = loaded;
  const simulation = new Simulation(await nodeEngine(), manifest, xml, assets);
  simulation.policy = KernelPolicy.load(policy, manifest);
  simulation.reset({ seed });
  return { bundle: loaded, simulation };
}
