/** Writes `policy.onnx`, byte for byte as convert/export/onnx_export.py writes it: a test holds the two to each other. */
import type { Manifest } from "../../generated/bundle";
import type { DenseLayer } from "../policy/kernel/network";
import { DOUBLE, FLOAT, GraphWriter } from "./onnx_graph";
import { MessageWriter } from "./protobuf_writer";

const OPSET = 17;
const IR_VERSION = 8;

/** The operators of the activations that training in the tab knows. */
const OPERATORS = { tanh: "Tanh", relu: "Relu", linear: null } as const;

/** What plays: layers with float32 weights. */
export interface PolicyLayers {
  readonly actor: readonly DenseLayer[];
  readonly critic: readonly DenseLayer[] | null;
  readonly logStd: Float32Array | null;
  readonly activation: keyof typeof OPERATORS;
}

type Description = Pick<Manifest, "normalization" | "action" | "observation">;

export function writePolicyOnnx(
  layers: PolicyLayers,
  described: Description,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const model = new MessageWriter()
    .varint(1, IR_VERSION)
    .text(2, "bbconvert")
    .bytes(7, policyGraph(layers, described).finish("policy", "action"))
    .message(8, (opset) => opset.text(1, "").varint(2, OPSET));
  for (const [key, value] of Object.entries(metadata)) model.message(14, (entry) => entry.text(1, key).text(2, value));
  return model.finish();
}

function policyGraph({ actor, critic, logStd, activation }: PolicyLayers, described: Description): GraphWriter {
  const graph = new GraphWriter();
  const { observation, action } = described;
  const m = action.size;
  graph.input("observation", ["batch", observation.size]);
  const normalized = normalize(graph, described);
  const preAction = mlp(graph, "actor", actor, activation, normalized, "pre_action");
  graph.output(preAction, DOUBLE, ["batch", m]);
  transform(graph, action, preAction);
  if (logStd !== null) {
    graph.constant("log_std_float32", logStd, [m]);
    graph.cast("log_std_float32", DOUBLE, "log_std");
    graph.output("log_std", DOUBLE, [m]);
  }
  if (critic !== null)
    graph.output(mlp(graph, "critic", critic, activation, normalized, "value"), DOUBLE, ["batch", 1]);
  return graph;
}

function normalize(graph: GraphWriter, { normalization, observation }: Description): string {
  const { size, zeroed = [] } = observation;
  let value = "observation";
  if (zeroed.length > 0) {
    const hidden = new Uint8Array(size);
    for (const [from, to] of zeroed as [number, number][]) hidden.fill(1, from, to);
    graph.constant("hidden", hidden, [size]);
    graph.scalar("zero", 0);
    value = graph.node("Where", ["hidden", "zero", "observation"], "seen");
  }
  if (normalization.mode === "frozen") {
    graph.constant("obs_mean", Float64Array.from(normalization.mean ?? []), [size]);
    graph.constant("obs_var", Float64Array.from(normalization.var ?? []), [size]);
    graph.scalar("epsilon", normalization.epsilon ?? 1e-8);
    graph.node("Sub", [value, "obs_mean"], "centered");
    graph.node("Add", ["obs_var", "epsilon"], "var_epsilon");
    graph.node("Sqrt", ["var_epsilon"], "std");
    value = graph.node("Div", ["centered", "std"], "scaled");
  }
  if (typeof normalization.clip === "number") {
    graph.scalar("clip_low", -normalization.clip);
    graph.scalar("clip_high", normalization.clip);
    value = graph.node("Clip", [value, "clip_low", "clip_high"], "clipped");
  }
  graph.cast(value, FLOAT, "normalized_float32");
  return graph.cast("normalized_float32", DOUBLE, "normalized");
}

function mlp(
  graph: GraphWriter,
  prefix: string,
  layers: readonly DenseLayer[],
  activation: PolicyLayers["activation"],
  input: string,
  output: string,
): string {
  let value = input;
  const last = layers.length - 1;
  for (const [i, { weight, bias, inputs, outputs }] of layers.entries()) {
    const name = `${prefix}.${i}`;
    graph.constant(`${name}.weight`, weight, [outputs, inputs]);
    graph.cast(`${name}.weight`, DOUBLE, `${name}.weight_float64`);
    graph.constant(`${name}.bias`, bias, [outputs]);
    graph.cast(`${name}.bias`, DOUBLE, `${name}.bias_float64`);
    const operands = [value, `${name}.weight_float64`, `${name}.bias_float64`];
    value = graph.node("Gemm", operands, i === last ? output : `${name}.dense`, { transB: 1 });
    const operator = OPERATORS[activation];
    if (i < last && operator !== null) value = graph.node(operator, [value], `${name}.activation`);
  }
  return value;
}

function transform(graph: GraphWriter, action: Manifest["action"], input: string): void {
  const m = action.size;
  const numbers = (values: readonly number[] | null | undefined) => Float64Array.from(values ?? []);
  let value = input;
  if (action.transform === "tanh") {
    graph.constant("action_scale", numbers(action.scale), [m]);
    graph.constant("action_bias", numbers(action.bias), [m]);
    value = graph.node("Tanh", [value], "squashed");
    value = graph.node("Mul", [value, "action_scale"], "rescaled");
    value = graph.node("Add", [value, "action_bias"], "shifted");
  }
  graph.constant("action_low", numbers(action.low), [m]);
  graph.constant("action_high", numbers(action.high), [m]);
  value = graph.node("Max", [value, "action_low"], "bounded_below");
  value = graph.node("Min", [value, "action_high"], "bounded");
  graph.cast(value, FLOAT, "action");
  graph.output("action", FLOAT, ["batch", m]);
}
