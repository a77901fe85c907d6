/** The kernel's WebAssembly: its functions, and the memory that they work on. */
import source from "../../../../kernel/index.ts?assemblyscript";

/** Rows are padded to a multiple of this many numbers. */
const TILE = 16;
const PAGE_BYTES = 65_536;

/** The gates of a recurrent layer, over each row of `state`. */
type Gates = (
  seen: number,
  kept: number,
  gateStride: number,
  state: number,
  stateStride: number,
  hidden: number,
  rows: number,
) => void;

/** What web/kernel/index.ts exports; addresses are in bytes. */
export interface Functions {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  dense(
    weights: number,
    bias: number,
    x: number,
    xStride: number,
    rows: number,
    inputs: number,
    y: number,
    width: number,
  ): void;
  activate(kind: number, z: number, y: number, count: number): void;
  deviation(variance: number, epsilon: number, std: number, count: number): void;
  normalize(x: number, mean: number, std: number, clip: number, y: number, count: number): void;
  lstm: Gates;
  gru: Gates;
  boundedAction(
    preAction: number,
    preClip: number,
    squash: boolean,
    scale: number,
    bias: number,
    low: number,
    high: number,
    action: number,
    count: number,
  ): void;
}

let compiled: WebAssembly.Module | null = null;

/** An instance with a memory of its own; dropping the last reference frees both. */
export class KernelMemory {
  readonly functions: Functions;
  private end: number;

  constructor() {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(source), (character) => character.charCodeAt(0)));
    this.functions = new WebAssembly.Instance(compiled).exports as unknown as Functions;
    this.end = this.functions.heapBase();
  }

  /** The address of `count` zeros of 8 bytes. Views that were made before may be detached by it. */
  reserve(count: number): number {
    const { memory } = this.functions;
    const at = Math.ceil(this.end / 16) * 16;
    this.end = at + 8 * count;
    const missing = this.end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    return at;
  }

  /** Reserves `numbers` in float64, followed by zeros up to a padded row. */
  put(numbers: ArrayLike<number>): number {
    const at = this.reserve(padded(numbers.length));
    this.float64(at, numbers.length).set(numbers);
    return at;
  }

  float64(at: number, count: number): Float64Array {
    return new Float64Array(this.functions.memory.buffer, at, count);
  }

  float32(at: number, count: number): Float32Array {
    return new Float32Array(this.functions.memory.buffer, at, count);
  }
}

/** The length of a row that holds `count` numbers. */
export function padded(count: number): number {
  return Math.ceil(count / TILE) * TILE;
}
