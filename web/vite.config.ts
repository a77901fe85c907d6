import { defineConfig } from "vitest/config";
import { assemblyscript } from "./assemblyscript.ts";
import { precompress } from "./precompress.ts";
import { preload } from "./preload.ts";

/** Cross-origin isolation gives the worker a precise clock; the product's own server sends the same two headers. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const parity = process.env.BBCONVERT_PARITY;

export default defineConfig({
  // Relative, so that the page works under any sub-path.
  base: "./",
  build: {
    outDir: "../convert/page",
    emptyOutDir: true,
    rolldownOptions: { input: ["index.html", "gallery.html", "train.html"] },
    target: "es2023",
    // MuJoCo's bindings and ONNX Runtime are big by nature; their size is budgeted compressed (`just bench`).
    chunkSizeWarningLimit: 1500,
    // The WASM binaries must stay files of their own, never data URLs.
    assetsInlineLimit: 0,
  },
  worker: {
    format: "es",
    plugins: () => [assemblyscript()],
    rolldownOptions: {
      // The server recognises the worker by this name (convert/serve/security_headers.py).
      output: { entryFileNames: "assets/sim-worker-[hash].js" },
    },
  },
  plugins: [assemblyscript(), preload("index.html"), precompress()],
  optimizeDeps: { exclude: ["@mujoco/mujoco", "onnxruntime-web"] },
  // `just dev`: the page with hot reload, its bundles from a running `bbconvert serve`.
  server: {
    headers: isolation,
    proxy: Object.fromEntries(
      ["/bundles", "/bodies"].map((path) => [
        path,
        { target: process.env.BBCONVERT_SERVER ?? "http://127.0.0.1:8765", changeOrigin: true },
      ]),
    ),
  },
  preview: { headers: isolation },
  // Real engines on a machine that may be busy: generous limits, no test measures time.
  // test/parity/ compares with files that Python makes: tests/support/vitest.py names the test and their folder.
  test: {
    include: [parity ? `test/parity/${parity}.test.ts` : "test/!(parity)/**/*.test.ts"],
    environment: "node",
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
