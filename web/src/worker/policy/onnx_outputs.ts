/**
 * Takes outputs out of an ONNX file, with the nodes that nothing else needs, so that they are not computed.
 *
 * ONNX Runtime runs the whole graph whatever is fetched. `policy.onnx` offers `value`, the critic, which costs half as
 * much again as the action; playing does without.
 *
 * The file is a protobuf message: fields of a key (number and wire type) and a payload. Source: onnx/onnx.proto3.
 */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const GRAPH_OUTPUT = 12;
const NODE_INPUT = 1;
const NODE_OUTPUT = 2;
const VALUE_NAME = 1;

const LENGTH_DELIMITED = 2;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

interface Field {
  readonly number: number;
  /** The whole field, key included. */
  readonly bytes: Uint8Array;
  /** What a length-delimited field holds; null for the other wire types. */
  readonly payload: Uint8Array | null;
}

/**
 * The model with those graph outputs alone whose name `keeps` accepts, and the nodes that they need.
 *
 * Throws where the bytes are no protobuf message (a truncated file, say).
 */
export function keepOutputs(model: Uint8Array, keeps: (name: string) => boolean): Uint8Array {
  return rewrite(model, MODEL_GRAPH, (graph) => {
    const needed = new Set(
      payloads(graph, GRAPH_OUTPUT)
        .flatMap((output) => names(output, VALUE_NAME))
        .filter(keeps),
    );
    const isNeeded = (node: Uint8Array) => names(node, NODE_OUTPUT).some((name) => needed.has(name));
    // Nodes stand in topological order: from the last to the first, a needed one needs its inputs.
    for (const node of payloads(graph, GRAPH_NODE).reverse()) {
      if (isNeeded(node)) for (const name of names(node, NODE_INPUT)) needed.add(name);
    }
    const live = rewrite(graph, GRAPH_NODE, (node) => (isNeeded(node) ? node : null));
    return rewrite(live, GRAPH_OUTPUT, (output) => (names(output, VALUE_NAME).some(keeps) ? output : null));
  });
}

/** The message with each field `number` given to `change`, which returns its new payload, or null to leave it out. */
function rewrite(message: Uint8Array, number: number, change: (payload: Uint8Array) => Uint8Array | null): Uint8Array {
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
function payloads(message: Uint8Array, number: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const field of fields(message)) {
    if (field.number === number && field.payload !== null) found.push(field.payload);
  }
  return found;
}

function names(message: Uint8Array, number: number): string[] {
  return payloads(message, number).map((bytes) => new TextDecoder().decode(bytes));
}

function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < message.length) {
    const start = at;
    const [key, afterKey] = readVarint(message, at);
    const wire = key % 8;
    let payload: Uint8Array | null = null;
    if (wire === LENGTH_DELIMITED) {
      const [length, from] = readVarint(message, afterKey);
      at = from + length;
      payload = message.subarray(from, at);
    } else if (wire === 0) {
      at = readVarint(message, afterKey)[1];
    } else {
      at = afterKey + (FIXED_BYTES[wire] ?? Number.NaN);
    }
    if (!(at <= message.length)) throw new Error("the file ends in the middle of a field");
    yield { number: Math.floor(key / 8), bytes: message.subarray(start, at), payload };
  }
}

/** The number at `at`, and where the next thing begins. */
function readVarint(message: Uint8Array, at: number): [number, number] {
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

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
