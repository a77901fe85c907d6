/**
 * Writes `NAME.br` beside each large file of the build, so that the server need not compress megabytes of WASM at run
 * time, and better than gzip would. `bbconvert export` copies them.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import type { Plugin } from "vite";
import { afterBuild } from "./after_build.ts";

const COMPRESSIBLE = /\.(css|html|js|json|mjs|svg|wasm)$/;
/** Smaller files fit into a packet or two anyway. */
const MIN_BYTES = 1024;
/** 9 of 11: two seconds for 24 MB of WASM. A release takes 11, a minute for a tenth less. */
const QUALITY = Number(process.env.BBCONVERT_BROTLI ?? 9);

export function precompress(): Plugin {
  return afterBuild("precompress", (outDir) => {
    for (const name of readdirSync(outDir, { recursive: true, encoding: "utf8" })) {
      const file = join(outDir, name);
      const size = statSync(file).size;
      if (!COMPRESSIBLE.test(name) || size < MIN_BYTES) continue;
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: size,
      };
      writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file), { params }));
    }
  });
}
