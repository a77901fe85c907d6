"""Recurrent layers in `policy.onnx`, composed of elementary operators, in float64.

ONNX has `LSTM` and `GRU` of its own, but ONNX Runtime has them in float32 alone, and with their own tanh.
"""

from onnx import TensorProto

from bbconvert.convert.export.onnx_graph import GraphBuilder
from bbconvert.convert.network import NEXT_RECURRENT_STATE, RECURRENT_STATE, GateWeights, Recurrent, RecurrentKind


def add_recurrent(graph: GraphBuilder, recurrent: Recurrent, value: str) -> str:
    """Adds the layers behind `value` [batch, n], with their state as input and output; the name of their output.

    That is [batch, h]. The formulas are torch's: torch.nn.LSTM and torch.nn.GRU.
    """
    graph.input(RECURRENT_STATE, ["batch", recurrent.state])
    states = ("hidden", "cell") if recurrent.kind == "lstm" else ("hidden",)
    names = [f"recurrent.{k}.{state}" for k in range(len(recurrent.layers)) for state in states]
    held = graph.split(RECURRENT_STATE, names) if len(names) > 1 else [RECURRENT_STATE]
    following: list[str] = []
    for k, layer in enumerate(recurrent.layers):
        kept = held[len(states) * k : len(states) * (k + 1)]
        following += _add_layer(graph, recurrent.kind, layer, f"recurrent.{k}", value, kept)
        value = following[-len(states)]
    graph.node("Concat", following, NEXT_RECURRENT_STATE, axis=1)
    graph.output(NEXT_RECURRENT_STATE, TensorProto.DOUBLE, ["batch", recurrent.state])
    return value


def _add_layer(
    graph: GraphBuilder, kind: RecurrentKind, layer: GateWeights, name: str, value: str, held: list[str]
) -> list[str]:
    """The layer's hidden state that follows and, of an LSTM, its cell."""
    for part, weights in layer.parts.items():
        graph.constant(f"{name}.{part}", weights)
        graph.cast(f"{name}.{part}", TensorProto.DOUBLE, f"{name}.{part}_float64")
    seen, kept = (
        graph.node("Gemm", [x, f"{name}.{side}_weight_float64", f"{name}.{side}_bias_float64"], gates, transB=1)
        for side, x, gates in (("input", value, f"{name}.input_gates"), ("hidden", held[0], f"{name}.hidden_gates"))
    )
    if kind == "lstm":
        return _lstm(graph, name, seen, kept, held[1])
    return _gru(graph, name, seen, kept, held[0])


def _lstm(graph: GraphBuilder, name: str, seen: str, kept: str, cell: str) -> list[str]:
    gates = graph.node("Add", [seen, kept], f"{name}.gates")
    names = [f"{name}.{gate}" for gate in ("input", "forget", "candidate", "output")]
    write, forget, candidate, output = graph.split(gates, names)
    forget = graph.node("Sigmoid", [forget], f"{name}.forget_gate")
    write = graph.node("Sigmoid", [write], f"{name}.input_gate")
    candidate = graph.node("Tanh", [candidate], f"{name}.candidate_cell")
    output = graph.node("Sigmoid", [output], f"{name}.output_gate")
    old = graph.node("Mul", [forget, cell], f"{name}.old_cell")
    new = graph.node("Mul", [write, candidate], f"{name}.new_cell")
    cell = graph.node("Add", [old, new], f"{name}.next_cell")
    squashed = graph.node("Tanh", [cell], f"{name}.squashed_cell")
    hidden = graph.node("Mul", [output, squashed], f"{name}.next_hidden")
    return [hidden, cell]


def _gru(graph: GraphBuilder, name: str, seen: str, kept: str, hidden: str) -> list[str]:
    gates = ("reset", "update", "new")
    seen_reset, seen_update, seen_new = graph.split(seen, [f"{name}.input_{gate}" for gate in gates])
    kept_reset, kept_update, kept_new = graph.split(kept, [f"{name}.hidden_{gate}" for gate in gates])
    reset = graph.node("Add", [seen_reset, kept_reset], f"{name}.reset")
    reset = graph.node("Sigmoid", [reset], f"{name}.reset_gate")
    update = graph.node("Add", [seen_update, kept_update], f"{name}.update")
    update = graph.node("Sigmoid", [update], f"{name}.update_gate")
    kept_new = graph.node("Mul", [reset, kept_new], f"{name}.kept_new")
    new = graph.node("Add", [seen_new, kept_new], f"{name}.new")
    new = graph.node("Tanh", [new], f"{name}.new_gate")
    difference = graph.node("Sub", [hidden, new], f"{name}.difference")
    share = graph.node("Mul", [difference, update], f"{name}.share")
    return [graph.node("Add", [share, new], f"{name}.next_hidden")]
