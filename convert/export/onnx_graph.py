"""Collects what an ONNX graph is made of; every value computes in float64."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper


class GraphBuilder:
    """Nodes, inputs, outputs and constants, each method returning the name of the value that it added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def input(self, name: str, shape: Sequence[int | str]) -> str:
        """A float64 input."""
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape))
        return name

    def output(self, name: str, dtype: int, shape: Sequence[int | str]) -> None:
        """Makes the value of that name an output."""
        self.outputs.append(helper.make_tensor_value_info(name, dtype, shape))

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """An initialiser of the array's own type."""
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def scalar(self, value: float) -> str:
        """A float64 number, stored once however often it is used."""
        name = f"scalar_{value!r}"
        if all(tensor.name != name for tensor in self.initializers):
            self.initializers.append(numpy_helper.from_array(np.array(value, np.float64), name))
        return name

    def node(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """An operator with one output."""
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def split(self, value: str, outputs: Sequence[str]) -> list[str]:
        """The columns of a value [batch, n] in equal parts."""
        self.nodes.append(helper.make_node("Split", [value], outputs, name=outputs[0], axis=1))
        return list(outputs)

    def cast(self, name: str, dtype: int, output: str) -> str:
        """The value as `dtype`."""
        return self.node("Cast", [name], output, to=dtype)
