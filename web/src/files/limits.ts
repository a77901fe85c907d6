/** How large and how deep a file may be for the page to read it: every such limit, in one place. */

const MB = 1e6;

/**
 * A saved episode. The page remembers a minute: of the default humanoid that is 58 MB where every step is dragged and every
 * body pinned, of Gymnasium's environments 39 MB at most (Humanoid-v4).
 */
export const MAX_ROLLOUT_BYTES = 128 * MB;

/** The header of a `.safetensors` file that is read here: some 2 kB in those that bbconvert writes. */
export const MAX_HEADER_BYTES = MB;

/** Pins and pushes of one state: a body has one pin, and each of them is drawn. */
export const MAX_PERTURBATIONS_PER_STATE = 512;

/** Brackets inside brackets: a manifest needs six. Deeper documents overflow the stack on their way between threads. */
export const MAX_JSON_DEPTH = 64;

/** bundles/index.json: some 500 bytes a bundle. */
export const MAX_INDEX_BYTES = 16 * MB;

/** What a bundle's file may be, by its path: the default bundle has 28 kB of manifest and 1.3 MB of policy. */
const BUNDLE_FILES: Readonly<Record<string, number>> = {
  "bundle.json": 16 * MB,
  "scene.xml": 64 * MB,
  "policy.onnx": 512 * MB,
  "golden.safetensors": MAX_ROLLOUT_BYTES,
  "pose.onnx": 64 * MB,
  "tfjs/model.json": 16 * MB,
  "tfjs/weights.bin": 512 * MB,
};
/** A mesh or a texture that scene.xml refers to. */
const ASSET_BYTES = 128 * MB;
/** All of them together. */
export const MAX_ASSETS_BYTES = 256 * MB;

/** The most bytes that the file at `path` of a bundle may have. */
export function maxBundleFileBytes(path: string): number {
  return BUNDLE_FILES[path] ?? ASSET_BYTES;
}

/** A size as people say it: 2 kB, 3.4 MB, 2.1 GB. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < MB) return `${Math.round(bytes / 1e3)} kB`;
  if (bytes < 1000 * MB) return `${Number((bytes / MB).toFixed(1))} MB`;
  return `${(bytes / (1000 * MB)).toFixed(1)} GB`;
}
