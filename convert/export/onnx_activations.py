"""Activations as ONNX operators that compute in float64.

ONNX Runtime, native and in the browser, has no float64 kernel of Elu, Selu, Softplus, Erf and Gelu: these are composed
of operators that have one. The formulas are torch's; constants and limits are said where they are used.
"""

import math
from collections.abc import Callable

import numpy as np

from bbconvert.convert.activation import Activation
from bbconvert.convert.export.onnx_graph import GraphBuilder
from bbconvert.convert.network import LEAKY_SLOPE

_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805
_ERF_NODES = 32
"""Gauss-Legendre nodes: within 3e-15 of erf for |z| <= 6, beyond which erf is 1 in float64."""
_ERF_END = 6.0


def add_activation(graph: GraphBuilder, activation: Activation, value: str, name: str) -> str:
    """Adds the activation of `value` [batch, width] float64; `name` begins the names of what it adds."""
    return value if activation == "linear" else _BUILDERS[activation](graph, value, name)


def _plain(operator: str) -> Callable[[GraphBuilder, str, str], str]:
    return lambda graph, x, name: graph.node(operator, [x], name)


def _leaky_relu(graph: GraphBuilder, x: str, name: str) -> str:
    """`max(x, slope * x)`: the operator's own slope would be rounded to float32."""
    return graph.node("Max", [x, graph.node("Mul", [x, graph.scalar(LEAKY_SLOPE)], f"{name}.scaled")], name)


def _elu(graph: GraphBuilder, x: str, name: str) -> str:
    """`max(x, 0) + exp(min(x, 0)) - 1`."""
    positive = graph.node("Max", [x, graph.scalar(0.0)], f"{name}.positive")
    return graph.node("Add", [positive, _below_zero(graph, x, name)], name)


def _selu(graph: GraphBuilder, x: str, name: str) -> str:
    """`scale * (max(x, 0) + alpha * (exp(min(x, 0)) - 1))`."""
    positive = graph.node("Max", [x, graph.scalar(0.0)], f"{name}.positive")
    negative = graph.node("Mul", [_below_zero(graph, x, name), graph.scalar(_SELU_ALPHA)], f"{name}.negative")
    return graph.node("Mul", [graph.node("Add", [positive, negative], f"{name}.sum"), graph.scalar(_SELU_SCALE)], name)


def _below_zero(graph: GraphBuilder, x: str, name: str) -> str:
    """`exp(min(x, 0)) - 1`."""
    exponential = graph.node("Exp", [graph.node("Min", [x, graph.scalar(0.0)], f"{name}.min")], f"{name}.exp")
    return graph.node("Sub", [exponential, graph.scalar(1.0)], f"{name}.below_zero")


def _silu(graph: GraphBuilder, x: str, name: str) -> str:
    """`x / 2 * (1 + tanh(x / 2))`; ONNX Runtime would fuse x * Sigmoid(x) into a QuickGelu that is float32 only."""
    half = graph.node("Mul", [x, graph.scalar(0.5)], f"{name}.half")
    tanh = graph.node("Tanh", [half], f"{name}.tanh")
    return graph.node("Mul", [half, graph.node("Add", [tanh, graph.scalar(1.0)], f"{name}.plus")], name)


def _softplus(graph: GraphBuilder, x: str, name: str) -> str:
    """`max(x, 0) + log(1 + exp(-|x|))`; torch leaves the second part out where x > 20, where it is below 2.1e-9."""
    positive = graph.node("Max", [x, graph.scalar(0.0)], f"{name}.positive")
    minus = graph.node("Neg", [graph.node("Abs", [x], f"{name}.abs")], f"{name}.minus")
    exponential = graph.node("Exp", [minus], f"{name}.exp")
    log = graph.node("Log", [graph.node("Add", [exponential, graph.scalar(1.0)], f"{name}.plus")], f"{name}.log")
    return graph.node("Add", [positive, log], name)


def _gelu(graph: GraphBuilder, x: str, name: str) -> str:
    """`x / 2 * (1 + erf(x / sqrt(2)))`, with `erf(z) = z * 2 / sqrt(pi) * mean of exp(-z² t²) for t in [0, 1]`."""
    nodes, weights = np.polynomial.legendre.leggauss(_ERF_NODES)
    t = (nodes + 1) / 2
    scaled = graph.node("Div", [x, graph.scalar(math.sqrt(2))], f"{name}.scaled")
    z = graph.node("Clip", [scaled, graph.scalar(-_ERF_END), graph.scalar(_ERF_END)], f"{name}.z")
    square = graph.node("Mul", [z, z], f"{name}.square")
    column = graph.node("Unsqueeze", [square, graph.constant(f"{name}.axis", np.array([2]))], f"{name}.column")
    exponents = graph.node("Mul", [column, graph.constant(f"{name}.minus_t2", -t * t)], f"{name}.exponents")
    integrand = graph.node("Exp", [exponents], f"{name}.integrand")
    # The weights of [-1, 1] add up to 2, which is erf's own factor 2.
    quadrature = graph.constant(f"{name}.quadrature", (weights / math.sqrt(math.pi))[:, None])
    total = graph.node("MatMul", [integrand, quadrature], f"{name}.sum")
    mean = graph.node("Squeeze", [total, f"{name}.axis"], f"{name}.mean")
    erf = graph.node("Mul", [mean, z], f"{name}.erf")
    half = graph.node("Mul", [x, graph.scalar(0.5)], f"{name}.half")
    return graph.node("Mul", [half, graph.node("Add", [erf, graph.scalar(1.0)], f"{name}.plus")], name)


_BUILDERS: dict[str, Callable[[GraphBuilder, str, str], str]] = {
    "tanh": _plain("Tanh"),
    "relu": _plain("Relu"),
    "sigmoid": _plain("Sigmoid"),
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "silu": _silu,
    "gelu": _gelu,
    "softplus": _softplus,
}
