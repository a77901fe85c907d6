"""The checkpoint's network in NumPy: what `policy.onnx` is held to where torch is not installed.

Each formula is the one in torch's documentation, with torch's defaults; tests/unit/verify/test_reference.py holds
them to torch.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.activation import Activation
from bbconvert.convert.network import LEAKY_SLOPE, MLP, GateWeights, PolicyNetwork, Recurrent, RecurrentKind

Array = NDArray[Any]

_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946
_erf = np.vectorize(math.erf, otypes=[np.float64])


def _sigmoid(x: Array) -> Array:
    tail = np.exp(-np.abs(x))  # never overflows
    share: Array = np.where(x >= 0, 1, tail) / (1 + tail)
    return share


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


_ACTIVATIONS: dict[Activation, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "elu": _elu,
    "leaky_relu": lambda x: np.where(x > 0, x, LEAKY_SLOPE * x),
    "sigmoid": _sigmoid,
    "selu": lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "silu": lambda x: x * _sigmoid(x),
    "gelu": lambda x: 0.5 * x * (1 + _erf(x / math.sqrt(2))),
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
}


def activate(activation: Activation, x: Array) -> Array:
    """The activation of every number, in the dtype of `x`, float32 or float64."""
    return _ACTIVATIONS[activation](x).astype(x.dtype, copy=False)


def numpy_outputs(mlp: MLP, x: Array) -> Array:
    """The last layer's output [k, m] for inputs [k, n], in the dtype of `x`, float32 or float64."""
    for i, layer in enumerate(mlp.layers):
        x = x @ layer.weight.T.astype(x.dtype) + layer.bias.astype(x.dtype)
        if i < len(mlp.layers) - 1:
            x = activate(mlp.activation, x)
    return x


def recurrent_step(recurrent: Recurrent, x: Array, state: Array) -> tuple[Array, Array]:
    """The output [h], and the state [s] that follows `state` [s], under the input x [n]."""
    following = []
    for layer, held in zip(recurrent.layers, np.split(state, len(recurrent.layers)), strict=True):
        following.append(_gated(recurrent.kind, layer, x, held))
        x = following[-1][: recurrent.hidden]
    return x, np.concatenate(following)


def _gated(kind: RecurrentKind, layer: GateWeights, x: Array, state: Array) -> Array:
    """A layer's state that follows; its first numbers are the layer's output."""
    weights = {name: part.astype(x.dtype) for name, part in layer.parts.items()}
    h = weights["hidden_weight"].shape[1]
    hidden, cell = state[:h], state[h:]
    seen = weights["input_weight"] @ x + weights["input_bias"]
    kept = weights["hidden_weight"] @ hidden + weights["hidden_bias"]
    if kind == "lstm":
        gates = seen + kept
        write, forget, output = (_sigmoid(gates[k * h : (k + 1) * h]) for k in (0, 1, 3))
        cell = forget * cell + write * np.tanh(gates[2 * h : 3 * h])
        return np.concatenate([output * np.tanh(cell), cell]).astype(x.dtype, copy=False)
    reset, update = (_sigmoid(seen[k * h : (k + 1) * h] + kept[k * h : (k + 1) * h]) for k in (0, 1))
    new = np.tanh(seen[2 * h :] + reset * kept[2 * h :])
    following: Array = (hidden - new) * update + new
    return following.astype(x.dtype, copy=False)


def network_outputs(network: PolicyNetwork, x: Array) -> Array:
    """The pre-transform actions [k, m] for normalised observations [k, n], in the dtype of `x`.

    Of a recurrent network they are the steps of one episode, from its beginning on.
    """
    recurrent = network.recurrent
    if recurrent is None:
        return numpy_outputs(network.actor, x)
    state, outputs = np.zeros(recurrent.state, x.dtype), np.empty((len(x), recurrent.hidden), x.dtype)
    for step, row in enumerate(x):
        outputs[step], state = recurrent_step(recurrent, row, state)
    return numpy_outputs(network.actor, outputs)
