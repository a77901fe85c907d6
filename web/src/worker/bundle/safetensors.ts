/**
 * Reads and writes `.safetensors` files: eight bytes of header length (little-endian), a JSON header, then the raw numbers.
 *
 * Source: github.com/huggingface/safetensors, "Format".
 */

import { type Header, PREFIX_BYTES, readHeader, readHeaderLength } from "../../files/safetensors_header";

/** As the file names them: F64, F32, I64, U8. */
const ARRAYS = { F64: Float64Array, F32: Float32Array, I64: BigInt64Array, U8: Uint8Array } as const;

export type DType = keyof typeof ARRAYS;

export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: InstanceType<(typeof ARRAYS)[D]>;
}

export class Safetensors {
  private readonly header: Header;

  /** Raises where `file` is truncated or something else. `name` is what messages call it, `advice` what they say to do. */
  constructor(
    private readonly file: ArrayBuffer,
    readonly name: string,
    readonly advice = "Pull the bundle again.",
  ) {
    const size = file.byteLength;
    const length = readHeaderLength(new Uint8Array(file, 0, Math.min(PREFIX_BYTES + 1, size)), size, this);
    this.header = readHeader(new Uint8Array(file, PREFIX_BYTES, length), size, this);
  }

  get metadata(): ReadonlyMap<string, string> {
    return this.header.metadata;
  }

  has(name: string): boolean {
    return this.header.entries.has(name);
  }

  /** A copy of one tensor. Raises where it is absent, or of another dtype or rank. */
  tensor<D extends DType>(name: string, dtype: D, rank: number): Tensor<D> {
    const entry = this.header.entries.get(name);
    if (entry?.dtype !== dtype || entry.shape.length !== rank) {
      const found = entry ? `${entry.dtype} [${entry.shape.join(", ")}]` : "nothing of that name";
      this.raise(`should hold "${name}" as ${dtype} of rank ${rank}; it holds ${found}`);
    }
    const { body } = this.header;
    const bytes = this.file.slice(body + entry.begin, body + entry.end);
    return { dtype, shape: entry.shape, data: new ARRAYS[dtype](bytes) as InstanceType<(typeof ARRAYS)[D]> };
  }

  /** As `tensor`, of these sizes and of finite numbers. */
  shaped<D extends DType>(name: string, dtype: D, shape: readonly number[]): InstanceType<(typeof ARRAYS)[D]> {
    const tensor = this.tensor(name, dtype, shape.length);
    if (tensor.shape.some((size, i) => size !== shape[i])) {
      this.raise(`: "${name}" is [${tensor.shape.join(", ")}], expected [${shape.join(", ")}]`);
    }
    const { data } = tensor;
    if (data instanceof Float64Array || data instanceof Float32Array) {
      const at = data.findIndex((value) => !Number.isFinite(value));
      if (at >= 0) this.raise(`: number ${at} of "${name}" is ${data[at]}, expected a finite one`);
    }
    return data;
  }

  /** Raises with `what` is wrong with the file, and what to do. */
  raise(what: string): never {
    throw new Error(`${this.name}${what.startsWith(":") ? "" : " "}${what}. ${this.advice}`);
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
