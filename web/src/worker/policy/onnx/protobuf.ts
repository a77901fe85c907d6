/**
 * Reads and rewrites protobuf messages: fields of a key (number and wire type) and a payload. ONNX files are such messages.
 *
 * Source: protobuf.dev/programming-guides/encoding, onnx/onnx.proto3. Throws where the bytes are no message.
 */

const LENGTH_DELIMITED = 2;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

export interface Field {
  readonly number: number;
  /** The whole field, key included. */
  readonly bytes: Uint8Array;
  /** What a length-delimited field holds; null for the other wire types. */
  readonly payload: Uint8Array | null;
  /** The number of a varint field; NaN for the other wire types. */
  readonly varint: number;
}

/** The message with each field `number` given to `change`, which returns its new payload, or null to leave it out. */
export function rewrite(
  message: Uint8Array,
  number: number,
  change: (payload: Uint8Array) => Uint8Array | null,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const field of fields(message)) {
    if (field.number !== number || field.payload === null) {
      parts.push(field.bytes);
      continue;
    }
    const payload = change(field.payload);
    if (payload !== null) parts.push(varint(number * 8 + LENGTH_DELIMITED), varint(payload.length), payload);
  }
  return concatenated(parts);
}

/** What the length-delimited fields `number` hold, in order. */
export function payloads(message: Uint8Array, number: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const field of fields(message)) {
    if (field.number === number && field.payload !== null) found.push(field.payload);
  }
  return found;
}

/** What they hold as text. */
export function texts(message: Uint8Array, number: number): string[] {
  return payloads(message, number).map((bytes) => new TextDecoder().decode(bytes));
}

export function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < message.length) {
    const start = at;
    const [key, afterKey] = readVarint(message, at);
    const wire = key % 8;
    let payload: Uint8Array | null = null;
    let number = Number.NaN;
    if (wire === LENGTH_DELIMITED) {
      const [length, from] = readVarint(message, afterKey);
      at = from + length;
      payload = message.subarray(from, at);
    } else if (wire === 0) {
      [number, at] = readVarint(message, afterKey);
    } else {
      at = afterKey + (FIXED_BYTES[wire] ?? Number.NaN);
    }
    if (!(at <= message.length)) throw new Error("the file ends in the middle of a field");
    yield { number: Math.floor(key / 8), bytes: message.subarray(start, at), payload, varint: number };
  }
}

/** The number at `at`, and where the next thing begins. */
export function readVarint(message: Uint8Array, at: number): [number, number] {
  let value = 0;
  let scale = 1;
  for (let i = at; i < message.length; i++) {
    const byte = message[i] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, i + 1];
    scale *= 128;
  }
  throw new Error("the file ends in the middle of a number");
}

/** A whole number from 0 on, seven bits a byte. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** One after the other. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
