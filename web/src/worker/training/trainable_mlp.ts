/** A multi-layer perceptron that learns: its parameters in one row, its passes in the kernel. */
import type { NetworkShape } from "../../protocol";
import type { Generator } from "../env/random";
import { layersOf } from "../export/trained_bundle";
import { MlpGradient } from "../policy/kernel/gradient";
import { KernelMemory, padded } from "../policy/kernel/memory";
import { KernelMlp } from "../policy/kernel/mlp";
import type { DenseLayer } from "../policy/kernel/network";

export type MlpShape = Pick<NetworkShape, "inputs" | "layers" | "activation">;

/** Numbers of a network's parameters. */
export function parameterCount({ inputs, layers }: MlpShape): number {
  return layers.reduce((sum, outputs, i) => sum + outputs * ((layers[i - 1] ?? inputs) + 1), 0);
}

/** The row of parameters of these layers. */
export function parametersOf(layers: readonly DenseLayer[]): Float64Array {
  return Float64Array.from(layers.flatMap(({ weight, bias }) => [...weight, ...bias]));
}

export class TrainableMlp {
  /** Kept in float64; `load` rounds them to float32, as every policy has them. */
  readonly parameters: Float64Array;
  readonly outputs: number;
  private readonly memory = new KernelMemory();
  private readonly mlp: KernelMlp;
  private readonly gradient: MlpGradient;
  private readonly input: Float64Array;
  private readonly stride: number;
  private readonly result: Float64Array;

  /** `rows` is the most that a pass may have. */
  constructor(
    readonly shape: MlpShape,
    readonly rows: number,
  ) {
    this.parameters = new Float64Array(parameterCount(shape));
    this.outputs = shape.layers.at(-1) as number;
    this.stride = padded(shape.inputs);
    const at = this.memory.reserve(rows * this.stride);
    const layers = layersOf(shape, this.parameters);
    this.mlp = new KernelMlp(this.memory, layers, shape.activation, rows, at, this.stride);
    this.gradient = new MlpGradient(this.memory, this.mlp);
    // From here on nothing is reserved, so these views stay.
    this.input = this.memory.float64(at, rows * this.stride);
    this.result = this.memory.float64(this.mlp.output, rows * this.mlp.outputStride);
  }

  /** Puts the parameters into the kernel: call it after they changed. */
  load(): void {
    this.mlp.load(layersOf(this.shape, this.parameters));
  }

  setInput(row: number, values: ArrayLike<number>): void {
    this.input.set(values, row * this.stride);
  }

  /** From column `from` on. */
  setColumns(row: number, from: number, values: ArrayLike<number>): void {
    this.input.set(values, row * this.stride + from);
  }

  forward(rows: number): void {
    this.mlp.forward(rows);
  }

  output(row: number, column: number): number {
    return this.result[row * this.mlp.outputStride + column] as number;
  }

  /** After `forward(rows)`: adds what `output` [rows, outputs], the loss's gradient, makes of the parameters. */
  backward(output: Float64Array, rows: number): void {
    this.gradient.backward(output, rows);
  }

  /** Of the last `backward`, with respect to the input [rows, inputs]; a copy. */
  inputGradient(rows: number): Float64Array {
    return this.gradient.input(rows);
  }

  /** Writes the sum of the gradients since the last call into `into`, from `at` on, and begins anew. */
  takeGradient(into: Float64Array, at = 0): void {
    let next = at;
    for (const { weight, bias } of this.gradient.weights()) {
      into.set(weight, next);
      into.set(bias, next + weight.length);
      next += weight.length + bias.length;
    }
    this.gradient.clear();
  }

  /** Forgets the gradients since the last call of `takeGradient`. */
  clearGradient(): void {
    this.gradient.clear();
  }

  /** Orthogonal weights, as Stable-Baselines3 begins PPO: `gain` for the last layer, √2 for the others; biases 0. */
  beginOrthogonal(generator: Generator, gain: number): void {
    const { inputs, layers } = this.shape;
    let at = 0;
    for (const [i, outputs] of layers.entries()) {
      const from = layers[i - 1] ?? inputs;
      const scale = i === layers.length - 1 ? gain : Math.SQRT2;
      const weight = orthogonal(generator, outputs, from);
      for (let k = 0; k < weight.length; k++) this.parameters[at + k] = scale * (weight[k] as number);
      this.parameters.fill(0, at + weight.length, at + weight.length + outputs);
      at += weight.length + outputs;
    }
    this.load();
  }

  /** Uniform weights and biases within 1 / √inputs, as torch begins a linear layer. */
  beginUniform(generator: Generator): void {
    const { inputs, layers } = this.shape;
    let at = 0;
    for (const [i, outputs] of layers.entries()) {
      const from = layers[i - 1] ?? inputs;
      const bound = 1 / Math.sqrt(from);
      for (let k = 0; k < outputs * (from + 1); k++) this.parameters[at++] = generator.uniform(-bound, bound);
    }
    this.load();
  }
}

/** [rows, columns] whose shorter side is orthonormal, by Gram and Schmidt's method. */
function orthogonal(generator: Generator, rows: number, columns: number): Float64Array {
  const [vectors, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const basis: Float64Array[] = [];
  while (basis.length < vectors) {
    const vector = Float64Array.from({ length }, () => generator.standardNormal());
    for (const other of basis) {
      const along = other.reduce((sum, value, i) => sum + value * (vector[i] as number), 0);
      for (let i = 0; i < length; i++) vector[i] = (vector[i] as number) - along * (other[i] as number);
    }
    const norm = Math.hypot(...vector);
    if (norm > 1e-6) basis.push(vector.map((value) => value / norm));
  }
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return (rows <= columns ? basis[row]?.[column] : basis[column]?.[row]) as number;
  });
}
