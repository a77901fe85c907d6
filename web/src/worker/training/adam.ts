/** Steps along a gradient: Adam. Source: Kingma and Ba, 2015 (arXiv:1412.6980), as torch.optim.Adam computes it. */

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

  /** Moves the parameters, which are told in the parts that they lie in. */
  step(parts: readonly Float64Array[], gradient: Float64Array, learningRate: number): void {
    this.steps += 1;
    const { mean, square, beta1, beta2, epsilon } = this;
    const rate = learningRate / (1 - beta1 ** this.steps);
    const correction = Math.sqrt(1 - beta2 ** this.steps);
    let i = 0;
    for (const parameters of parts) {
      for (let k = 0; k < parameters.length; k++, i++) {
        const slope = gradient[i] as number;
        const m = beta1 * (mean[i] as number) + (1 - beta1) * slope;
        const v = beta2 * (square[i] as number) + (1 - beta2) * slope * slope;
        mean[i] = m;
        square[i] = v;
        parameters[k] = (parameters[k] as number) - (rate * m) / (Math.sqrt(v) / correction + epsilon);
      }
    }
  }
}

/** As torch.nn.utils.clip_grad_norm_. */
export function clipNorm(gradient: Float64Array, most: number): void {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += (gradient[i] as number) ** 2;
  const scale = most / (Math.sqrt(sum) + 1e-6);
  if (scale < 1) for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] as number) * scale;
}
