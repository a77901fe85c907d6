/** Fetches a bundle's files and reads its manifest; says in words what is wrong with a broken one. */

import { checkDepth } from "../../files/json_depth";
import { MAX_ASSETS_BYTES, maxBundleFileBytes, sizeInWords } from "../../files/limits";
import { readBody } from "../../files/response_body";
import { isStored, readStored } from "../../files/stored";
import type { Manifest } from "../../generated/bundle";
import type { BundleFiles } from "../../protocol";

const FORMAT = "bbconvert-bundle";
/** The newest manifest this page reads. */
const VERSION = 2;

/** The bytes of a file of the bundle, by its path inside it. Raises where there is none. */
export type ReadFile = (path: string) => Promise<ArrayBuffer>;

export interface Bundle extends Omit<BundleFiles, "base"> {
  readonly read: ReadFile;
}

/** Reads below `base`, an absolute URL that ends in "/"; a bundle that this browser keeps, from there. */
export function fetchFrom(base: string): ReadFile {
  if (isStored(base)) return readStored(base);
  return async (path) => {
    const url = new URL(path, base).href;
    if (!url.startsWith(base)) throw new Error(`${path} lies outside the bundle, so it is not fetched.`);
    let response: Response;
    try {
      response = await fetch(url);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${path} cannot be fetched (${reason}): is the server still running? Address: ${url}`);
    }
    if (response.status === 404) {
      throw new Error(
        `There is no ${path} at ${base}. Check the bundle's name; "bbconvert list" shows those that exist.`,
      );
    }
    if (!response.ok) throw new Error(`The server answered ${response.status} ${response.statusText} for ${url}.`);
    return await readBody(response, path, maxBundleFileBytes(path));
  };
}

/**
 * What a manifest needs before anything reads it: each path, and how to tell that the value is of its kind. The numbers
 * are those of docs/bundle.schema.json.
 */
const isWithin =
  (low: number, high: number) =>
  (value: unknown): boolean =>
    typeof value === "number" && low <= value && value <= high;
const isCount =
  (most: number) =>
  (value: unknown): boolean =>
    Number.isInteger(value) && isWithin(1, most)(value);
const isString = (value: unknown): boolean => typeof value === "string";
const isList = (value: unknown): boolean => Array.isArray(value);
const isSection = (value: unknown): boolean => typeof value === "object" && value !== null;
const NEEDED: readonly (readonly [path: string, is: (value: unknown) => boolean])[] = [
  ["name", isString],
  ["title", isString],
  ["source", isSection],
  ["env.id", isString],
  ["env.frame_skip", isCount(100)],
  ["env.timestep", isWithin(1e-5, 0.1)],
  ["env.dt", isWithin(1e-5, 10)],
  ["env.reset.init_qpos", isList],
  ["env.reset.init_qvel", isList],
  ["env.reset.draws", isList],
  ["env.reward", isList],
  ["env.termination.healthy", isList],
  ["observation.size", isCount(100_000)],
  ["observation.terms", isList],
  ["normalization.mode", isString],
  ["action.size", isCount(10_000)],
  ["action.low", isList],
  ["action.high", isList],
  ["action.transform", isString],
  ["action.names", isList],
  ["network.layers", isList],
];

function at(document: unknown, path: string): unknown {
  let value: unknown = document;
  for (const key of path.split(".")) {
    value = isSection(value) ? (value as Record<string, unknown>)[key] : undefined;
  }
  return value;
}

/** The manifest in `text`. Raises where it is truncated, something else, or of a newer version. */
export function parseManifest(text: string): Manifest {
  checkDepth(text, "bundle.json");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    const what = text.trimStart().startsWith("<") ? "is a web page, not a manifest" : "is truncated or no JSON";
    throw new Error(`bundle.json ${what}. Pull or convert the bundle again.`);
  }
  if (at(document, "format") !== FORMAT) {
    throw new Error(`bundle.json is not a manifest of bbconvert: its "format" is not "${FORMAT}".`);
  }
  const version = at(document, "version");
  if (!Number.isInteger(version) || (version as number) < 1) {
    throw new Error(`bundle.json has no usable "version": got ${JSON.stringify(version)}.`);
  }
  if ((version as number) > VERSION) {
    throw new Error(
      `This bundle has version ${version}, this page reads up to ${VERSION}: update bbconvert, or convert the policy again.`,
    );
  }
  const missing = NEEDED.filter(([path, is]) => !is(at(document, path))).map(([path]) => path);
  if (missing.length > 0) {
    throw new Error(
      `bundle.json lacks ${missing.join(", ")}, or has another value there than it may. Pull or convert the bundle again.`,
    );
  }
  return document as Manifest;
}

/** All that playing needs; the golden rollout and TensorFlow.js's files are read when they are asked for. */
export async function readBundle(read: ReadFile): Promise<Bundle> {
  const utf8 = new TextDecoder();
  const files = Promise.all([read("scene.xml").then((content) => utf8.decode(content)), read("policy.onnx")]);
  // All in parallel. A fault of the manifest is reported first; the other failure is awaited below.
  files.catch(() => undefined);
  const manifest = parseManifest(utf8.decode(await read("bundle.json")));
  const [xml, policy] = await files;
  return { manifest, xml, assets: await readAssets(read, manifest.env.assets ?? []), policy, read };
}

export async function readAssets(read: ReadFile, paths: readonly string[]): Promise<Map<string, Uint8Array>> {
  let total = 0;
  const assets = paths.map(async (path) => {
    const content = new Uint8Array(await read(path));
    total += content.length;
    if (total > MAX_ASSETS_BYTES) {
      throw new Error(
        `The files of scene.xml have more than ${sizeInWords(MAX_ASSETS_BYTES)}, too much for a browser tab.`,
      );
    }
    return [path, content] as const;
  });
  return new Map(await Promise.all(assets));
}
