"""The experts of Berkeley's course CS 285: a pickle of nested dicts with NumPy arrays, read without executing anything.

Source: github.com/berkeleydeeprlcourse/homework, hw1/load_policy.py.
"""

from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints import pickle_arrays
from bbconvert.convert.checkpoints.checkpoint import Checkpoint, ObservationStatistics
from bbconvert.convert.checkpoints.pickle_arrays import array_of, older_name
from bbconvert.convert.checkpoints.pickle_machine import ForbiddenGlobalError, MalformedPickleError, read_pickle
from bbconvert.convert.checkpoints.tensors import dense_layer, mlp_of, require_mlp
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import Dense, PolicyNetwork

POLICY = "GaussianPolicy"
"""The one kind of policy in these files; it stands among their first bytes."""
EPSILON = 1e-6
"""Added to the standard deviation, not to the variance."""
_ACTIVATIONS: dict[str, Activation] = {"tanh": "tanh", "lrelu": "leaky_relu"}


def read_cs285(path: Path) -> Checkpoint:
    """The mean of the Gaussian policy behind its standardised observations.

    Raises:
        BBConvertError: damaged, a pickle that names more than arrays, or not such a policy.
    """
    try:
        value = read_pickle(BytesIO(path.read_bytes()), lambda name: older_name(name) in pickle_arrays.GLOBALS)
        return _checkpoint(path, value)
    except ForbiddenGlobalError as error:
        raise BBConvertError(
            f"{path} is a pickle that asks to call {error}, and was not loaded: nothing in it ran. An expert of CS 285 "
            "holds arrays only."
        ) from error
    except MalformedPickleError as error:
        _refuse(path, str(error))


def _checkpoint(path: Path, value: Any) -> Checkpoint:
    policy = _at(path, value, POLICY)
    hidden = _at(path, policy, "hidden", "FeedforwardNet")
    names = sorted((name for name in hidden if isinstance(name, str) and name.startswith("layer_")), key=_number)
    layers = [(name, _layer(path, name, _at(path, hidden, name, "AffineLayer"))) for name in names]
    layers.append(("out", _layer(path, "out", _at(path, policy, "out", "AffineLayer"))))
    kind = _at(path, value, "nonlin_type", anything=True)
    if kind not in _ACTIVATIONS:
        _refuse(path, f"its nonlin_type is {str(kind)[:20]!r}, expected {' or '.join(_ACTIVATIONS)}")
    actor = mlp_of(path, layers, _ACTIVATIONS[kind])
    standard = _at(path, policy, "obsnorm", "Standardizer")
    mean, square = (_vector(path, name, standard.get(name)) for name in ("mean_1_D", "meansq_1_D"))
    if mean.size != actor.inputs or square.size != actor.inputs:
        _refuse(path, f"it standardises {mean.size} numbers, and its network takes {actor.inputs}")
    deviation = np.sqrt(np.maximum(0, square - mean**2)) + EPSILON
    log_std = _vector(path, "logstdevs_1_Da", policy.get("logstdevs_1_Da"))
    if log_std.size != actor.widths[-1]:
        _refuse(path, f"it has {log_std.size} deviations, and {actor.widths[-1]} actions")
    return Checkpoint(
        library="cs285",
        algorithm="expert",
        network=PolicyNetwork(actor, log_std=log_std.astype(np.float32)),
        normalizes=True,
        statistics=ObservationStatistics(mean, deviation**2, _count(path, standard.get("count"))),
        epsilon=0.0,
        clip=None,
    )


def _at(path: Path, value: Any, *keys: str, anything: bool = False) -> Any:
    """What stands under the keys, one in the other: a dict, unless it may be anything."""
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            _refuse(path, f"it has no {key}")
        value = value[key]
    if not anything and not isinstance(value, dict):
        _refuse(path, f"its {keys[-1]} is not a dict")
    return value


def _layer(path: Path, name: str, affine: dict[Any, Any]) -> Dense:
    """`y = x @ W + b`: W [inputs, outputs] and b [1, outputs], float64 of float32 numbers."""
    weight, bias = array_of(affine.get("W")), _vector(path, f"{name}'s b", affine.get("b"))
    require_mlp(path, {f"{name}.W": weight, f"{name}.b": bias})
    return dense_layer(path, name, weight.T if weight.ndim == 2 else weight, bias)


def _vector(path: Path, name: str, value: Any) -> NDArray[np.float64]:
    array = array_of(value)
    if array.ndim > 2 or array.size != max(array.shape, default=0) or not np.all(np.isfinite(array)):
        _refuse(path, f"{name} is not a row of finite numbers")
    return array.astype(np.float64).reshape(-1)


def _count(path: Path, value: Any) -> float:
    array = array_of(value)
    if array.size != 1 or not np.isfinite(array.reshape(())) or array.reshape(()) < 0:
        _refuse(path, "its count is not a number")
    return float(array.reshape(()))


def _number(name: str) -> int:
    digits = name.removeprefix("layer_")
    return int(digits) if digits.isdecimal() and len(digits) < 7 else -1


def _refuse(path: Path, why: str) -> NoReturn:
    raise BBConvertError(
        f"{path} is not an expert of CS 285, or is damaged ({why}). Expected a pickle with a {POLICY}: obsnorm, hidden "
        "and out."
    )
