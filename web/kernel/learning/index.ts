/**
 * What trains a multi-layer perceptron: both passes and Adam's step, in float32 as torch trains.
 *
 * AssemblyScript, compiled as web/kernel/index.ts is, whose float64 plays what was learned;
 * web/src/worker/training/trainable_mlp.ts lays out the memory and makes the calls. Sums have one order, whatever the machine:
 * the same batch gives the same bits. No function allocates.
 *
 * Addresses are in bytes and multiples of 16. A matrix is float32, row by row; each row is padded to a multiple of 16 numbers
 * (`TILE`), and a matrix to an even number of rows. Weights have a row of `width` outputs for each input.
 */
export { activate, activateBackward } from "./activation";
export { adam, approach, squares } from "./adam";
export { dense } from "./dense";
export { biasGradient, inputGradient, weightGradient } from "./gradient";

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
