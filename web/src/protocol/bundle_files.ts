/** What a worker needs of a bundle to play it. */
import type { Manifest } from "../generated/bundle";

/** A bundle as it was read: what plays is what is verified. */
export interface BundleFiles {
  /** The absolute URL of its folder, ending in "/". */
  readonly base: string;
  readonly manifest: Manifest;
  /** scene.xml */
  readonly xml: string;
  /** What the scene refers to, by its path. */
  readonly assets: ReadonlyMap<string, Uint8Array>;
  /** policy.onnx */
  readonly policy: ArrayBuffer;
}
