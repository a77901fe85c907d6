"""Whether the graph of a bundle's `policy.onnx` is the one that `export_onnx` writes for its manifest."""

from collections.abc import Sequence
from typing import Any

import onnx
from onnx import TensorProto, helper, numpy_helper

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.onnx_export import IR_VERSION, OPSET, policy_graph, read_onnx
from bbconvert.convert.manifest import Manifest
from bbconvert.convert.network import GATES


def structure_fault(model: onnx.ModelProto, manifest: Manifest) -> str | None:
    """What differs first, or None.

    A graph with other nodes can crash ONNX Runtime, or make gigabytes out of two vectors. So the inputs, nodes, outputs
    and the shapes of the constants must be those of our own exporter; the numbers are what `verify` checks.

    Args:
        model: as `parse_onnx` gives it, so that each tensor holds as many numbers as its shape says.
        manifest: of the same bundle.
    """
    fault = _weights_fault(model, manifest)
    if fault is not None:
        return fault
    try:
        network = read_onnx(model, manifest)
    except BBConvertError as error:
        return str(error).rstrip(".")
    graph = policy_graph(network, manifest.normalization, manifest.action, manifest.observation.zeroed)
    versions = [(opset.domain, opset.version) for opset in model.opset_import]
    pairs: tuple[tuple[str, Sequence[Any], Sequence[Any]], ...] = (
        ("input", [_value(v) for v in model.graph.input], [_value(v) for v in graph.inputs]),
        ("output", [_value(v) for v in model.graph.output], [_value(v) for v in graph.outputs]),
        ("node", [_node(n) for n in model.graph.node], [_node(n) for n in graph.nodes]),
        ("constant", sorted(map(_tensor, model.graph.initializer)), sorted(map(_tensor, graph.initializers))),
        ("version", [model.ir_version, *versions], [IR_VERSION, ("", OPSET)]),
    )
    for what, found, expected in pairs:
        for i in range(max(len(found), len(expected))):
            got, wanted = found[i : i + 1], expected[i : i + 1]
            if got != wanted:
                return f"its {what} {i} is {_words(got)}, expected {_words(wanted)}"
    return None


def _weights_fault(model: onnx.ModelProto, manifest: Manifest) -> str | None:
    """The shapes of the layers, which the exporter takes from the weights, are those of the manifest."""
    shapes = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    dtypes = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    hidden = len([name for name in shapes if name.startswith("critic.") and name.endswith(".weight")]) - 1
    widths = {"actor": manifest.network.layers}
    inputs = {"actor": manifest.network.inputs, "critic": manifest.network.inputs}
    if hidden >= 0:
        between = [(shapes.get(f"critic.{i}.weight") or [0])[0] for i in range(hidden)]
        widths["critic"] = [*between, 1]
    expected = {"log_std_float32": [manifest.action.size]} if "log_std_float32" in shapes else {}
    recurrent = manifest.network.recurrent
    if recurrent is not None:
        inputs["actor"] = h = recurrent.hidden
        gates = GATES[recurrent.kind] * h
        for k in range(recurrent.layers):
            for side, columns in (("input", h if k else manifest.network.inputs), ("hidden", h)):
                name = f"recurrent.{k}.{side}"
                expected[f"{name}_weight"], expected[f"{name}_bias"] = [gates, columns], [gates]
    for prefix, outputs in widths.items():
        for i, (rows, columns) in enumerate(zip(outputs, [inputs[prefix], *outputs[:-1]], strict=True)):
            expected[f"{prefix}.{i}.weight"], expected[f"{prefix}.{i}.bias"] = [rows, columns], [rows]
    for name, shape in expected.items():
        if (shapes.get(name), dtypes.get(name)) != (shape, TensorProto.FLOAT):
            return f"its {name} has the shape {shapes.get(name)}, expected {shape} float32"
    return None


def _value(value: onnx.ValueInfoProto) -> tuple[Any, ...]:
    tensor = value.type.tensor_type
    return value.name, tensor.elem_type, *(dim.dim_value or dim.dim_param for dim in tensor.shape.dim)


def _node(node: onnx.NodeProto) -> tuple[Any, ...]:
    attributes = sorted((held.name, _plain(helper.get_attribute_value(held))) for held in node.attribute)
    return node.op_type, node.domain, tuple(node.input), tuple(node.output), tuple(attributes)


def _plain(value: Any) -> str:
    return repr(numpy_helper.to_array(value).tolist() if isinstance(value, onnx.TensorProto) else value)[:80]


def _tensor(tensor: onnx.TensorProto) -> tuple[Any, ...]:
    return tensor.name, tensor.data_type, *tensor.dims


def _words(found: Sequence[Any]) -> str:
    return repr(found[0])[:120] if found else "missing"
