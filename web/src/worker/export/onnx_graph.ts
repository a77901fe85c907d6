/** Nodes, inputs, outputs and constants of an ONNX graph. The twin of convert/export/onnx_graph.py. */
import { MessageWriter } from "./protobuf_writer";

/** Tensor types. Field numbers here and below: onnx/onnx.proto3 */
export const FLOAT = 1;
export const DOUBLE = 11;

const BOOL = 9;
const ATTRIBUTE_INT = 2;

type Dimension = number | string;
type Numbers = Float32Array | Float64Array | Uint8Array;

export class GraphWriter {
  private readonly nodes: Uint8Array[] = [];
  private readonly inputs: Uint8Array[] = [];
  private readonly outputs: (readonly [name: string, value: Uint8Array])[] = [];
  private readonly constants: Uint8Array[] = [];

  input(name: string, shape: readonly Dimension[]): string {
    this.inputs.push(valueInfo(name, DOUBLE, shape));
    return name;
  }

  output(name: string, type: number, shape: readonly Dimension[]): void {
    this.outputs.push([name, valueInfo(name, type, shape)]);
  }

  /** Float32, float64 or, where they are bytes, boolean numbers. */
  constant(name: string, values: Numbers, shape: readonly number[]): string {
    const tensor = new MessageWriter();
    for (const size of shape) tensor.varint(1, size);
    const type = values instanceof Float32Array ? FLOAT : values instanceof Float64Array ? DOUBLE : BOOL;
    tensor
      .varint(2, type)
      .text(8, name)
      .bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.constants.push(tensor.finish());
    return name;
  }

  /** A float64 number, of the shape [1]. */
  scalar(name: string, value: number): string {
    return this.constant(name, Float64Array.of(value), [1]);
  }

  /** An operator with one output, and the whole numbers that are its attributes. */
  node(operator: string, inputs: readonly string[], output: string, attributes: Record<string, number> = {}): string {
    const node = new MessageWriter();
    for (const name of inputs) node.text(1, name);
    node.text(2, output).text(3, output).text(4, operator);
    for (const [name, value] of Object.entries(attributes))
      node.message(5, (attribute) => attribute.text(1, name).varint(3, value).varint(20, ATTRIBUTE_INT));
    this.nodes.push(node.finish());
    return output;
  }

  cast(name: string, type: number, output: string): string {
    return this.node("Cast", [name], output, { to: type });
  }

  /** The graph's message, the output `first` ahead of the others. */
  finish(name: string, first: string): Uint8Array {
    const graph = new MessageWriter();
    for (const node of this.nodes) graph.bytes(1, node);
    graph.text(2, name);
    for (const constant of this.constants) graph.bytes(5, constant);
    for (const input of this.inputs) graph.bytes(11, input);
    const outputs = this.outputs.toSorted(([a], [b]) => Number(a !== first) - Number(b !== first));
    for (const [, output] of outputs) graph.bytes(12, output);
    return graph.finish();
  }
}

function valueInfo(name: string, type: number, shape: readonly Dimension[]): Uint8Array {
  const dimension = (size: Dimension) => (message: MessageWriter) =>
    typeof size === "number" ? message.varint(1, size) : message.text(2, size);
  return new MessageWriter()
    .text(1, name)
    .message(2, (kind) =>
      kind.message(1, (tensor) =>
        tensor.varint(1, type).message(2, (sizes) => {
          for (const size of shape) sizes.message(1, dimension(size));
        }),
      ),
    )
    .finish();
}
