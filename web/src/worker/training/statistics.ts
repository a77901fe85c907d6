/** Mean and variance of observations, gathered in parts that are put together in a fixed order. */
import type { Moments } from "../../protocol";

export class ObservationMoments implements Moments {
  count = 0;
  readonly mean: Float64Array;
  readonly squares: Float64Array;

  constructor(size: number) {
    this.mean = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  /** Source: Welford, 1962. */
  add(values: Float64Array): void {
    this.count += 1;
    for (let i = 0; i < values.length; i++) {
      const delta = (values[i] as number) - (this.mean[i] as number);
      const mean = (this.mean[i] as number) + delta / this.count;
      this.mean[i] = mean;
      this.squares[i] = (this.squares[i] as number) + delta * ((values[i] as number) - mean);
    }
  }

  /** Source: Chan, Golub and LeVeque, 1979. */
  merge({ count, mean, squares }: Moments): void {
    if (count === 0) return;
    const total = this.count + count;
    for (let i = 0; i < mean.length; i++) {
      const delta = (mean[i] as number) - (this.mean[i] as number);
      this.mean[i] = (this.mean[i] as number) + (delta * count) / total;
      const between = (delta * delta * this.count * count) / total;
      this.squares[i] = (this.squares[i] as number) + (squares[i] as number) + between;
    }
    this.count = total;
  }

  /** Of the population; 1 before anything was seen, and where nothing ever moved. */
  variance(): Float64Array {
    return this.squares.map((sum) => (this.count > 1 && sum > 0 ? sum / this.count : 1));
  }

  copy(): Moments {
    return { count: this.count, mean: this.mean.slice(), squares: this.squares.slice() };
  }

  load({ count, mean, squares }: Moments): void {
    this.count = count;
    this.mean.set(mean);
    this.squares.set(squares);
  }
}
