/** A multi-layer perceptron in the kernel's memory. */
import { type KernelMemory, padded } from "./memory";
import type { Activation, DenseLayer } from "./network";

/** In the order of `Activation` in web/kernel/activation.ts. */
const ACTIVATIONS: readonly Activation[] = [
  "linear",
  "tanh",
  "relu",
  "elu",
  "selu",
  "silu",
  "gelu",
  "softplus",
  "sigmoid",
  "leaky_relu",
];

/** Addresses of one layer; matrices have `rows` rows. */
export interface PlacedLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Of a row of z and y: `outputs`, padded. */
  readonly width: number;
  readonly weights: number;
  readonly bias: number;
  readonly x: number;
  readonly xStride: number;
  /** Before the activation. */
  readonly z: number;
  /** After it; z itself after the last layer. */
  readonly y: number;
}

export class KernelMlp {
  /** Address of the output [rows, outputStride]. */
  readonly output: number;
  readonly outputStride: number;
  readonly layers: readonly PlacedLayer[];
  /** The activation, as the kernel counts them. */
  readonly kind: number;

  /** `input` is the address of the input [rows, inputStride]; `rows` is the most that a call may have. */
  constructor(
    private readonly memory: KernelMemory,
    layers: readonly DenseLayer[],
    activation: Activation,
    readonly rows: number,
    input: number,
    inputStride: number,
  ) {
    this.kind = ACTIVATIONS.indexOf(activation);
    const placed: PlacedLayer[] = [];
    let x = input;
    let xStride = inputStride;
    for (const [index, layer] of layers.entries()) {
      const width = padded(layer.outputs);
      const z = memory.reserve(rows * width);
      const y = index === layers.length - 1 ? z : memory.reserve(rows * width);
      const weights = memory.reserve(Math.ceil((layer.inputs * width) / 2));
      const bias = memory.put(layer.bias);
      placed.push({ inputs: layer.inputs, outputs: layer.outputs, width, weights, bias, x, xStride, z, y });
      x = y;
      xStride = width;
    }
    this.layers = placed;
    this.output = x;
    this.outputStride = xStride;
    this.load(layers);
  }

  /** Replaces the weights by others of the same shapes. */
  load(layers: readonly DenseLayer[]): void {
    for (const [index, { weights, bias, inputs, outputs, width }] of this.layers.entries()) {
      const layer = layers[index];
      if (layer?.inputs !== inputs || layer.outputs !== outputs)
        throw new Error(`Layer ${index} should have ${inputs} inputs and ${outputs} outputs.`);
      this.memory.float64(bias, outputs).set(layer.bias);
      const columns = this.memory.float32(weights, inputs * width);
      for (let o = 0; o < outputs; o++)
        for (let i = 0; i < inputs; i++) columns[i * width + o] = layer.weight[o * inputs + i] as number;
    }
  }

  /** The output of the first `rows` rows of the input. Allocates nothing. */
  forward(rows: number): void {
    const { functions } = this.memory;
    for (let i = 0; i < this.layers.length; i++) {
      const layer = this.layers[i] as PlacedLayer;
      functions.dense(layer.weights, layer.bias, layer.x, layer.xStride, rows, layer.inputs, layer.z, layer.width);
      if (layer.y !== layer.z) functions.activate(this.kind, layer.z, layer.y, rows * layer.width);
    }
  }
}
