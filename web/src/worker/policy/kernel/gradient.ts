/** The backward pass of a `KernelMlp`: for training in the tab, and to see which inputs matter. */
import type { KernelMemory } from "./memory";
import type { KernelMlp, PlacedLayer } from "./mlp";

/** Gradients of one layer: `weight` [outputs, inputs] row by row, as the layer's own. */
export interface DenseGradient {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** Addresses of one layer's gradients, float64: [inputs, width], [width], and [rows, width] with respect to z. */
interface Placed {
  readonly layer: PlacedLayer;
  readonly weights: number;
  readonly bias: number;
  readonly dz: number;
}

export class MlpGradient {
  private readonly one: number;
  private readonly dx: number;
  private readonly placed: readonly Placed[];

  constructor(
    private readonly memory: KernelMemory,
    private readonly mlp: KernelMlp,
  ) {
    const { layers, rows } = mlp;
    this.one = memory.put([1]);
    this.dx = memory.reserve(rows * this.first.xStride);
    this.placed = layers.map((layer) => ({
      layer,
      weights: memory.reserve(layer.inputs * layer.width),
      bias: memory.reserve(layer.width),
      dz: memory.reserve(rows * layer.width),
    }));
  }

  /**
   * Takes the gradient of a loss with respect to the output [rows, outputs], after `forward(rows)`. What it gives for weights
   * and biases is added to what earlier calls gave.
   */
  backward(output: Float64Array, rows: number): void {
    const { memory, mlp, placed } = this;
    const { functions } = memory;
    this.setOutput(output, rows);
    for (let i = placed.length - 1; i >= 0; i--) {
      const { layer, weights, bias, dz } = placed[i] as Placed;
      const { x, xStride, inputs, width } = layer;
      if (layer.y !== layer.z) functions.activateBackward(mlp.kind, layer.z, layer.y, dz, dz, rows * width);
      functions.weightGradient(x, xStride, dz, rows, inputs, width, weights);
      functions.biasGradient(this.one, dz, rows, width, bias);
      functions.inputGradient(layer.weights, dz, rows, inputs, width, placed[i - 1]?.dz ?? this.dx, xStride);
    }
  }

  /** Gradients of the weights, a copy. */
  weights(): DenseGradient[] {
    return this.placed.map(({ layer: { inputs, outputs, width }, weights, bias }) => {
      const columns = this.memory.float64(weights, inputs * width);
      const weight = new Float64Array(outputs * inputs);
      for (let o = 0; o < outputs; o++)
        for (let i = 0; i < inputs; i++) weight[o * inputs + i] = columns[i * width + o] as number;
      return { weight, bias: this.memory.float64(bias, outputs).slice() };
    });
  }

  /** Of the last `backward`: the gradient with respect to the input [rows, inputs], a copy. */
  input(rows: number): Float64Array {
    const { inputs, xStride } = this.first;
    const all = this.memory.float64(this.dx, rows * xStride);
    const copy = new Float64Array(rows * inputs);
    for (let row = 0; row < rows; row++) copy.set(all.subarray(row * xStride, row * xStride + inputs), row * inputs);
    return copy;
  }

  /** Sets the gradients of the weights to zero. */
  clear(): void {
    for (const { layer, weights, bias } of this.placed) {
      this.memory.float64(weights, layer.inputs * layer.width).fill(0);
      this.memory.float64(bias, layer.width).fill(0);
    }
  }

  private get first(): PlacedLayer {
    return this.mlp.layers[0] as PlacedLayer;
  }

  private setOutput(output: Float64Array, rows: number): void {
    const { layer, dz } = this.placed.at(-1) as Placed;
    const { outputs, width } = layer;
    const into = this.memory.float64(dz, rows * width);
    for (let row = 0; row < rows; row++) into.set(output.subarray(row * outputs, (row + 1) * outputs), row * width);
  }
}
