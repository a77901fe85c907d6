/** Reads an ONNX file's graph: its operators in order, and its constants. Field numbers: onnx/onnx.proto3. */
import { fields, payloads, readVarint, texts } from "./protobuf";

const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5, input: 11 } as const;
const VALUE_NAME = 1;
const NODE_OP = 4;
const TENSOR = { dims: 1, dtype: 2, name: 8, raw: 9 } as const;

/** Tensor types that `policy.onnx` has. */
const ARRAYS = { 1: Float32Array, 7: BigInt64Array, 9: Uint8Array, 11: Float64Array } as const;

export interface Constant {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Uint8Array | BigInt64Array;
}

export interface Graph {
  /** Names of the operators, in topological order. */
  readonly operators: readonly string[];
  readonly inputs: readonly string[];
  readonly constants: ReadonlyMap<string, Constant>;
}

/** Throws where the bytes are not an ONNX model, or a constant is not the raw numbers that its shape says. */
export function readGraph(model: Uint8Array): Graph {
  const graph = payloads(model, MODEL_GRAPH)[0];
  if (graph === undefined) throw new Error("the file holds no graph");
  return {
    operators: payloads(graph, GRAPH.node).map((node) => texts(node, NODE_OP)[0] ?? ""),
    inputs: payloads(graph, GRAPH.input).flatMap((input) => texts(input, VALUE_NAME)),
    constants: new Map(payloads(graph, GRAPH.initializer).map(readConstant)),
  };
}

function readConstant(tensor: Uint8Array): [name: string, constant: Constant] {
  const shape: number[] = [];
  let type = 0;
  let name = "";
  let raw = new Uint8Array();
  for (const { number, varint, payload } of fields(tensor)) {
    if (number === TENSOR.dtype) type = varint;
    else if (number === TENSOR.name && payload !== null) name = new TextDecoder().decode(payload);
    else if (number === TENSOR.raw && payload !== null) raw = payload.slice();
    else if (number === TENSOR.dims) shape.push(...(payload === null ? [varint] : packed(payload)));
  }
  const Numbers = ARRAYS[type as keyof typeof ARRAYS];
  if (Numbers === undefined) throw new Error(`the constant "${name}" is of type ${type}`);
  const count = shape.reduce((product, size) => product * size, 1);
  if (raw.length !== count * Numbers.BYTES_PER_ELEMENT) {
    throw new Error(`the constant "${name}" has ${raw.length} bytes, its shape is [${shape.join(", ")}]`);
  }
  return [name, { shape, data: new Numbers(raw.buffer) }];
}

function packed(payload: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < payload.length; ) {
    const [number, next] = readVarint(payload, at);
    numbers.push(number);
    at = next;
  }
  return numbers;
}
