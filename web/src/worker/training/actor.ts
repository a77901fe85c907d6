/** The policy that learns, in a worker that plays it: normalises, and gives the network's output. */
import type { Manifest } from "../../generated/bundle";
import type { NetworkShape, PolicyWeights } from "../../protocol";
import { Normalizer } from "../policy/normalization";
import { TrainableMlp } from "./trainable_mlp";

/** Of a policy that begins anew: the bound of a normalised observation, and what is added to the variance. */
export const CLIP = 10;
export const EPSILON = 1e-8;

type Run = readonly [from: number, to: number];

export class Actor {
  /** The last observation as the network got it. */
  readonly seen: Float32Array;
  private readonly mlp: TrainableMlp;
  private readonly normalizer: Normalizer;
  private held: Float32Array | null = null;

  constructor(shape: NetworkShape, { observation }: Manifest) {
    const { size } = observation;
    this.mlp = new TrainableMlp(shape, 1);
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
    this.mlp.parameters.set(weights);
    this.mlp.load();
  }

  /** Into `seen`. */
  look(observation: Float64Array): void {
    this.normalizer.normalize(observation, this.seen);
  }

  /** The network's output for what was looked at last. */
  run(): void {
    this.mlp.setInput(0, this.seen);
    this.mlp.forward(1);
  }

  output(index: number): number {
    return this.mlp.output(0, index);
  }
}
