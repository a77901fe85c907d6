/** The header of a `.safetensors` file, checked before anything is made of what it says. */
import { MAX_HEADER_BYTES, sizeInWords } from "./limits";

/** Bytes before the header: its length, little-endian. */
export const PREFIX_BYTES = 8;

/** Bytes per number of every dtype of the format; those of less than a byte are not read here. */
const BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
};
const OPENING_BRACE = 0x7b;

export interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** In bytes from the header's end. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the numbers begin, bytes from the beginning of the file. */
  readonly body: number;
}

/** What messages call the file, and what they say to do. */
export interface Labels {
  readonly name: string;
  readonly advice: string;
}

/**
 * The header's length, from the file's first nine bytes (or as many as it has), for a file of `size` bytes.
 *
 * Raises, in words, where that is not how such a file begins.
 */
export function readHeaderLength(prefix: Uint8Array, size: number, { name, advice }: Labels): number {
  if (size === 0) throw new Error(`${name} is empty: it has 0 bytes. ${advice}`);
  const other = `${name} is truncated or no safetensors file`;
  if (prefix.length <= PREFIX_BYTES) throw new Error(`${other}: it has only ${sizeInWords(size)}. ${advice}`);
  if (prefix[PREFIX_BYTES] !== OPENING_BRACE) {
    throw new Error(`${other}: its header should begin with "{" after eight bytes, and does not. ${advice}`);
  }
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) {
    throw new Error(
      `${name} says that its header has ${sizeInWords(length)}; at most ${sizeInWords(MAX_HEADER_BYTES)} are read. ${advice}`,
    );
  }
  if (PREFIX_BYTES + length > size) {
    throw new Error(
      `${other}: its header should have ${sizeInWords(length)}, the whole file has ${sizeInWords(size)}. ${advice}`,
    );
  }
  return length;
}

/**
 * What the header says of a file of `size` bytes. `bytes` are the header alone.
 *
 * Raises, in words, unless its tensors are well-formed and fill the file: one after the other, without gap or overlap.
 * Source: github.com/huggingface/safetensors, "Format".
 */
export function readHeader(bytes: Uint8Array, size: number, { name, advice }: Labels): Header {
  const raise = (what: string): never => {
    throw new Error(`${name}: ${what}. ${advice}`);
  };
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    raise("its header is damaged, it is not JSON");
  }
  if (!isRecord(document)) return raise("its header should be a table of tensors");
  const body = PREFIX_BYTES + bytes.length;
  const entries = new Map<string, Entry>();
  let metadata = new Map<string, string>();
  for (const [tensor, value] of Object.entries(document)) {
    if (tensor !== "__metadata__")
      entries.set(tensor, entryOf(value) ?? raise(`the entry of "${clipped(tensor)}" is damaged`));
    else if (isRecord(value) && Object.values(value).every((text) => typeof text === "string")) {
      metadata = new Map(Object.entries(value as Record<string, string>));
    } else raise("its metadata should be texts");
  }
  let end = 0;
  for (const [tensor, entry] of [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    const told = `"${clipped(tensor)}"`;
    if (entry.begin !== end) raise(`${told} should begin at byte ${end}, its header says ${entry.begin}`);
    const width = BYTES[entry.dtype];
    if (width === undefined) return raise(`${told} has the unknown dtype "${clipped(entry.dtype)}"`);
    const wanted = entry.shape.reduce((product, length) => product * length, width);
    if (entry.end - entry.begin !== wanted) {
      raise(`${told} has ${entry.end - entry.begin} bytes; ${entry.dtype} [${entry.shape.join(", ")}] needs ${wanted}`);
    }
    end = entry.end;
  }
  if (body + end !== size) {
    const cut = body + end > size ? "is truncated: its header" : "has more in it than its header says: that";
    throw new Error(`${name} ${cut} makes ${body + end} bytes, the file has ${size}. ${advice}`);
  }
  return { entries, metadata, body };
}

/** An untrusted text, short enough for a message. */
export function clipped(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function entryOf(value: unknown): Entry | null {
  if (!isRecord(value)) return null;
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !isSizes(shape) || shape.length > 8 || !isSizes(offsets)) return null;
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin === undefined || end === undefined || begin > end) return null;
  return { dtype, shape, begin, end };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
