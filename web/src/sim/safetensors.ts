/**
 * Reads a `.safetensors` file: eight bytes of header length (little-endian), a JSON header, then the raw numbers.
 *
 * Source: github.com/huggingface/safetensors, "Format".
 */

/** As the file names them: F64, F32, I64, U8. */
const ARRAYS = { F64: Float64Array, F32: Float32Array, I64: BigInt64Array, U8: Uint8Array } as const;

export type DType = keyof typeof ARRAYS;

export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: InstanceType<(typeof ARRAYS)[D]>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

export class Safetensors {
  private readonly entries: Readonly<Record<string, Entry>>;
  private readonly body: number;

  /** Raises where `file` is truncated or something else. `name` is what messages call it. */
  constructor(
    private readonly file: ArrayBuffer,
    private readonly name: string,
  ) {
    const broken = new Error(`${name} is truncated or no safetensors file. Pull the bundle again.`);
    if (file.byteLength < 8) throw broken;
    const length = Number(new DataView(file).getBigUint64(0, true));
    this.body = 8 + length;
    if (this.body > file.byteLength) throw broken;
    try {
      this.entries = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length))) as Record<string, Entry>;
    } catch {
      throw broken;
    }
    for (const [tensor, entry] of Object.entries(this.entries)) {
      if (tensor !== "__metadata__" && this.body + entry.data_offsets[1] > file.byteLength) throw broken;
    }
  }

  /** A copy of one tensor. Raises where it is absent, or of another dtype or rank. */
  tensor<D extends DType>(name: string, dtype: D, rank: number): Tensor<D> {
    const entry = this.entries[name];
    if (entry?.dtype !== dtype || entry.shape.length !== rank) {
      const found = entry ? `${entry.dtype} [${entry.shape.join(", ")}]` : "nothing of that name";
      throw new Error(`${this.name} should hold "${name}" as ${dtype} of rank ${rank}; it holds ${found}.`);
    }
    const [begin, end] = entry.data_offsets;
    const bytes = this.file.slice(this.body + begin, this.body + end);
    const data = new ARRAYS[dtype](bytes) as InstanceType<(typeof ARRAYS)[D]>;
    const count = entry.shape.reduce((product, size) => product * size, 1);
    if (data.length !== count)
      throw new Error(`${this.name}: "${name}" has ${data.length} numbers, its shape says ${count}.`);
    return { dtype, shape: entry.shape, data };
  }
}
