"""What every reader's checkpoint must be, whatever its file said: finite numbers, in layers that fit each other."""

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import MLP, PolicyNetwork
from bbconvert.convert.safety.limits import MAX_LAYERS, MAX_WIDTH


def require_sound(path: Path, checkpoint: Checkpoint) -> None:
    """Refuses a checkpoint that cannot play.

    Raises:
        BBConvertError: sizes that do not fit each other or are beyond the limits, or a number that is not finite.
    """
    fault = next(_faults(checkpoint), None)
    if fault:
        raise BBConvertError(f"{path} does not make a policy: {fault}.")


def _faults(checkpoint: Checkpoint) -> Iterator[str]:
    network, statistics = checkpoint.network, checkpoint.statistics
    yield from _network_faults("the policy", network.actor)
    yield from _recurrent_faults(network)
    inputs, actions = network.inputs, network.actor.widths[-1]
    if network.critic is not None:
        yield from _network_faults("the critic", network.critic)
        if (network.critic.inputs, network.critic.widths[-1]) != (inputs, 1):
            yield f"its critic maps {network.critic.inputs} numbers to {network.critic.widths[-1]}, not {inputs} to 1"
    vectors = {"the deviation": network.log_std}
    if network.squash is not None:
        vectors |= {"the scale of its actions": network.squash.scale, "their bias": network.squash.bias}
    for name, vector in vectors.items():
        if vector is not None and (vector.shape != (actions,) or not np.all(np.isfinite(vector))):
            yield f"{name} is not {actions} finite numbers"
    for name, bound in (("the clip of its output", network.pre_clip), ("the clip of observations", checkpoint.clip)):
        if bound is not None and not 0 < bound < math.inf:
            yield f"{name} is {bound}"
    if not 0 <= checkpoint.epsilon < math.inf:
        yield f"epsilon is {checkpoint.epsilon}"
    if statistics is not None:
        both = np.concatenate([statistics.mean.reshape(-1), statistics.var.reshape(-1)])
        if statistics.mean.shape != (inputs,) or statistics.var.shape != (inputs,) or not np.all(np.isfinite(both)):
            yield f"the mean and the variance of its observations are not {inputs} finite numbers each"
        if np.any(statistics.var < 0) or np.any(statistics.var + checkpoint.epsilon <= 0):
            yield "a variance of its observations is negative, or 0 where nothing is added to it"
        if not 0 <= statistics.count < math.inf:
            yield f"its statistics were made of {statistics.count} observations"


def _recurrent_faults(network: PolicyNetwork) -> Iterator[str]:
    recurrent = network.recurrent
    if recurrent is None:
        return
    if recurrent.hidden != network.actor.inputs:
        yield f"its recurrent layer gives {recurrent.hidden} numbers, its actor takes {network.actor.inputs}"
    if not all(np.all(np.isfinite(part)) for part in recurrent.parts.values()):
        yield "a weight of its recurrent layer is not finite"


def _network_faults(name: str, network: MLP) -> Iterator[str]:
    if not 1 <= len(network.layers) <= MAX_LAYERS:
        yield f"{name} has {len(network.layers)} layers"
    for layer in network.layers:
        if not all(1 <= size <= MAX_WIDTH for size in layer.weight.shape):
            yield f"{name} has a layer of the shape {layer.weight.shape}"
        if not (np.all(np.isfinite(layer.weight)) and np.all(np.isfinite(layer.bias))):
            yield f"{name} has weights that are not finite"
    for before, after in pairwise(network.layers):
        if before.weight.shape[0] != after.weight.shape[1]:
            yield f"a layer of {name} takes {after.weight.shape[1]} numbers, but the one before it gives another number"
