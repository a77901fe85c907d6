"""Which activation a pickled function of JAX is: told by its name and the module that defines it."""

from pathlib import Path
from typing import Any

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints.pickle_machine import Global, Instance
from bbconvert.convert.errors import BBConvertError

_ACTIVATIONS: dict[str, Activation] = {
    "relu": "relu",
    "tanh": "tanh",
    "elu": "elu",
    "leaky_relu": "leaky_relu",
    "sigmoid": "sigmoid",
    "selu": "selu",
    "silu": "silu",
    "softplus": "softplus",
    "identity": "linear",
}
"""By the names of jax.nn, which flax.linen has too. Its gelu is an approximation unless it is told otherwise."""


def jax_activation(path: Path, described: Any) -> Activation:
    """The activation that a pickle describes.

    Raises:
        BBConvertError: none of those that bbconvert knows.
    """
    match described:
        case Instance(Global("functools.partial"), state=(function, (), {"approximate": False}, *_)) if (
            _name(function) == "gelu"
        ):
            return "gelu"
    name = _name(described)
    if name not in _ACTIVATIONS:
        raise BBConvertError(
            f"{path}: its activation is {name[:80]}; bbconvert knows {', '.join(_ACTIVATIONS)} of jax.nn, and "
            "functools.partial(gelu, approximate=False)."
        )
    return _ACTIVATIONS[name]


def _name(described: Any) -> str:
    """`relu` for JAX's own relu; of another function, its full name."""
    match described:
        case Global(full):
            pass
        case Instance(
            state={"function_name": str(name), "fun": Instance(arguments=(_, {"__name__": str(module)}, *_))}
        ):
            full = f"{module}.{name}"  # of jax.jit
        case Instance(state={"__module__": str(module), "__name__": str(name)}):
            full = f"{module}.{name}"  # of jax.custom_jvp
        case Instance(Global("cloudpickle.cloudpickle._make_function")):
            return "a function of one's own"
        case Instance(Global(maker)):
            return f"a {maker}"
        case _:
            return f"a {type(described).__name__}"
    return full.rpartition(".")[2] if full.startswith("jax.") else full
