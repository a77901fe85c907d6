"""A recurrent layer in `policy.onnx`, composed of elementary operators, in float64.

ONNX has `LSTM` and `GRU` of its own, but ONNX Runtime has them in float32 alone, and with their own tanh.
"""

from onnx import TensorProto

from bbconvert.convert.export.onnx_graph import GraphBuilder
from bbconvert.convert.network import NEXT_RECURRENT_STATE, RECURRENT_STATE, Recurrent


def add_recurrent(graph: GraphBuilder, recurrent: Recurrent, value: str) -> str:
    """Adds the layer behind `value` [batch, n], with its state as input and output; the name of its output [batch, h].

    The formulas are torch's: torch.nn.LSTM and torch.nn.GRU.
    """
    graph.input(RECURRENT_STATE, ["batch", recurrent.state])
    for name, part in recurrent.parts.items():
        graph.constant(f"recurrent.{name}", part)
        graph.cast(f"recurrent.{name}", TensorProto.DOUBLE, f"recurrent.{name}_float64")
    hidden = RECURRENT_STATE
    if recurrent.kind == "lstm":
        hidden, cell = graph.split(RECURRENT_STATE, ["recurrent.hidden", "recurrent.cell"])
    seen, kept = (
        graph.node(
            "Gemm",
            [x, f"recurrent.{kind}_weight_float64", f"recurrent.{kind}_bias_float64"],
            f"recurrent.{kind}_gates",
            transB=1,
        )
        for kind, x in (("input", value), ("hidden", hidden))
    )
    output = _lstm(graph, seen, kept, cell) if recurrent.kind == "lstm" else _gru(graph, seen, kept, hidden)
    graph.output(NEXT_RECURRENT_STATE, TensorProto.DOUBLE, ["batch", recurrent.state])
    return output


def _lstm(graph: GraphBuilder, seen: str, kept: str, cell: str) -> str:
    gates = graph.node("Add", [seen, kept], "recurrent.gates")
    names = [f"recurrent.{gate}" for gate in ("input", "forget", "candidate", "output")]
    write, forget, candidate, output = graph.split(gates, names)
    forget = graph.node("Sigmoid", [forget], "recurrent.forget_gate")
    write = graph.node("Sigmoid", [write], "recurrent.input_gate")
    candidate = graph.node("Tanh", [candidate], "recurrent.candidate_cell")
    output = graph.node("Sigmoid", [output], "recurrent.output_gate")
    old = graph.node("Mul", [forget, cell], "recurrent.old_cell")
    new = graph.node("Mul", [write, candidate], "recurrent.new_cell")
    cell = graph.node("Add", [old, new], "recurrent.next_cell")
    squashed = graph.node("Tanh", [cell], "recurrent.squashed_cell")
    hidden = graph.node("Mul", [output, squashed], "recurrent.next_hidden")
    graph.node("Concat", [hidden, cell], NEXT_RECURRENT_STATE, axis=1)
    return hidden


def _gru(graph: GraphBuilder, seen: str, kept: str, hidden: str) -> str:
    gates = ("reset", "update", "new")
    seen_reset, seen_update, seen_new = graph.split(seen, [f"recurrent.input_{gate}" for gate in gates])
    kept_reset, kept_update, kept_new = graph.split(kept, [f"recurrent.hidden_{gate}" for gate in gates])
    reset = graph.node("Add", [seen_reset, kept_reset], "recurrent.reset")
    reset = graph.node("Sigmoid", [reset], "recurrent.reset_gate")
    update = graph.node("Add", [seen_update, kept_update], "recurrent.update")
    update = graph.node("Sigmoid", [update], "recurrent.update_gate")
    kept_new = graph.node("Mul", [reset, kept_new], "recurrent.kept_new")
    new = graph.node("Add", [seen_new, kept_new], "recurrent.new")
    new = graph.node("Tanh", [new], "recurrent.new_gate")
    difference = graph.node("Sub", [hidden, new], "recurrent.difference")
    share = graph.node("Mul", [difference, update], "recurrent.share")
    return graph.node("Add", [share, new], NEXT_RECURRENT_STATE)
