/** Adam for the few parameters that are not a network's. Source: Kingma and Ba, 2015 (arXiv:1412.6980), as torch.optim.Adam computes it. */

export interface AdamState {
  readonly mean: Float64Array;
  readonly square: Float64Array;
  readonly steps: number;
}

export class Adam {
  private readonly mean: Float64Array;
  private readonly square: Float64Array;
  private steps = 0;

  constructor(
    size: number,
    private readonly epsilon = 1e-8,
    private readonly beta1 = 0.9,
    private readonly beta2 = 0.999,
  ) {
    this.mean = new Float64Array(size);
    this.square = new Float64Array(size);
  }

  get state(): AdamState {
    return { mean: this.mean.slice(), square: this.square.slice(), steps: this.steps };
  }

  set state({ mean, square, steps }: AdamState) {
    this.mean.set(mean);
    this.square.set(square);
    this.steps = steps;
  }

  step(parameters: Float64Array, gradient: Float64Array, learningRate: number): void {
    this.steps += 1;
    const { mean, square, beta1, beta2, epsilon } = this;
    const rate = learningRate / (1 - beta1 ** this.steps);
    const correction = Math.sqrt(1 - beta2 ** this.steps);
    for (let i = 0; i < parameters.length; i++) {
      const slope = gradient[i] as number;
      const m = beta1 * (mean[i] as number) + (1 - beta1) * slope;
      const v = beta2 * (square[i] as number) + (1 - beta2) * slope * slope;
      mean[i] = m;
      square[i] = v;
      parameters[i] = (parameters[i] as number) - (rate * m) / (Math.sqrt(v) / correction + epsilon);
    }
  }
}
