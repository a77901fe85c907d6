/**
 * A multi-layer perceptron, or one behind a recurrent layer, in float64: what plays a policy. (What trains one is in learning/, in float32.)
 *
 * AssemblyScript, compiled to WebAssembly with SIMD when the page is built (web/assemblyscript.ts);
 * web/src/worker/policy/kernel.ts lays out the memory and makes the calls. Arithmetic is that of ONNX Runtime Web on
 * `policy.onnx`, to the last bit: sums over inputs in order, the bias last, nothing fused, and musl's `tanh`, `exp` and
 * `log`. No function allocates.
 *
 * Addresses are in bytes and multiples of 16. A matrix is float64, row by row; each row is padded to a multiple of 16
 * numbers (`TILE`), and the padding is never read as an input. Weights are float32, `inputs` rows of `width` outputs.
 */
export { activate } from "./activation";
export { dense } from "./dense";
export { gru, lstm } from "./recurrent";
export { boundedAction, deviation, normalize } from "./transform";

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
