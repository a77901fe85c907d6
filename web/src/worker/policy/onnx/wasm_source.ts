/** Where ONNX Runtime's binary is; said once, before the first session, without loading the runtime. */
import type { WasmSource } from "../../physics/engine";

let source: WasmSource | null = null;

export function setOnnxWasm(wasm: WasmSource): void {
  source = wasm;
}

export function onnxWasm(): WasmSource {
  if (source === null) throw new Error("Nobody said where ONNX Runtime's binary is: call setOnnxWasm first.");
  return source;
}
