/**
 * The network inside of a `policy.onnx`, for the kernel: its layers, its activation, and what stands before and after them.
 *
 * The graph has to be the one that convert/export/onnx_export.py writes; the kernel does not interpret another.
 */
import type { Manifest, Network, RecurrentLayers } from "../../../generated/bundle";
import { type Constant, type Graph, readGraph } from "../onnx/graph";

export type Activation = Network["activation"];

/** `y = weight x + bias`, weight [outputs, inputs] row by row. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** An LSTM or a GRU; the state of each layer is the hidden state and, of an LSTM, the cell behind it. */
export interface Recurrent {
  readonly kind: "lstm" | "gru";
  readonly hidden: number;
  /** Of a layer. */
  readonly stateSize: number;
  readonly layers: readonly RecurrentLayer[];
}

/** From the input, and from the hidden state, to the gates. */
export interface RecurrentLayer {
  readonly input: DenseLayer;
  readonly kept: DenseLayer;
}

export interface PolicyNetwork {
  /** 1 where the observation counts as 0, whatever it is; null: nowhere. */
  readonly zeroed: Uint8Array | null;
  /** Statistics of the observation; of the length 0 where they are fed; null: it is not normalised. */
  readonly statistics: {
    readonly mean: Float64Array;
    readonly variance: Float64Array;
    readonly epsilon: number;
  } | null;
  /** Whether `statistics` are fed at each call. */
  readonly running: boolean;
  readonly observationClip: number;
  readonly activation: Activation;
  /** Before the actor; null: nothing is. */
  readonly recurrent: Recurrent | null;
  readonly actor: readonly DenseLayer[];
  readonly critic: readonly DenseLayer[] | null;
  readonly logStd: Float64Array | null;
  /** Bound of the actor's output before the transform. */
  readonly preClip: number;
  /** `tanh(x) * scale + bias`; null: the output is an action as it is. */
  readonly squash: { readonly scale: Float64Array; readonly bias: Float64Array } | null;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** The graph is of another kind: ONNX Runtime has to play it. */
export class UnsupportedGraphError extends Error {
  constructor(reason: string) {
    super(`The kernel cannot take this policy.onnx: ${reason}.`);
  }
}

/** Operators of each activation, as convert/export/onnx_activations.py composes it. */
const OPERATORS: Readonly<Record<Activation, string>> = {
  linear: "",
  tanh: "Tanh",
  relu: "Relu",
  sigmoid: "Sigmoid",
  leaky_relu: "Mul Max",
  elu: "Max Min Exp Sub Add",
  selu: "Max Min Exp Sub Mul Add Mul",
  silu: "Mul Tanh Add Mul",
  softplus: "Max Abs Neg Exp Add Log Add",
  gelu: "Div Clip Mul Unsqueeze Mul Exp MatMul Squeeze Mul Mul Add Mul",
};

/** Operators of a recurrent layer, as convert/export/onnx_recurrent.py composes it. */
const RECURRENT: Readonly<Record<Recurrent["kind"], string>> = {
  lstm: "Cast Cast Cast Cast Gemm Gemm Add Split Sigmoid Sigmoid Tanh Sigmoid Mul Mul Add Tanh Mul",
  gru: "Cast Cast Cast Cast Gemm Gemm Split Split Add Sigmoid Add Sigmoid Mul Add Tanh Sub Mul Add",
};

/** Throws `UnsupportedGraphError` where the graph is not the exporter's for this manifest. */
export function readNetwork(model: Uint8Array, manifest: Manifest): PolicyNetwork {
  let graph: Graph;
  try {
    graph = readGraph(model);
  } catch (error) {
    throw new UnsupportedGraphError(error instanceof Error ? error.message : String(error));
  }
  const { constants } = graph;
  const { activation, layers, recurrent = null } = manifest.network;
  const n = manifest.observation.size;
  const m = manifest.action.size;
  const running = graph.inputs.includes("obs_mean");
  const normalized = running || constants.has("obs_mean");
  const criticLayers = [...constants.keys()].filter((name) => /^critic\.\d+\.weight$/.test(name)).length;
  const expected = [
    constants.has("hidden") && "Where",
    normalized && "Sub Add Sqrt Div",
    constants.has("clip_low") && "Clip",
    "Cast Cast",
    recurrent !== null && recurrentOperators(recurrent),
    mlpOperators(layers.length, activation),
    constants.has("pre_clip_low") && "Clip",
    constants.has("action_scale") && "Tanh Mul Add",
    "Max Min Cast",
    constants.has("log_std_float32") && "Cast",
    mlpOperators(criticLayers, activation),
  ];
  if (graph.operators.join(" ") !== expected.filter(Boolean).join(" "))
    throw new UnsupportedGraphError("its operators are not those that bbconvert writes");

  const f64 = (name: string, size: number): Float64Array => numbers(constants, name, Float64Array, [size]);
  const scalar = (name: string): number => numbers(constants, name, Float64Array, [1])[0] as number;
  const fed = new Float64Array();
  return {
    zeroed: constants.has("hidden") ? numbers(constants, "hidden", Uint8Array, [n]) : null,
    statistics: normalized
      ? {
          mean: running ? fed : f64("obs_mean", n),
          variance: running ? fed : f64("obs_var", n),
          epsilon: scalar("epsilon"),
        }
      : null,
    running,
    observationClip: constants.has("clip_high") ? scalar("clip_high") : Number.POSITIVE_INFINITY,
    activation,
    recurrent: recurrent && readRecurrent(constants, recurrent, n),
    actor: readMlp(constants, "actor", layers.length, recurrent?.hidden ?? n, m),
    critic: criticLayers > 0 ? readMlp(constants, "critic", criticLayers, n, 1) : null,
    logStd: constants.has("log_std_float32")
      ? Float64Array.from(numbers(constants, "log_std_float32", Float32Array, [m]))
      : null,
    preClip: constants.has("pre_clip_high") ? scalar("pre_clip_high") : Number.POSITIVE_INFINITY,
    squash: constants.has("action_scale") ? { scale: f64("action_scale", m), bias: f64("action_bias", m) } : null,
    low: f64("action_low", m),
    high: f64("action_high", m),
  };
}

function mlpOperators(layers: number, activation: Activation): string {
  const layer = "Cast Cast Gemm";
  const between = OPERATORS[activation] === "" ? " " : ` ${OPERATORS[activation]} `;
  return Array(layers).fill(layer).join(between);
}

/** The state is split where it has several parts. */
function recurrentOperators({ kind, layers = 1 }: RecurrentLayers): string {
  const split = kind === "lstm" || layers > 1 ? ["Split"] : [];
  return [...split, ...Array(layers).fill(RECURRENT[kind]), "Concat"].join(" ");
}

function readRecurrent(
  constants: ReadonlyMap<string, Constant>,
  { kind, hidden, layers = 1 }: RecurrentLayers,
  inputs: number,
): Recurrent {
  const outputs = (kind === "lstm" ? 4 : 3) * hidden;
  const dense = (name: string, width: number): DenseLayer => ({
    inputs: width,
    outputs,
    weight: numbers(constants, `recurrent.${name}_weight`, Float32Array, [outputs, width]),
    bias: numbers(constants, `recurrent.${name}_bias`, Float32Array, [outputs]),
  });
  const layer = (_: unknown, k: number): RecurrentLayer => ({
    input: dense(`${k}.input`, k === 0 ? inputs : hidden),
    kept: dense(`${k}.hidden`, hidden),
  });
  const stateSize = (kind === "lstm" ? 2 : 1) * hidden;
  return { kind, hidden, stateSize, layers: Array.from({ length: layers }, layer) };
}

/** Layers `PREFIX.0` and so on, from `inputs` numbers to `outputs`. */
function readMlp(
  constants: ReadonlyMap<string, Constant>,
  prefix: string,
  count: number,
  inputs: number,
  outputs: number,
): DenseLayer[] {
  const layers: DenseLayer[] = [];
  let width = inputs;
  for (let i = 0; i < count; i++) {
    const size = i === count - 1 ? outputs : (constants.get(`${prefix}.${i}.bias`)?.shape[0] ?? 0);
    layers.push({
      inputs: width,
      outputs: size,
      weight: numbers(constants, `${prefix}.${i}.weight`, Float32Array, [size, width]),
      bias: numbers(constants, `${prefix}.${i}.bias`, Float32Array, [size]),
    });
    width = size;
  }
  return layers;
}

function numbers<A extends Float32Array | Float64Array | Uint8Array>(
  constants: ReadonlyMap<string, Constant>,
  name: string,
  Numbers: new () => A,
  shape: readonly number[],
): A {
  const constant = constants.get(name);
  if (!(constant?.data instanceof Numbers) || constant.shape.join() !== shape.join()) {
    const found = constant === undefined ? "missing" : `[${constant.shape.join(", ")}]`;
    throw new UnsupportedGraphError(`its constant "${name}" is ${found}, expected [${shape.join(", ")}]`);
  }
  return constant.data;
}
