"""ONNX policies: a chain of dense layers and what may stand around and in place of it."""

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CANARY = "canary.bin"
"""A file beside the model, and one above it: no weight may ever come out of them."""
_ACTIVATIONS = ("Tanh", "Relu", "Elu", "Selu", "Sigmoid", "Softplus", "LeakyRelu")
_OPERATORS = (
    *(
        "Softmax",
        "Sin",
        "LSTM",
        "Conv",
        "If",
        "Loop",
        "Scan",
        "Identity",
        "Cast",
        "Flatten",
        "Dropout",
        "Transpose",
        "Add",
    ),
    *("Mul", "Div", "Sub", "Max", "Min", "Clip", "MatMul", "Gemm", "Neg", "Expand", "Tile", "ConstantOfShape", "Range"),
    *(
        "RandomNormal",
        "Reshape",
        "Constant",
        "Concat",
        "Pow",
        "Where",
        "Sqrt",
        "²",
        "",
        "SequenceAt",
        "Optional",
        "Resize",
    ),
)
_TYPES = (*range(-1, 26), 2**31 - 1)


def valid(rng: Random) -> bytes:
    """Normalisation, two layers, an activation, perhaps a squash."""
    return _bytes(_model(rng))


def hostile(rng: Random) -> bytes:
    """One to three changes to nodes, tensors, inputs, or the model as a whole."""
    return changed(rng, _model(rng))


def changed(rng: Random, model: onnx.ModelProto) -> bytes:
    """The model after one to three changes."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        rng.choice(_CHANGES)(rng, model)
    return _bytes(model)


def _bytes(model: onnx.ModelProto) -> bytes:
    return bytes(model.SerializeToString(deterministic=True))


def _model(rng: Random) -> onnx.ModelProto:
    n, h, m = rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 2)
    tensors = {
        "mean": [rng.uniform(-1, 1) for _ in range(n)],
        "std": [rng.uniform(0.5, 2) for _ in range(n)],
        "w1": [[rng.uniform(-1, 1) for _ in range(n)] for _ in range(h)],
        "b1": [rng.uniform(-1, 1) for _ in range(h)],
        "w2": [[rng.uniform(-1, 1) for _ in range(h)] for _ in range(m)],
        "b2": [rng.uniform(-1, 1) for _ in range(m)],
        "low": [-1.0],
        "high": [1.0],
    }
    nodes = [_node("Sub", ["obs", "mean"], "centred"), _node("Div", ["centred", "std"], "scaled")]
    normalized = "scaled"
    if rng.random() < 0.5:
        nodes, normalized = [], "obs"
    nodes += [
        _node("Gemm", [normalized, "w1", "b1"], "hidden", transB=1),
        _node(rng.choice(_ACTIVATIONS), ["hidden"], "active"),
        _node("Gemm", ["active", "w2", "b2"], "out", transB=1),
        _node("Tanh", ["out"], "action") if rng.random() < 0.5 else _node("Clip", ["out", "low", "high"], "action"),
    ]
    initializers = [numpy_helper.from_array(np.array(values, np.float32), name) for name, values in tensors.items()]
    for name in ("low", "high"):
        _initializer(initializers, name).ClearField("dims")  # a bound is a scalar
    graph = helper.make_graph(
        nodes,
        "policy",
        [helper.make_tensor_value_info("obs", TensorProto.FLOAT, ["batch", n])],
        [helper.make_tensor_value_info("action", TensorProto.FLOAT, ["batch", m])],
        initializers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _node(operator: str, inputs: Iterable[str], output: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(operator, list(inputs), [output], name=output, **attributes)


def _initializer(initializers: Iterable[onnx.TensorProto], name: str) -> onnx.TensorProto:
    return next(tensor for tensor in initializers if tensor.name == name)


def _tensors(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    """Of the initialisers, and of the attributes of nodes."""
    attributes = [attribute for node in model.graph.node for attribute in node.attribute]
    return [*model.graph.initializer, *(a.t for a in attributes if a.type == onnx.AttributeProto.TENSOR)]


def _as_constant_node(rng: Random, model: onnx.ModelProto) -> None:
    """Moves an initialiser into a Constant node."""
    if not model.graph.initializer:
        return
    at = rng.randrange(len(model.graph.initializer))
    tensor = model.graph.initializer[at]
    node = helper.make_node("Constant", [], [tensor.name], name=f"constant_{at}", value=tensor)
    del model.graph.initializer[at]
    model.graph.node.insert(0, node)


def _external(rng: Random, model: onnx.ModelProto) -> None:
    """The content of a tensor, wherever it is, is said to be in another file."""
    if rng.random() < 0.6:
        _as_constant_node(rng, model)
    tensors = _tensors(model)
    if not tensors:
        return
    tensor = rng.choice(tensors[-3:] if rng.random() < 0.5 else tensors)
    tensor.data_location = TensorProto.EXTERNAL
    if rng.random() < 0.8:
        tensor.ClearField("raw_data")
    location = rng.choice((CANARY, CANARY, f"../{CANARY}", "/etc/passwd", "", "x" * 5000, "a\x00b", "/dev/zero"))
    for key, value in (("location", location), ("offset", rng.choice(("0", "-1", "²"))), ("length", "4096"))[
        : rng.randint(1, 3)
    ]:
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value


def _bomb(rng: Random, model: onnx.ModelProto) -> None:
    """Constants that are folded into larger and larger ones."""
    size = rng.choice((10, 1_000, 8_000))
    column = numpy_helper.from_array(np.ones((size, 1), np.float32), "column")
    row = numpy_helper.from_array(np.ones((1, size), np.float32), "row")
    model.graph.initializer.extend([column, row])
    nodes = [_node(rng.choice(("Add", "Mul")), ["column", "row"], "big_0")]
    for i in range(rng.choice((1, 5, 40))):
        operator = rng.choice(("Add", "Mul", "Cast", "Transpose"))
        inputs = [f"big_{i}"] * (2 if operator in ("Add", "Mul") else 1)
        extra = {"to": rng.choice((TensorProto.DOUBLE, TensorProto.FLOAT))} if operator == "Cast" else {}
        nodes.append(_node(operator, inputs, f"big_{i + 1}", **extra))
    for node in reversed(nodes):
        model.graph.node.insert(0, node)
    target = rng.choice(list(model.graph.node))
    if len(target.input) > 1:
        target.input[1] = nodes[-1].output[0]


def _lying_tensor(rng: Random, model: onnx.ModelProto) -> None:
    tensors = _tensors(model)
    if not tensors:
        return
    tensor = rng.choice(tensors)
    match rng.randrange(6):
        case 0:
            del tensor.dims[:]
            tensor.dims.extend(rng.choice(([], [0], [-1], [2**40], [2**31, 2**31], [2**62, 4], [1] * 20, [0, 2**40])))
        case 1:
            tensor.data_type = max(0, rng.choice(_TYPES))
        case 2:
            tensor.raw_data = rng.choice(
                (b"", tensor.raw_data[:-1], tensor.raw_data * 2, b"\xff" * len(tensor.raw_data))
            )
        case 3:
            tensor.ClearField("raw_data")
            numbers = [rng.choice((1e300, float("nan"), 1.0, 5e-324)) for _ in range(3)]
            tensor.data_type = TensorProto.DOUBLE
            tensor.double_data.extend(numbers)
        case 4:
            tensor.name = rng.choice(("", "obs", "w1", "²", "x" * 5000))
        case _:
            tensor.string_data.append(b"\xff")
            tensor.data_type = rng.choice(
                (TensorProto.STRING, TensorProto.COMPLEX64, TensorProto.INT4, TensorProto.FLOAT8E5M2)
            )


def _lying_node(rng: Random, model: onnx.ModelProto) -> None:
    if not model.graph.node:
        return
    node = rng.choice(list(model.graph.node))
    match rng.randrange(8):
        case 0:
            node.op_type = rng.choice(_OPERATORS)
        case 1 if node.input:
            node.input[rng.randrange(len(node.input))] = rng.choice(("", "obs", "nowhere", "w1", "action", "hidden"))
        case 2 if node.output:
            node.output[rng.randrange(len(node.output))] = rng.choice(("", "obs", "hidden", "action", "w1"))
        case 3:
            name = rng.choice(
                ("transA", "transB", "alpha", "beta", "axis", "perm", "to", "value", "value_int", "min", "")
            )
            value = rng.choice((1, -5, 2**40, 0.5, float("nan"), "text", [1, 2], [1.5], [0, 0], [7]))
            node.attribute.append(helper.make_attribute(name, value))
        case 4:
            del node.attribute[:]
        case 5:
            rng.choice((node.input, node.output)).extend(rng.choice((["obs"], ["nowhere"], [""], ["w1"] * 50)))
        case 6:
            node.domain = rng.choice(("ai.onnx.ml", "com.microsoft", "ai.onnx", "²"))
        case _:
            rng.choice((node.input, node.output)).pop() if node.input and node.output else None


def _subgraph(rng: Random, model: onnx.ModelProto) -> None:
    """A node with a graph in it, whose constants may lie in another file, or that never ends."""
    inner = _model(rng)
    if rng.random() < 0.5:
        _external(rng, inner)
    attributes = {rng.choice(("body", "then_branch")): inner.graph, "else_branch": inner.graph}
    node = helper.make_node(rng.choice(("If", "Loop", "Scan")), ["obs"], ["inner"], name="inner", **attributes)
    model.graph.node.insert(rng.randrange(len(model.graph.node) + 1), node)
    if rng.random() < 0.5 and model.graph.node:
        target = rng.choice(list(model.graph.node))
        if target.input:
            target.input[0] = "inner"


def _constant_node(rng: Random, model: onnx.ModelProto) -> None:
    """A Constant of another kind, or with none or two values."""
    kinds: dict[str, Any] = {
        "value_float": 1.0,
        "value_ints": [1, 2],
        "value_string": b"\xff",
        "value_floats": [1.5],
        "other": 1,
    }
    chosen = rng.sample(sorted(kinds), rng.randrange(3))
    node = helper.make_node("Constant", [], ["constant"], name="constant", **{name: kinds[name] for name in chosen})
    if rng.random() < 0.3:
        del node.output[:]
    model.graph.node.insert(0, node)
    target = rng.choice(list(model.graph.node))
    if target.input:
        target.input[rng.randrange(len(target.input))] = "constant"


def _interface(rng: Random, model: onnx.ModelProto) -> None:
    """Inputs, outputs, versions and the order of nodes."""
    graph = model.graph
    infos = [*graph.input, *graph.output]
    match rng.randrange(9):
        case 0 if infos:
            rng.choice(infos).type.tensor_type.elem_type = rng.choice(range(26))
        case 1 if infos:
            shape = rng.choice(infos).type.tensor_type.shape
            del shape.dim[:]
            for size in rng.choice(([], [0, 0], [-1, -1], [1, 2**40], [1, 2, 3], [5])):
                shape.dim.add().dim_value = size
        case 2:
            del graph.input[:]
        case 3:
            del graph.output[:]
        case 4:
            del graph.node[rng.randrange(len(graph.node) + 1) :]
        case 5:
            del model.opset_import[:]
            if rng.random() < 0.7:
                model.opset_import.extend(
                    [helper.make_opsetid(rng.choice(("", "²")), rng.choice((0, 1, 6, 25, 2**40, -1)))]
                )
        case 6:
            model.ir_version = rng.choice((0, 1, 3, 99, 2**40))
        case 7:
            graph.output.extend([helper.make_tensor_value_info("obs", TensorProto.FLOAT, ["batch", 1])])
        case _:
            nodes = list(graph.node)
            rng.shuffle(nodes)
            del graph.node[:]
            graph.node.extend(nodes)


def _long(rng: Random, model: onnx.ModelProto) -> None:
    """Very many nodes."""
    count = rng.choice((100, 3_000))
    operator = rng.choice(("Identity", "Tanh", "Cast", "Dropout", "Flatten"))
    extra = {"to": TensorProto.FLOAT} if operator == "Cast" else {}
    nodes = [_node(operator, ["obs" if i == 0 else f"long_{i - 1}"], f"long_{i}", **extra) for i in range(count)]
    first = next((node for node in model.graph.node if "obs" in node.input), None)
    if first is not None:
        first.input[0] = nodes[-1].output[0]
    for node in reversed(nodes):
        model.graph.node.insert(0, node)


_CHANGES: tuple[Callable[[Random, onnx.ModelProto], None], ...] = (
    _as_constant_node, _external, _external, _bomb, _lying_tensor, _lying_tensor, _lying_node, _lying_node, _subgraph,
    _constant_node, _interface, _long,
)  # fmt: skip
