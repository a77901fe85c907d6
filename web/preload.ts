/**
 * Says in the page's head what every visit will fetch: the worker and MuJoCo. They are downloaded beside the page's own
 * script then, instead of one after the other.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { afterBuild } from "./after_build.ts";

/** Files of `assets/`, and how the worker's requests for them look: a preload serves only a request of its own kind. */
const CERTAIN = [
  { name: /^sim-worker-.*\.js$/, as: 'as="script"' },
  { name: /^mujoco-.*\.wasm$/, as: 'as="fetch" crossorigin' },
];

export function preload(page: string): Plugin {
  return afterBuild("preload", (outDir) => {
    const assets = readdirSync(join(outDir, "assets"));
    const links = CERTAIN.map(({ name, as }) => {
      const file = assets.find((asset) => name.test(asset));
      if (file === undefined) throw new Error(`The build has no file ${name}.`);
      return `<link rel="preload" href="./assets/${file}" ${as} />`;
    });
    const file = join(outDir, page);
    writeFileSync(file, readFileSync(file, "utf8").replace("<title>", `${links.join("\n    ")}\n    <title>`));
  });
}
