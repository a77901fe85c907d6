"""Named arrays as they come out of a file, and the dense layers in them."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints.checkpoint import ObservationStatistics
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import MLP, Dense
from bbconvert.convert.safety.limits import MAX_TENSOR_NAME, MAX_TENSORS, MAX_WIDTH

Tensors = Mapping[str, NDArray[Any]]

_RECURRENT = re.compile(r"(^|[^a-z])(lstm|gru|rnn)|(^|\.)weight_(ih|hh)_l\d", re.IGNORECASE)
_STATISTICS = ("obs_rms.mean", "obs_rms.var", "obs_rms.count")


def require_mlp(path: Path, tensors: Tensors) -> None:
    """Refuses what is not a multi-layer perceptron, and weights that are not finite real numbers.

    Raises:
        BBConvertError: too many, too wide, of another dtype, recurrent, convolutional, or with NaN; the message names
            the tensor.
    """
    if len(tensors) > MAX_TENSORS or any(len(name) > MAX_TENSOR_NAME for name in tensors):
        raise BBConvertError(
            f"{path} has {len(tensors):,} tensors; expected at most {MAX_TENSORS:,}, whose names have at most "
            f"{MAX_TENSOR_NAME} characters."
        )
    strange = [name for name, array in tensors.items() if array.dtype.kind not in "fiub"]
    if strange:
        raise BBConvertError(
            f"{path}: {strange[0]} has the dtype {tensors[strange[0]].dtype}; the weights of a policy are real numbers."
        )
    recurrent = [name for name in tensors if _RECURRENT.search(name)]
    if recurrent:
        raise BBConvertError(
            f"{path} is not a continuous-control MLP: it is recurrent ({recurrent[0]}). A policy with a memory is not "
            "converted."
        )
    images = [name for name, array in tensors.items() if array.ndim > 2]
    if images:
        raise BBConvertError(
            f"{path} is not a continuous-control MLP: {images[0]} has shape {tensors[images[0]].shape}, a convolution; "
            "the policy sees images, not a vector of numbers."
        )
    # An empty tensor of any shape fits in a small file.
    wide = [name for name, array in tensors.items() if max(array.shape, default=0) > MAX_WIDTH]
    if wide:
        raise BBConvertError(
            f"{path}: {wide[0]} has shape {tensors[wide[0]].shape}; a layer of a policy has at most {MAX_WIDTH:,} "
            "numbers on a side."
        )
    broken = [name for name, array in tensors.items() if not np.all(np.isfinite(array))]
    if broken:
        bad = tensors[broken[0]]
        raise BBConvertError(
            f"{path}: {broken[0]} has {int(np.sum(~np.isfinite(bad)))} weights of {bad.size} that are NaN or infinite"
            f"{f' (and {len(broken) - 1} more tensors)' if len(broken) > 1 else ''}: the training diverged. Take an "
            "earlier checkpoint."
        )


def dense_layer(path: Path, name: str, weight: NDArray[Any], bias: NDArray[Any] | None) -> Dense:
    """The layer of a weight [outputs, inputs] and a bias [outputs].

    Raises:
        BBConvertError: they are not of these shapes.
    """
    if weight.ndim != 2 or not weight.size or bias is None or bias.shape != weight.shape[:1]:
        got = "none" if bias is None else str(bias.shape)
        raise BBConvertError(
            f"{path}: {name} is not a dense layer: weight {weight.shape}, bias {got}; expected a weight "
            "(outputs, inputs) and a bias (outputs,)."
        )
    return Dense(single(path, f"{name}: its weight", weight), single(path, f"{name}: its bias", bias))


def single(path: Path, name: str, array: NDArray[Any]) -> NDArray[np.float32]:
    """The finite numbers as float32.

    Raises:
        BBConvertError: one is larger than a float32 can be.
    """
    with np.errstate(over="ignore"):
        narrowed = array.astype(np.float32)
    if not np.all(np.isfinite(narrowed)):
        raise BBConvertError(
            f"{path}: {name} has numbers up to {np.max(np.abs(array)):.3g}, which are not finite in float32 (at most "
            "3.4e38), in which a policy is trained."
        )
    return narrowed


def mlp_of(path: Path, layers: Sequence[tuple[str, Dense]], activation: Activation) -> MLP:
    """The layers one after the other, each with its name for the error message.

    Raises:
        BBConvertError: one does not take what the one before it gives.
    """
    for (_, before), (name, layer) in pairwise(layers):
        if before.weight.shape[0] != layer.weight.shape[1]:
            raise BBConvertError(
                f"{path}: {name} takes {layer.weight.shape[1]} numbers, but the layer before it gives "
                f"{before.weight.shape[0]}."
            )
    return MLP(tuple(layer for _, layer in layers), activation)


def embedded_statistics(path: Path, tensors: Tensors, size: int) -> ObservationStatistics | None:
    """What stands under `obs_rms.*`, as variants of CleanRL's scripts save it; None where nothing does.

    Raises:
        BBConvertError: incomplete, or not of `size` numbers.
    """
    present = [name for name in _STATISTICS if name in tensors]
    if not present:
        return None
    if len(present) < len(_STATISTICS):
        missing = ", ".join(name for name in _STATISTICS if name not in tensors)
        raise BBConvertError(f"{path} has {', '.join(present)} but not {missing}: its statistics are incomplete.")
    mean, var, count = (tensors[name].astype(np.float64).reshape(-1) for name in _STATISTICS)
    if mean.size != size or var.size != size or count.size != 1 or np.any(var < 0) or count[0] < 0:
        raise BBConvertError(
            f"{path}: obs_rms.mean and obs_rms.var have {mean.size} and {var.size} numbers, expected {size}, the "
            "variances not negative, and one count."
        )
    return ObservationStatistics(mean, var, float(count[0]))


def listed(tensors: Tensors, most: int = 8) -> str:
    """The names and shapes of the first tensors, for an error message."""
    shown = [f"{name} {tuple(array.shape)}" for name, array in list(tensors.items())[:most]]
    return ", ".join(shown) + (f" and {len(tensors) - most} more" if len(tensors) > most else "") or "nothing"
