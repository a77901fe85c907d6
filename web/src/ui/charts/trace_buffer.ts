/** The last seconds of traced control steps, as columns that can be drawn without copying. */
import { TRACE } from "../../protocol";

export class TraceBuffer {
  /** Rows that are shown. */
  readonly window: number;
  /** Seconds before the newest row, ascending to 0. */
  readonly #ago: Float64Array;
  /** Twice the window each: what is shown stays in one piece, and moves to the front when the end is reached. */
  readonly #columns: readonly Float64Array[];
  #end = 0;

  /** `width`: numbers in a row. `dt`: seconds of simulated time from one row to the next. */
  constructor(
    readonly width: number,
    seconds: number,
    dt: number,
  ) {
    this.window = Math.ceil(seconds / dt);
    this.#ago = Float64Array.from({ length: this.window }, (_, k) => (k + 1 - this.window) * dt);
    this.#columns = Array.from({ length: width }, () => new Float64Array(2 * this.window));
  }

  get length(): number {
    return Math.min(this.#end, this.window);
  }

  /** Adds rows, the oldest first; where one does not follow the one before, a row of NaN parts them. */
  push(rows: Float64Array): void {
    for (let at = 0; at + this.width <= rows.length; at += this.width) {
      const episode = rows[at + TRACE.episode] as number;
      const step = rows[at + TRACE.step] as number;
      if (this.#end > 0 && !(this.#last(TRACE.episode) === episode && this.#last(TRACE.step) + 1 === step)) this.#gap();
      const row = this.#room();
      for (let column = 0; column < this.width; column++)
        (this.#columns[column] as Float64Array)[row] = rows[at + column] as number;
    }
  }

  clear(): void {
    this.#end = 0;
  }

  /** Seconds (0 and below) of each row that is shown. */
  get ago(): Float64Array {
    return this.#ago.subarray(this.window - this.length);
  }

  column(index: number): Float64Array {
    const column = this.#columns[index];
    if (!column) throw new Error(`A trace has ${this.width} numbers, not one at ${index}.`);
    return column.subarray(this.#end - this.length, this.#end);
  }

  #last(column: number): number {
    return (this.#columns[column] as Float64Array)[this.#end - 1] as number;
  }

  #gap(): void {
    const row = this.#room();
    for (const column of this.#columns) column[row] = Number.NaN;
  }

  /** The row that comes next. */
  #room(): number {
    if (this.#end === 2 * this.window) {
      for (const column of this.#columns) column.copyWithin(0, this.window + 1);
      this.#end = this.window - 1;
    }
    this.#end += 1;
    return this.#end - 1;
  }
}
