/** A step that follows the build: when every file is written, the worker's included, which Vite builds apart. */
import type { Plugin } from "vite";

export function afterBuild(name: string, work: (outDir: string) => void): Plugin {
  let outDir = "";
  return {
    name,
    apply: "build",
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle() {
      work(outDir);
    },
  };
}
