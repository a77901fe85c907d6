/**
 * Reads and writes `.safetensors` files: eight bytes of header length (little-endian), a JSON header, then the raw numbers.
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
  readonly metadata: Readonly<Record<string, string>>;

  /** Raises where `file` is truncated or something else. `name` is what messages call it, `advice` what they say to do. */
  constructor(
    private readonly file: ArrayBuffer,
    readonly name: string,
    advice = "Pull the bundle again.",
  ) {
    const broken = new Error(`${name} is truncated or no safetensors file. ${advice}`);
    if (file.byteLength < 8) throw broken;
    const length = Number(new DataView(file).getBigUint64(0, true));
    this.body = 8 + length;
    if (this.body > file.byteLength) throw broken;
    try {
      this.entries = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length))) as Record<string, Entry>;
    } catch {
      throw broken;
    }
    this.metadata = (this.entries as { readonly __metadata__?: Record<string, string> }).__metadata__ ?? {};
    for (const [tensor, entry] of Object.entries(this.entries)) {
      if (tensor !== "__metadata__" && this.body + entry.data_offsets[1] > file.byteLength) throw broken;
    }
  }

  has(name: string): boolean {
    return name in this.entries;
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

/** A tensor to write: its numbers may lie anywhere. */
export interface NewTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | BigInt64Array | Uint8Array;
}

/** The file of `tensors`. Raises where a tensor's shape is not that of its numbers. */
export function writeSafetensors(
  tensors: Readonly<Record<string, NewTensor>>,
  metadata: Readonly<Record<string, string>>,
): ArrayBuffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  // The widest numbers first: then each of them lies at a multiple of its size.
  const sorted = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  let end = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    if (data.length !== shape.reduce((product, size) => product * size, 1)) {
      throw new Error(`"${name}" has ${data.length} numbers, its shape says [${shape.join(", ")}].`);
    }
    header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  let at = 8 + length;
  for (const [, { data }] of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file.buffer;
}
