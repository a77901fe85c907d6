/** The policy that learns, in a worker that plays it: normalises, and gives the network's output, with the bits that the bundle will have. */
import type { Manifest } from "../../generated/bundle";
import type { NetworkShape, PolicyWeights } from "../../protocol";
import { layersOf } from "../export/trained_bundle";
import { KernelMemory, padded } from "../policy/kernel/memory";
import { KernelMlp } from "../policy/kernel/mlp";
import { Normalizer } from "../policy/normalization";
import { parameterCount } from "./trainable_mlp";

/** Of a policy that begins anew: the bound of a normalised observation, and what is added to the variance. */
export const CLIP = 10;
export const EPSILON = 1e-8;

type Run = readonly [from: number, to: number];

export class Actor {
  /** The last observation as the network got it. */
  readonly seen: Float32Array;
  private readonly mlp: KernelMlp;
  private readonly input: Float64Array;
  private readonly result: Float64Array;
  private readonly normalizer: Normalizer;
  private held: Float32Array | null = null;

  constructor(
    private readonly shape: NetworkShape,
    { observation }: Manifest,
  ) {
    const { size } = observation;
    const memory = new KernelMemory();
    const stride = padded(shape.inputs);
    const at = memory.reserve(stride);
    const blank = layersOf(shape, new Float32Array(parameterCount(shape)));
    this.mlp = new KernelMlp(memory, blank, shape.activation, 1, at, stride);
    // From here on nothing is reserved, so these views stay.
    this.input = memory.float64(at, shape.inputs);
    this.result = memory.float64(this.mlp.output, this.mlp.outputStride);
    this.seen = new Float32Array(size);
    const statistics = { mean: new Array<number>(size).fill(0), var: new Array<number>(size).fill(1) };
    const zeroed = (observation.zeroed ?? []) as Run[];
    this.normalizer = new Normalizer(
      { mode: "frozen", ...statistics, epsilon: shape.epsilon, clip: shape.clip },
      size,
      zeroed,
    );
  }

  set({ weights, mean, variance }: PolicyWeights): void {
    const { statistics } = this.normalizer;
    statistics?.mean.set(mean);
    statistics?.var.set(variance);
    if (this.held === weights) return;
    this.held = weights;
    this.mlp.load(layersOf(this.shape, weights));
  }

  /** Into `seen`. */
  look(observation: Float64Array): void {
    this.normalizer.normalize(observation, this.seen);
  }

  /** The network's output for what was looked at last. */
  run(): void {
    this.input.set(this.seen);
    this.mlp.forward(1);
  }

  output(index: number): number {
    return this.result[index] as number;
  }
}
