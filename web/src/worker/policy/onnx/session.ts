/** ONNX Runtime Web: its configuration, and sessions. Whoever imports this loads the runtime, 14 MB of WebAssembly. */
import * as ort from "onnxruntime-web/wasm";
import { onnxWasm } from "./wasm_source";

export async function createSession(model: Uint8Array): Promise<ort.InferenceSession> {
  const wasm = onnxWasm();
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  if ("url" in wasm) ort.env.wasm.wasmPaths = { wasm: wasm.url };
  else ort.env.wasm.wasmBinary = wasm.bytes;
  return await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
}
