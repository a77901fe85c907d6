/** A multi-layer perceptron that learns, in float32: its parameters, both passes and Adam's step are the learning kernel's. */
import source from "../../../kernel/learning/index.ts?assemblyscript";
import type { NetworkShape } from "../../protocol";
import type { Generator } from "../env/random";
import { type Functions as KernelFunctions, padded } from "../policy/kernel/memory";
import type { DenseLayer } from "../policy/kernel/network";
import { orthogonal } from "./orthogonal";

export type MlpShape = Pick<NetworkShape, "inputs" | "layers" | "activation">;

/** A network's parameters and what Adam remembers of them, as they lie in the kernel. */
export interface MlpState {
  readonly parameters: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
  readonly steps: number;
}

export interface AdamStep {
  readonly learningRate: number;
  /** What the gradient is multiplied by. */
  readonly scale?: number;
  readonly epsilon?: number;
}

/** What web/kernel/learning/index.ts exports; addresses are in bytes. */
interface Functions extends Pick<KernelFunctions, "memory" | "heapBase" | "dense"> {
  activate(kind: number, y: number, count: number): void;
  activateBackward(kind: number, y: number, dy: number, count: number): void;
  inputGradient(w: number, dy: number, rows: number, inputs: number, width: number, dx: number, xStride: number): void;
  weightGradient(x: number, xStride: number, dy: number, rows: number, inputs: number, width: number, dw: number): void;
  biasGradient(dy: number, rows: number, width: number, db: number): void;
  adam(
    parameters: number,
    gradient: number,
    mean: number,
    square: number,
    count: number,
    scale: number,
    rate: number,
    beta1: number,
    beta2: number,
    correction: number,
    epsilon: number,
  ): void;
  squares(values: number, count: number): number;
  approach(values: number, goal: number, tau: number, count: number): void;
}

/** One layer: addresses of x, y and the gradient of y, and where its weights and bias lie in a block of parameters. */
interface Placed {
  readonly inputs: number;
  readonly outputs: number;
  /** Of a row: `outputs`, padded. */
  readonly width: number;
  readonly weights: number;
  readonly bias: number;
  readonly x: number;
  readonly xStride: number;
  readonly y: number;
  readonly dy: number;
}

/** In the order of `Activation` in web/kernel/learning/activation.ts. */
const LEARNED: readonly MlpShape["activation"][] = ["linear", "tanh", "relu"];
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const PAGE_BYTES = 65_536;

let compiled: WebAssembly.Module | null = null;

/** Numbers of a network's parameters. */
export function parameterCount({ inputs, layers }: MlpShape): number {
  return layers.reduce((sum, outputs, i) => sum + outputs * ((layers[i - 1] ?? inputs) + 1), 0);
}

/** The row of parameters of these layers. */
export function parametersOf(layers: readonly DenseLayer[]): Float64Array {
  return Float64Array.from(layers.flatMap(({ weight, bias }) => [...weight, ...bias]));
}

export class TrainableMlp {
  readonly outputs: number;
  private readonly functions: Functions;
  private readonly kind: number;
  private readonly layers: readonly Placed[];
  private readonly stride: number;
  private readonly input: Float32Array;
  private readonly result: Float32Array;
  private readonly slope: Float32Array;
  private readonly inputSlope: Float32Array;
  /** Numbers of a block of parameters, its padding included. */
  private readonly size: number;
  /** Addresses of such blocks. */
  private readonly at: { readonly [block in "parameters" | "gradient" | "mean" | "square"]: number };
  private readonly dx: number;
  private steps = 0;

  /** `rows` is the most that a pass may have. */
  constructor(
    readonly shape: MlpShape,
    readonly rows: number,
  ) {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(source), (character) => character.charCodeAt(0)));
    this.functions = new WebAssembly.Instance(compiled).exports as unknown as Functions;
    const { functions } = this;
    this.kind = LEARNED.indexOf(shape.activation);
    this.outputs = shape.layers.at(-1) as number;
    this.stride = padded(shape.inputs);
    let end = Math.ceil(functions.heapBase() / 16) * 16;
    const reserve = (count: number): number => {
      end += 4 * count;
      return end - 4 * count;
    };
    const even = rows + (rows % 2);
    const first = reserve(even * this.stride);
    this.dx = reserve(even * this.stride);
    let size = 0;
    let x = first;
    let xStride = this.stride;
    this.layers = shape.layers.map((outputs, i) => {
      const inputs = shape.layers[i - 1] ?? shape.inputs;
      const width = padded(outputs);
      const weights = 4 * size;
      const bias = weights + 4 * width * (inputs + (inputs % 2));
      size = bias / 4 + width;
      const y = reserve(even * width);
      const layer = { inputs, outputs, width, weights, bias, x, xStride, y, dy: reserve(even * width) };
      x = y;
      xStride = width;
      return layer;
    });
    this.size = size;
    this.at = { parameters: reserve(size), gradient: reserve(size), mean: reserve(size), square: reserve(size) };
    const missing = end - functions.memory.buffer.byteLength;
    if (missing > 0) functions.memory.grow(Math.ceil(missing / PAGE_BYTES));
    // The memory does not grow again, so views of it stay.
    const last = this.layers.at(-1) as Placed;
    this.input = this.view(first, rows * this.stride);
    this.inputSlope = this.view(this.dx, rows * this.stride);
    this.result = this.view(last.y, rows * last.width);
    this.slope = this.view(last.dy, rows * last.width);
  }

  /** Layer by layer: weight [outputs, inputs] row by row, then bias; a copy. */
  get parameters(): Float32Array {
    return this.unpacked(this.block("parameters"));
  }

  set parameters(values: ArrayLike<number>) {
    const block = this.block("parameters");
    this.eachParameter((at, place) => {
      block[place] = values[at] as number;
    });
  }

  /** Of the last `parameterGradient`, in the order of `parameters`; a copy. */
  get gradient(): Float32Array {
    return this.unpacked(this.block("gradient"));
  }

  get state(): MlpState {
    const copy = (name: keyof typeof this.at): Float32Array => this.block(name).slice();
    return { parameters: copy("parameters"), mean: copy("mean"), square: copy("square"), steps: this.steps };
  }

  set state({ parameters, mean, square, steps }: MlpState) {
    this.block("parameters").set(parameters);
    this.block("mean").set(mean);
    this.block("square").set(square);
    this.steps = steps;
  }

  setInput(row: number, values: ArrayLike<number>): void {
    this.input.set(values, row * this.stride);
  }

  /** From column `from` on. */
  setColumns(row: number, from: number, values: ArrayLike<number>): void {
    this.input.set(values, row * this.stride + from);
  }

  forward(rows: number): void {
    const { functions, kind, at, layers } = this;
    for (const [i, { weights, bias, x, xStride, inputs, y, width }] of layers.entries()) {
      functions.dense(at.parameters + weights, at.parameters + bias, x, xStride, rows, inputs, y, width);
      if (i < layers.length - 1) functions.activate(kind, y, rows * width);
    }
  }

  output(row: number, column: number): number {
    return this.result[row * (this.result.length / this.rows) + column] as number;
  }

  /** After `forward(rows)`: takes `output` [rows, outputs], the loss's gradient with respect to the output, back to the first layer. */
  backward(output: Float64Array, rows: number): void {
    const { functions, kind, at, layers, outputs, slope } = this;
    const width = slope.length / this.rows;
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < outputs; i++) slope[row * width + i] = output[row * outputs + i] as number;
    for (let i = layers.length - 1; i > 0; i--) {
      const layer = layers[i] as Placed;
      const before = layers[i - 1] as Placed;
      const { inputs, width } = layer;
      functions.inputGradient(at.parameters + layer.weights, layer.dy, rows, inputs, width, before.dy, before.width);
      functions.activateBackward(kind, before.y, before.dy, rows * before.width);
    }
  }

  /** After `backward(rows)`: what it makes of the parameters, for `step`. */
  parameterGradient(rows: number): void {
    const { functions, at } = this;
    for (const { weights, bias, x, xStride, dy, inputs, width } of this.layers) {
      functions.weightGradient(x, xStride, dy, rows, inputs, width, at.gradient + weights);
      functions.biasGradient(dy, rows, width, at.gradient + bias);
    }
  }

  /** After `backward(rows)`: what it makes of the input, row by row; it lasts until the next call. */
  inputGradient(rows: number): { readonly values: Float32Array; readonly stride: number } {
    const { weights, dy, inputs, width } = this.layers[0] as Placed;
    this.functions.inputGradient(this.at.parameters + weights, dy, rows, inputs, width, this.dx, this.stride);
    return { values: this.inputSlope, stride: this.stride };
  }

  /** Of the gradient: the sum of its squares. */
  gradientSquares(): number {
    return this.functions.squares(this.at.gradient, this.size);
  }

  /** Moves the parameters along the gradient. */
  step({ learningRate, scale = 1, epsilon = 1e-8 }: AdamStep): void {
    const { at, size } = this;
    this.steps += 1;
    const rate = learningRate / (1 - BETA_1 ** this.steps);
    const correction = Math.sqrt(1 - BETA_2 ** this.steps);
    const { parameters, gradient, mean, square } = at;
    this.functions.adam(parameters, gradient, mean, square, size, scale, rate, BETA_1, BETA_2, correction, epsilon);
  }

  /** Moves the parameters by the fraction `tau` of the way to those of another network of this shape. */
  approach(other: TrainableMlp, tau: number): void {
    const { functions, at, size } = this;
    // The other's memory is not this one's: its parameters come by way of the gradient, which a copy has no use for.
    this.block("gradient").set(other.block("parameters"));
    functions.approach(at.parameters, at.gradient, tau, size);
  }

  /** Orthogonal weights, as Stable-Baselines3 begins PPO: `gain` for the last layer, √2 for the others; biases 0. */
  beginOrthogonal(generator: Generator, gain: number): void {
    const { inputs, layers } = this.shape;
    this.parameters = layers.flatMap((outputs, i) => {
      const scale = i === layers.length - 1 ? gain : Math.SQRT2;
      const weight = orthogonal(generator, outputs, layers[i - 1] ?? inputs);
      return [...weight.map((value) => scale * value), ...new Array<number>(outputs).fill(0)];
    });
  }

  /** Uniform weights and biases within 1 / √inputs, as torch begins a linear layer. */
  beginUniform(generator: Generator): void {
    const { inputs, layers } = this.shape;
    this.parameters = layers.flatMap((outputs, i) => {
      const from = layers[i - 1] ?? inputs;
      const bound = 1 / Math.sqrt(from);
      return Array.from({ length: outputs * (from + 1) }, () => generator.uniform(-bound, bound));
    });
  }

  private view(at: number, count: number): Float32Array {
    return new Float32Array(this.functions.memory.buffer, at, count);
  }

  private block(name: keyof typeof this.at): Float32Array {
    return this.view(this.at[name], this.size);
  }

  private unpacked(block: Float32Array): Float32Array {
    const values = new Float32Array(parameterCount(this.shape));
    this.eachParameter((at, place) => {
      values[at] = block[place] as number;
    });
    return values;
  }

  /** Each parameter's number in the row of parameters, and in a block. */
  private eachParameter(visit: (at: number, place: number) => void): void {
    let at = 0;
    for (const { inputs, outputs, width, weights, bias } of this.layers) {
      for (let o = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) visit(at++, weights / 4 + i * width + o);
      for (let o = 0; o < outputs; o++) visit(at++, bias / 4 + o);
    }
  }
}

/** What a gradient with this sum of squares is multiplied by, as torch.nn.utils.clip_grad_norm_ does. */
export function clipScale(squares: number, most: number): number {
  return Math.min(1, most / (Math.sqrt(squares) + 1e-6));
}
