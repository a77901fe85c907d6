"""An ONNX graph as a chain of steps from its one input to its one output, what is constant folded."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_FOLDED_NUMBERS, MAX_WIDTH

_UNCHANGED = ("Identity", "Cast", "Flatten", "Dropout")
"""Operators that give a batch of vectors on as it is; a Cast between floating-point types rounds, at most."""
_UNARY: dict[str, Callable[..., Any]] = {
    "Identity": np.asarray,
    "Sqrt": np.sqrt,
    "Neg": np.negative,
    "Reciprocal": np.reciprocal,
}
_BINARY: dict[str, Callable[..., Any]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
}


@dataclass(frozen=True)
class Step:
    """One operator of the chain.

    Args:
        operator: ONNX's name.
        name: the node's, for error messages.
        attributes: as the node has them.
        constants: the constant inputs by their place; the chain's value stands at the others.
        sources: for the inputs that are not constant, the number of the step whose output it is; -1 is the input.
    """

    operator: str
    name: str
    attributes: dict[str, Any]
    constants: dict[int, NDArray[Any]]
    sources: dict[int, int]


@dataclass(frozen=True)
class Chain:
    """The steps in order, the input and the output that they connect, and the version of ONNX's operators."""

    steps: list[Step]
    input: onnx.ValueInfoProto
    output: onnx.ValueInfoProto
    opset: int


def read_chain(path: Path, model: onnx.ModelProto) -> Chain:
    """The steps from the input to the output that is the action.

    Raises:
        BBConvertError: several inputs or outputs, an operator without an input that leads back to the observation, or
            one from another domain than ONNX's own.
    """
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    folded = 0
    observation = _observation(path, [info for info in graph.input if info.name not in constants])
    action = _action(path, list(graph.output))
    steps: list[Step] = []
    made_by: dict[str, int] = {observation.name: -1}
    for node in _needed(graph, action.name):
        if node.domain not in ("", "ai.onnx"):
            raise BBConvertError(f"{path}: {_named(node)} is of the domain {node.domain}, which is not ONNX's own.")
        if all(name in constants for name in node.input if name):
            constants[node.output[0]] = _folded(path, node, constants, MAX_FOLDED_NUMBERS - folded)
            folded += constants[node.output[0]].size
        elif node.op_type in _UNCHANGED and node.input[0] in made_by:
            _require_unchanged(path, node)
            made_by[node.output[0]] = made_by[node.input[0]]
        else:
            steps.append(_step(path, node, constants, made_by))
            made_by[node.output[0]] = len(steps) - 1
    if made_by.get(action.name) != len(steps) - 1 or not steps:
        raise BBConvertError(f"{path}: its output {action.name} does not depend on its input {observation.name}.")
    opsets = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if len(opsets) != 1:
        raise BBConvertError(f"{path} does not say the version of its operators (opset_import).")
    return Chain(steps, observation, action, opsets[0])


def width_of(info: onnx.ValueInfoProto) -> int | None:
    """The last size of a value's shape where it is a fixed number, and the value a batch of vectors."""
    dimensions = info.type.tensor_type.shape.dim
    return dimensions[1].dim_value or None if len(dimensions) == 2 else None


def described(info: onnx.ValueInfoProto) -> str:
    """Name, shape and dtype of a value, in words."""
    kind = info.type.tensor_type
    shape = ", ".join(d.dim_param or str(d.dim_value or "?") for d in kind.shape.dim)
    return f"{info.name} [{shape}] {TensorProto.DataType.Name(kind.elem_type).lower()}"


def _observation(path: Path, inputs: list[onnx.ValueInfoProto]) -> onnx.ValueInfoProto:
    floats = (TensorProto.FLOAT, TensorProto.DOUBLE)
    if (
        len(inputs) == 1
        and inputs[0].type.tensor_type.elem_type in floats
        and 0 < (width_of(inputs[0]) or 0) <= MAX_WIDTH
    ):
        return inputs[0]
    found = "; ".join(described(info) for info in inputs) or "none"
    raise BBConvertError(
        f"{path} is not a continuous-control MLP: expected one input [batch, n] of floating-point numbers, the "
        f"observation; found {found}. A policy with a memory has its state as another input, and is not converted."
    )


def _action(path: Path, outputs: list[onnx.ValueInfoProto]) -> onnx.ValueInfoProto:
    named = [info for info in outputs if info.name.lower() in ("action", "actions")]
    if len(outputs) == 1 or len(named) == 1:
        return outputs[0] if len(outputs) == 1 else named[0]
    found = "; ".join(described(info) for info in outputs) or "none"
    raise BBConvertError(f"{path}: which output is the action? Call it `action`, or export it alone. It has {found}.")


def _needed(graph: onnx.GraphProto, output: str) -> list[onnx.NodeProto]:
    """The nodes that the output depends on, in the graph's order."""
    wanted, needed = {output}, []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(name for name in node.input if name)  # an optional input that is left out has the name ""
            needed.append(node)
    return needed[::-1]


def _folded(path: Path, node: onnx.NodeProto, constants: Mapping[str, NDArray[Any]], most: int) -> NDArray[Any]:
    """The value of a node whose inputs are all constant, of `most` numbers at most."""
    inputs = [constants[name] for name in node.input if name]
    try:
        numbers = math.prod(np.broadcast_shapes(*(array.shape for array in inputs)))
        if numbers > most:
            raise BBConvertError(
                f"{path}: its constants would be computed to more than {MAX_FOLDED_NUMBERS:,} numbers in all."
            )
        value = _value(node, _attributes(path, node), inputs)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise BBConvertError(f"{path}: {_named(node)} cannot be evaluated ({error}).") from error
    if value is None or value.dtype.kind not in "fiub":
        raise BBConvertError(f"{path} is not a plain MLP: {_named(node)}, of constants, is not one that is computed.")
    return value


def _value(node: onnx.NodeProto, attributes: Mapping[str, Any], inputs: list[NDArray[Any]]) -> NDArray[Any] | None:
    """What the node gives for constant inputs; None: it is not one of those that are computed."""
    match node.op_type, inputs:
        case "Constant", []:
            (value,) = attributes.values()
            return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.array(value)
        case "Transpose", [array]:
            return np.transpose(array, attributes.get("perm"))
        case "Cast", [array]:
            return array.astype(helper.tensor_dtype_to_np_dtype(attributes["to"]))
        case operator, [array] if operator in _UNARY:
            return np.asarray(_UNARY[operator](array))
        case operator, [left, right] if operator in _BINARY:
            return np.asarray(_BINARY[operator](left, right))
    return None


def _require_unchanged(path: Path, node: onnx.NodeProto) -> None:
    attributes = _attributes(path, node)
    floats = (TensorProto.FLOAT, TensorProto.DOUBLE)
    if node.op_type == "Cast" and attributes.get("to") not in floats:
        raise BBConvertError(f"{path}: {_named(node)} is to another type than float or double.")
    if node.op_type == "Flatten" and attributes.get("axis", 1) != 1:
        raise BBConvertError(f"{path}: {_named(node)} changes the shape.")


def _step(path: Path, node: onnx.NodeProto, constants: Mapping[str, NDArray[Any]], made_by: Mapping[str, int]) -> Step:
    unknown = [name for name in node.input if name and name not in constants and name not in made_by]
    if unknown:
        raise BBConvertError(f"{path} is not a plain MLP: {_named(node)} is not an operator of one.")
    return Step(
        operator=node.op_type,
        name=_named(node),
        attributes=_attributes(path, node),
        constants={place: constants[name] for place, name in enumerate(node.input) if name in constants},
        sources={place: made_by[name] for place, name in enumerate(node.input) if name in made_by},
    )


def _attributes(path: Path, node: onnx.NodeProto) -> dict[str, Any]:
    try:
        return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    except ValueError as error:
        raise BBConvertError(f"{path}: an attribute of {_named(node)} has no value ({error}).") from error


def _named(node: onnx.NodeProto) -> str:
    return f"{node.op_type[:40]} ({(node.name or ', '.join(node.output))[:80]})"
