"""Writes a policy network as `policy.onnx`, and reads such a file back into the network."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.onnx_activations import add_activation
from bbconvert.convert.export.onnx_graph import GraphBuilder
from bbconvert.convert.export.onnx_recurrent import add_recurrent
from bbconvert.convert.manifest import Action, Manifest, Normalization
from bbconvert.convert.network import MLP, Dense, GateWeights, PolicyNetwork, Recurrent, Squash

OPSET = 17
IR_VERSION = 8


def export_onnx(
    network: PolicyNetwork,
    normalization: Normalization,
    action: Action,
    metadata: dict[str, str],
    zeroed: Sequence[tuple[int, int]] = (),
) -> onnx.ModelProto:
    """The whole policy: raw observation in, env-ready action out; the runs `zeroed` of the observation count as 0.

    Inputs: `observation` [batch, n] float64; in `running` mode also `obs_mean` and `obs_var` [n] float64; of a
    recurrent network also `recurrent_state` [batch, s] float64. Outputs: `action` [batch, m] float32; `pre_action`
    [batch, m] float64, before the action transform; where the network has them `next_recurrent_state` [batch, s]
    float64, which the next call is given, `log_std` [m] float64 and `value` [batch, 1] float64. Weights are float32,
    the layers compute in float64.
    """
    graph = policy_graph(network, normalization, action, zeroed)
    model = helper.make_model(
        helper.make_graph(graph.nodes, "policy", graph.inputs, graph.outputs, graph.initializers),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="bbconvert",
    )
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    return model


def policy_graph(
    network: PolicyNetwork, normalization: Normalization, action: Action, zeroed: Sequence[tuple[int, int]]
) -> GraphBuilder:
    """The graph of `export_onnx`, unchecked; `action` is its first output."""
    graph = GraphBuilder()
    n, m = network.inputs, action.size
    graph.input("observation", ["batch", n])
    normalized = _normalize(graph, normalization, _seen(graph, n, zeroed), n)
    seen = normalized if network.recurrent is None else add_recurrent(graph, network.recurrent, normalized)
    pre_action = _mlp(graph, "actor", network.actor, seen, "pre_action")
    graph.output(pre_action, TensorProto.DOUBLE, ["batch", m])
    _transform(graph, action, pre_action)
    if network.log_std is not None:
        graph.constant("log_std_float32", network.log_std)
        graph.cast("log_std_float32", TensorProto.DOUBLE, "log_std")
        graph.output("log_std", TensorProto.DOUBLE, [m])
    if network.critic is not None:
        graph.output(_mlp(graph, "critic", network.critic, normalized, "value"), TensorProto.DOUBLE, ["batch", 1])
    graph.outputs.sort(key=lambda info: info.name != "action")
    return graph


def read_onnx(model: onnx.ModelProto, manifest: Manifest) -> PolicyNetwork:
    """The network inside a `policy.onnx` that `export_onnx` wrote, to the last bit.

    Raises:
        BBConvertError: the file has not the layers that the manifest describes.
    """
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}

    def array(name: str) -> NDArray[np.float32]:
        if name not in arrays:
            raise BBConvertError(
                f"policy.onnx has no tensor {name!r}, which bundle.json's network asks for. The two do not "
                "belong together: convert the checkpoint again."
            )
        return arrays[name]

    def mlp(prefix: str, count: int) -> MLP:
        layers = [Dense(array(f"{prefix}.{i}.weight"), array(f"{prefix}.{i}.bias")) for i in range(count)]
        return MLP(tuple(layers), manifest.network.activation)

    critic_layers = len([name for name in arrays if name.startswith("critic.") and name.endswith(".weight")])
    recurrent = None
    described = manifest.network.recurrent
    if described is not None:
        names = [part.name for part in fields(GateWeights)]
        layers = [GateWeights(*(array(f"recurrent.{k}.{name}") for name in names)) for k in range(described.layers)]
        recurrent = Recurrent(described.kind, tuple(layers))
    action = manifest.action
    squash = None
    if action.transform == "tanh":
        squash = Squash(np.array(action.scale, np.float32), np.array(action.bias, np.float32))
    return PolicyNetwork(
        actor=mlp("actor", len(manifest.network.layers)),
        squash=squash,
        log_std=arrays.get("log_std_float32"),
        critic=mlp("critic", critic_layers) if critic_layers else None,
        pre_clip=action.pre_clip,
        recurrent=recurrent,
    )


def _seen(graph: GraphBuilder, n: int, zeroed: Sequence[tuple[int, int]]) -> str:
    """The observation with 0 in the runs `zeroed`, whatever stands there, a NaN included."""
    if not zeroed:
        return "observation"
    hidden = np.zeros(n, np.bool_)
    for start, stop in zeroed:
        hidden[start:stop] = True
    graph.constant("hidden", hidden)
    graph.constant("zero", np.array(0.0))
    return graph.node("Where", ["hidden", "zero", "observation"], "seen")


def _normalize(graph: GraphBuilder, normalization: Normalization, value: str, n: int) -> str:
    if normalization.mode != "none":
        if normalization.mode == "running":
            graph.input("obs_mean", [n])
            graph.input("obs_var", [n])
        else:
            graph.constant("obs_mean", np.array(normalization.mean, np.float64))
            graph.constant("obs_var", np.array(normalization.var, np.float64))
        graph.constant("epsilon", np.array(normalization.epsilon, np.float64))
        graph.node("Sub", [value, "obs_mean"], "centered")
        graph.node("Add", ["obs_var", "epsilon"], "var_epsilon")
        graph.node("Sqrt", ["var_epsilon"], "std")
        value = graph.node("Div", ["centered", "std"], "scaled")
    if normalization.clip is not None:
        graph.constant("clip_low", np.array(-normalization.clip, np.float64))
        graph.constant("clip_high", np.array(normalization.clip, np.float64))
        value = graph.node("Clip", [value, "clip_low", "clip_high"], "clipped")
    graph.cast(value, TensorProto.FLOAT, "normalized_float32")
    return graph.cast("normalized_float32", TensorProto.DOUBLE, "normalized")


def _mlp(graph: GraphBuilder, prefix: str, mlp: MLP, value: str, output: str) -> str:
    last = len(mlp.layers) - 1
    for i, layer in enumerate(mlp.layers):
        name = f"{prefix}.{i}"
        for part, array in (("weight", layer.weight), ("bias", layer.bias)):
            graph.constant(f"{name}.{part}", array)
            graph.cast(f"{name}.{part}", TensorProto.DOUBLE, f"{name}.{part}_float64")
        inputs = [value, f"{name}.weight_float64", f"{name}.bias_float64"]
        value = graph.node("Gemm", inputs, output if i == last else f"{name}.dense", transB=1)
        if i < last:
            value = add_activation(graph, mlp.activation, value, f"{name}.activation")
    return value


def _transform(graph: GraphBuilder, action: Action, value: str) -> None:
    if action.pre_clip is not None:
        graph.constant("pre_clip_low", np.array(-action.pre_clip, np.float64))
        graph.constant("pre_clip_high", np.array(action.pre_clip, np.float64))
        value = graph.node("Clip", [value, "pre_clip_low", "pre_clip_high"], "pre_clipped")
    if action.transform == "tanh":
        graph.constant("action_scale", np.array(action.scale, np.float64))
        graph.constant("action_bias", np.array(action.bias, np.float64))
        value = graph.node("Tanh", [value], "squashed")
        value = graph.node("Mul", [value, "action_scale"], "rescaled")
        value = graph.node("Add", [value, "action_bias"], "shifted")
    graph.constant("action_low", np.array(action.low, np.float64))
    graph.constant("action_high", np.array(action.high, np.float64))
    value = graph.node("Max", [value, "action_low"], "bounded_below")
    value = graph.node("Min", [value, "action_high"], "bounded")
    graph.cast(value, TensorProto.FLOAT, "action")
    graph.output("action", TensorProto.FLOAT, ["batch", action.size])
