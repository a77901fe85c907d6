"""The graph of `pose.onnx`: convolutions, then two dense layers, from a picture to six numbers of a rotation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bbconvert.convert.export.onnx_export import IR_VERSION, OPSET
from bbconvert.convert.export.onnx_graph import GraphBuilder

CHANNELS = (24, 48, 64, 96)
"""Of the convolutions, each with half the pixels of the one before."""
KERNELS = (5, 3, 3, 3)
HIDDEN = 64
REDUCTION = 2 ** len(CHANNELS)
"""A picture's side is a multiple of it."""

Float32 = NDArray[np.float32]


def pose_shapes(size: int) -> dict[str, tuple[int, ...]]:
    """The weights and biases of a network for pictures of `size` by `size` pixels, by their names."""
    shapes: dict[str, tuple[int, ...]] = {}
    inner = 3
    for i, (outer, kernel) in enumerate(zip(CHANNELS, KERNELS, strict=True)):
        shapes |= {f"conv{i}.weight": (outer, inner, kernel, kernel), f"conv{i}.bias": (outer,)}
        inner = outer
    features = inner * (size // REDUCTION) ** 2
    return shapes | {
        "hidden.weight": (HIDDEN, features),
        "hidden.bias": (HIDDEN,),
        "last.weight": (6, HIDDEN),
        "last.bias": (6,),
    }


def pose_model(weights: Mapping[str, Float32], size: int) -> onnx.ModelProto:
    """`picture` [size, size, 3] uint8 (sRGB) to `rotation` [6] float32."""
    graph = GraphBuilder()

    def layer(name: str) -> list[str]:
        return [graph.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias")]

    at = graph.cast("picture", TensorProto.FLOAT, "numbers")
    at = graph.node("Mul", [at, graph.constant("scale", np.array(1 / 255, np.float32))], "shares")
    at = graph.node("Sub", [at, graph.constant("middle", np.array(0.5, np.float32))], "centred")
    at = graph.node("Transpose", [at], "planes", perm=[2, 0, 1])
    at = graph.node("Reshape", [at, graph.constant("one_picture", np.array([1, 3, size, size]))], "batch")
    for i, kernel in enumerate(KERNELS):
        at = graph.node("Conv", [at, *layer(f"conv{i}")], f"conv{i}", strides=[2, 2], pads=[kernel // 2] * 4)
        at = graph.node("Relu", [at], f"conv{i}_relu")
    at = graph.node("Flatten", [at], "features")
    at = graph.node("Gemm", [at, *layer("hidden")], "hidden", transB=1)
    at = graph.node("Relu", [at], "hidden_relu")
    at = graph.node("Gemm", [at, *layer("last")], "last", transB=1)
    graph.node("Reshape", [at, graph.constant("six", np.array([6]))], "rotation")
    picture = helper.make_tensor_value_info("picture", TensorProto.UINT8, [size, size, 3])
    rotation = helper.make_tensor_value_info("rotation", TensorProto.FLOAT, [6])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "pose", [picture], [rotation], graph.initializers),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="bbconvert",
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def pose_fault(model: onnx.ModelProto, size: int) -> str | None:
    """What differs first from the graph that `pose_model` writes for this size, or None; weights may have any value."""
    shapes = pose_shapes(size)
    expected = pose_model({name: np.zeros(shape, np.float32) for name, shape in shapes.items()}, size)
    for what, found, wanted in zip(
        ("nodes", "inputs", "outputs", "versions", "constants"),
        _parts(model, shapes),
        _parts(expected, shapes),
        strict=True,
    ):
        if found != wanted:
            return f"its {what} are not those of a network for {size} by {size} pixels"
    return None


def _parts(model: onnx.ModelProto, weights: Mapping[str, Any]) -> tuple[Any, ...]:
    graph = model.graph
    constants = {}
    for tensor in graph.initializer:
        value = None if tensor.name in weights else numpy_helper.to_array(tensor).tolist()
        constants[tensor.name] = (tensor.data_type, tuple(tensor.dims), value)
    return (
        [node.SerializeToString(deterministic=True) for node in graph.node],
        [value.SerializeToString(deterministic=True) for value in graph.input],
        [value.SerializeToString(deterministic=True) for value in graph.output],
        [model.ir_version, *((opset.domain, opset.version) for opset in model.opset_import)],
        constants,
    )
