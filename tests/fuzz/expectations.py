"""What every result of a reader keeps to, whatever the file was."""

import json
import math
from typing import Any

import numpy as np

from bbconvert.convert.checkpoints.checkpoint import Checkpoint, ObservationStatistics
from bbconvert.convert.manifest import Published
from bbconvert.convert.network import MLP
from tests.fuzz.outcome import InvalidResultError

CANARY = 77077.0
"""The number that files beside the input are made of: it never comes out of a reader."""
CANARY_TEXT = "the-canary-sings"


def require(holds: bool, promise: str, found: object = "") -> None:
    """Raises InvalidResultError, with the promise that is broken."""
    if not holds:
        raise InvalidResultError(f"{promise}: {str(found)[:200]}")


def check_checkpoint(checkpoint: Checkpoint) -> None:
    """Finite float32 layers that fit each other, and statistics that fit them."""
    network = checkpoint.network
    _check_mlp("actor", network.actor)
    if network.critic is not None:
        _check_mlp("critic", network.critic)
    if network.recurrent is not None:
        for name, part in network.recurrent.parts.items():
            _check_array(name, part)
        require(network.recurrent.hidden == network.actor.inputs, "the recurrent layer fits", network.actor.inputs)
    for name, array in (
        ("log_std", network.log_std),
        ("scale", network.squash.scale if network.squash else None),
        ("bias", network.squash.bias if network.squash else None),
    ):
        if array is not None:
            _check_array(name, array)
            require(array.shape == (network.actor.widths[-1],), f"{name} has one number an action", array.shape)
    if network.pre_clip is not None:
        require(math.isfinite(network.pre_clip) and network.pre_clip > 0, "pre_clip is positive", network.pre_clip)
    check_normalization(checkpoint.statistics, checkpoint.epsilon, checkpoint.clip)
    if checkpoint.statistics is not None:
        size = checkpoint.statistics.mean.size
        require(size == network.inputs, "statistics have a number for each observation", size)
    check_plain(checkpoint.env_kwargs)
    check_plain(list(checkpoint.notes))


def check_normalization(statistics: ObservationStatistics | None, epsilon: float, clip: float | None) -> None:
    """Finite vectors of one size, variances that are not negative, and a usable epsilon and clip."""
    require(math.isfinite(epsilon) and epsilon >= 0, "epsilon is finite and not negative", epsilon)
    require(clip is None or (math.isfinite(clip) and clip > 0), "clip is positive", clip)
    if statistics is None:
        return
    mean, var = statistics.mean, statistics.var
    require(mean.dtype == var.dtype == np.float64, "statistics are float64", (mean.dtype, var.dtype))
    require(mean.ndim == 1 and mean.shape == var.shape, "mean and variance are vectors of one size", mean.shape)
    require(bool(np.all(np.isfinite(mean)) and np.all(np.isfinite(var))), "statistics are finite")
    require(bool(np.all(var >= 0)), "no variance is negative")
    require(math.isfinite(statistics.count), "the count is finite", statistics.count)
    require(CANARY not in mean and CANARY not in var, "nothing of another file is read")


def check_published(published: Published | None) -> None:
    """A reward that can be printed and kept in JSON."""
    if published is not None:
        require(math.isfinite(published.mean_reward), "a published reward is finite", published.mean_reward)
        require(published.std is None or math.isfinite(published.std), "its deviation is finite", published.std)


def check_plain(value: Any) -> None:
    """What is printed and kept in JSON: the text is finite, and has nothing of another file in it."""
    try:
        text = repr(value) + json.dumps(value, default=str)
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidResultError(f"what is read can be kept in JSON: {error}") from error
    require(CANARY_TEXT not in text, "nothing of another file is read")


def check_json(text: str) -> None:
    """JSON as browsers read it, without NaN."""

    def refuse(constant: str) -> None:
        raise InvalidResultError(f"JSON has no such constant: {constant}")

    json.loads(text, parse_constant=refuse)


def _check_mlp(name: str, mlp: MLP) -> None:
    require(bool(mlp.layers), f"the {name} has layers")
    width = mlp.inputs
    for layer in mlp.layers:
        _check_array(name, layer.weight)
        _check_array(name, layer.bias)
        require(
            layer.weight.ndim == 2 and 0 not in layer.weight.shape,
            f"the {name}'s layers map numbers to numbers",
            layer.weight.shape,
        )
        require(layer.weight.shape[1] == width, f"the {name}'s layers fit each other", layer.weight.shape)
        require(layer.bias.shape == layer.weight.shape[:1], f"the {name}'s biases fit", layer.bias.shape)
        width = layer.weight.shape[0]


def _check_array(name: str, array: "np.ndarray[Any, Any]") -> None:
    require(array.dtype == np.float32, f"the {name} is float32", array.dtype)
    require(bool(np.all(np.isfinite(array))), f"the {name} is finite")
    require(CANARY not in array, "nothing of another file is read")
