/** The bundles of every environment, which `tests/support/random_bundles.py` wrote into the folder that is named here. */
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bundle, readBundle } from "../../src/worker/bundle/bundle";
import { readFrom } from "../support/node";

const folder = process.env.BBCONVERT_FOLDER ?? "";

/** Names of the bundles, a folder each. */
export const NAMES = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "scenes")
  .map((entry) => entry.name);

export function bundleNamed(name: string): Promise<Bundle> {
  return readBundle(readFrom(join(folder, name)));
}

/** What `env.reset(seed=…)` led to in Python. */
export interface Resets {
  readonly seeds: readonly number[];
  readonly qpos: readonly (readonly number[])[];
  readonly qvel: readonly (readonly number[])[];
}

export async function resetsOf(name: string): Promise<Resets> {
  return JSON.parse(await readFile(join(folder, name, "resets.json"), "utf8")) as Resets;
}
