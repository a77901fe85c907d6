/**
 * Compiles AssemblyScript while Vite builds: `import source from "…/index.ts?assemblyscript"` is the module's WebAssembly in
 * base64. It is small, and so needs no request of its own.
 */
import { dirname, resolve } from "node:path";
import asc from "assemblyscript/asc";
import type { Plugin } from "vite";

const SUFFIX = "?assemblyscript";

export function assemblyscript(): Plugin {
  return {
    name: "assemblyscript",
    enforce: "pre",
    resolveId(source, importer) {
      if (!source.endsWith(SUFFIX) || importer === undefined) return null;
      return resolve(dirname(importer), source);
    },
    async load(id) {
      if (!id.endsWith(SUFFIX)) return null;
      const wasm = await compile(id.slice(0, -SUFFIX.length));
      return `export default "${Buffer.from(wasm).toString("base64")}";`;
    },
  };
}

async function compile(file: string): Promise<Uint8Array> {
  let wasm: Uint8Array | null = null;
  const options = ["-O3", "--runtime", "stub", "--enable", "simd", "--noAssert", "--disableWarning", "AS112"];
  const { error, stderr } = await asc.main([file, "--baseDir", "/", "--outFile", "kernel.wasm", ...options], {
    writeFile: (name: string, content: Uint8Array | string) => {
      if (name === "kernel.wasm") wasm = content as Uint8Array;
    },
  });
  if (error || wasm === null) throw new Error(`${file}: ${stderr.toString()}`);
  return wasm;
}
