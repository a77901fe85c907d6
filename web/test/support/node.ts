/** The simulation under Node: the engine and ONNX Runtime from node_modules, bundles from folders. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bundle, type ReadFile, readBundle } from "../../src/worker/bundle/bundle";
import { type Engine, loadEngine } from "../../src/worker/physics/engine";
import { configureOnnxRuntime, OnnxPolicy } from "../../src/worker/policy/onnx_policy";
import { Simulation } from "../../src/worker/simulation/simulation";

const require = createRequire(import.meta.url);

/** The default bundle, the one the package ships. */
export const DEFAULT_BUNDLE = fileURLToPath(new URL("../../../convert/default_bundle", import.meta.url));

/** A small one that it ships too. */
export const BALANCE_BOT_BUNDLE = fileURLToPath(new URL("../../../convert/balance_bot_bundle", import.meta.url));

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

let engine: Promise<Engine> | null = null;

/** One engine for a test file; configures ONNX Runtime, too. */
export function nodeEngine(): Promise<Engine> {
  engine ??= (async () => {
    configureOnnxRuntime({ bytes: await readFile(require.resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm")) });
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
  simulation.policy = await OnnxPolicy.load(policy, manifest.observation.size, manifest.action.size);
  simulation.reset({ seed });
  return { bundle: loaded, simulation };
}
