"""Which activation a few steps of an ONNX graph are: told by what they compute, since exporters compose them."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints.onnx_chain import Step
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.numpy_network import activate

_IR_VERSION = 10
_TOLERANCE = 1e-5
_MAX_STEPS = 32
_ELEMENTWISE = {
    *("Abs", "Add", "Celu", "Clip", "Div", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "LeakyRelu", "Log", "Max"),
    *("Min", "Mish", "Mul", "Neg", "Pow", "Reciprocal", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt"),
    *("Sub", "Swish", "Tanh", "ThresholdedRelu"),
}
"""Operators that map each number by itself: ONNX Runtime is given no others of an untrusted file."""
_PROBE = np.linspace(-6, 6, 997, dtype=np.float32)


def activation_of(path: Path, steps: Sequence[Step], before: int, opset: int) -> Activation:
    """The activation that the steps compute of the output of step `before`, to float32's accuracy on [-6, 6].

    Raises:
        BBConvertError: none of those that bbconvert knows.
    """
    if not steps:
        return "linear"
    names = ", ".join(step.name for step in steps[:8])
    strange = [step.name for step in steps if step.operator not in _ELEMENTWISE or not _is_scalar(step)]
    if strange or len(steps) > _MAX_STEPS:
        raise BBConvertError(
            f"{path}: {strange[0] if strange else f'{len(steps)} steps'} between two layers cannot be an activation: "
            "that maps each number by itself, in a few steps."
        )
    try:
        got = _computed(steps, before, opset)
    except Exception as error:  # ONNX Runtime raises its own types, and RuntimeError
        raise BBConvertError(f"{path}: {names} between two layers cannot be run ({error}).") from error
    for activation in get_args(Activation):
        expected = activate(activation, _PROBE)
        if got.shape == (_PROBE.size, 1) and np.max(np.abs(got[:, 0] - expected)) <= _TOLERANCE:
            found: Activation = activation
            return found
    raise BBConvertError(
        f"{path}: {names} between two layers is not an activation that bbconvert knows, in torch's default form: "
        f"{', '.join(get_args(Activation))}."
    )


def _is_scalar(step: Step) -> bool:
    return all(constant.size == 1 and constant.ndim <= 2 for constant in step.constants.values())


def _computed(steps: Sequence[Step], before: int, opset: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The steps in ONNX Runtime, float32, on the probe as a batch of single numbers."""
    names = {before: "x"}
    nodes, constants = [], []
    for number, step in enumerate(steps, start=before + 1):
        names[number] = f"step_{number}"
        inputs = []
        for place in range(max([*step.constants, *step.sources]) + 1):
            if place in step.constants:
                value = step.constants[place]
                value = value.astype(np.float32) if np.issubdtype(value.dtype, np.floating) else value
                constants.append(numpy_helper.from_array(value, f"constant_{number}_{place}"))
            known = f"constant_{number}_{place}" if place in step.constants else ""
            inputs.append(names[step.sources[place]] if place in step.sources else known)
        nodes.append(helper.make_node(step.operator, inputs, [names[number]], **step.attributes))
    batch = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 1])
    last = helper.make_empty_tensor_value_info(nodes[-1].output[0])
    last.type.tensor_type.elem_type = TensorProto.FLOAT
    graph = helper.make_graph(nodes, "activation", [batch], [last], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=_IR_VERSION)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {"x": _PROBE[:, None]})
    return np.asarray(output, np.float32)
