/**
 * Takes outputs out of an ONNX file, with the nodes that nothing else needs, so that they are not computed.
 *
 * ONNX Runtime runs the whole graph whatever is fetched. `policy.onnx` offers `value`, the critic, which costs half as
 * much again as the action; playing does without.
 *
 * Field numbers: onnx/onnx.proto3.
 */
import { payloads, rewrite, texts } from "./protobuf";

const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const GRAPH_OUTPUT = 12;
const NODE_INPUT = 1;
const NODE_OUTPUT = 2;
const VALUE_NAME = 1;

/**
 * The model with those graph outputs alone whose name `keeps` accepts, and the nodes that they need.
 *
 * Throws where the bytes are no protobuf message (a truncated file, say).
 */
export function keepOutputs(model: Uint8Array, keeps: (name: string) => boolean): Uint8Array {
  return rewrite(model, MODEL_GRAPH, (graph) => {
    const needed = new Set(
      payloads(graph, GRAPH_OUTPUT)
        .flatMap((output) => texts(output, VALUE_NAME))
        .filter(keeps),
    );
    const isNeeded = (node: Uint8Array) => texts(node, NODE_OUTPUT).some((name) => needed.has(name));
    // Nodes stand in topological order: from the last to the first, a needed one needs its inputs.
    for (const node of payloads(graph, GRAPH_NODE).reverse()) {
      if (isNeeded(node)) for (const name of texts(node, NODE_INPUT)) needed.add(name);
    }
    const live = rewrite(graph, GRAPH_NODE, (node) => (isNeeded(node) ? node : null));
    return rewrite(live, GRAPH_OUTPUT, (output) => (texts(output, VALUE_NAME).some(keeps) ? output : null));
  });
}
