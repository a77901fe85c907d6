"""From a Stable-Baselines3 policy's state_dict to the network that plays, one function per family of policies."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints.tensors import Tensors, dense_layer, listed, mlp_of, single
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import Dense, PolicyNetwork, Squash

Layer = tuple[str, Dense]
"""A dense layer and its name among the tensors."""
ENVIRONMENT_BOUNDS = Squash(scale=None, bias=None)
"""`unscale_action`: tanh, stretched to the bounds of the action space."""
CLIP_MEAN = 2.0
"""The bound of the mean under gSDE where `policy_kwargs` do not say `clip_mean`."""
BATCH_NORM_EPS = 0.001
"""CrossQ's, where `policy_kwargs` do not say `batch_norm_eps`."""


@dataclass(frozen=True)
class BatchNormalization:
    """`scale * (x - mean) / sqrt(var + epsilon) + bias` of a vector x [n]: all but epsilon are [n]."""

    mean: NDArray[Any]
    var: NDArray[Any]
    scale: NDArray[Any]
    bias: NDArray[Any]
    epsilon: float


@dataclass(frozen=True)
class PolicyArguments:
    """What the policy was constructed with.

    Args:
        activation: between the layers.
        squash_output: the output passes tanh, where the family lets one choose.
        clip_mean: bound of the mean under gSDE, 0 for none.
        batch_norm_eps: added to CrossQ's running variance.
    """

    activation: Activation
    squash_output: bool = False
    clip_mean: float = CLIP_MEAN
    batch_norm_eps: float = BATCH_NORM_EPS


def actor_critic(path: Path, tensors: Tensors, arguments: PolicyArguments) -> PolicyNetwork:
    """PPO, A2C, TRPO: layers shared by both in old versions, then `policy_net` and `action_net`, clipped.

    Source: stable_baselines3/common/policies.py, class ActorCriticPolicy.
    """
    shared = _sequential(path, tensors, "mlp_extractor.shared_net")
    actor = [*shared, *_sequential(path, tensors, "mlp_extractor.policy_net"), _dense(path, tensors, "action_net")]
    critic = [*shared, *_sequential(path, tensors, "mlp_extractor.value_net"), _dense(path, tensors, "value_net")]
    log_std = tensors.get("log_std")
    return PolicyNetwork(
        actor=mlp_of(path, actor, arguments.activation),
        squash=ENVIRONMENT_BOUNDS if arguments.squash_output else None,
        # Under gSDE it has a row for each feature: the deviation depends on the state.
        log_std=single(path, "log_std", log_std) if log_std is not None and log_std.ndim == 1 else None,
        critic=mlp_of(path, critic, arguments.activation),
    )


def gaussian_actor(path: Path, tensors: Tensors, arguments: PolicyArguments) -> PolicyNetwork:
    """SAC, TQC and CrossQ: `latent_pi`, then the mean `mu`, which under gSDE is clipped before tanh.

    Source: stable_baselines3/sac/policies.py and sb3_contrib/crossq/policies.py, class Actor.
    """
    clipped = "actor.mu.0.weight" in tensors
    mean = "actor.mu.0" if clipped else "actor.mu"
    latent = _sequential(
        path, tensors, "actor.latent_pi", arguments.batch_norm_eps, followed_by=_dense(path, tensors, mean)
    )
    return PolicyNetwork(
        actor=mlp_of(path, latent, arguments.activation),
        squash=ENVIRONMENT_BOUNDS,
        pre_clip=arguments.clip_mean if clipped else None,
    )


def deterministic_actor(path: Path, tensors: Tensors, arguments: PolicyArguments) -> PolicyNetwork:
    """TD3 and DDPG: `actor.mu` ends in tanh. Source: stable_baselines3/td3/policies.py, class Actor."""
    layers = _sequential(path, tensors, "actor.mu") or [_dense(path, tensors, "actor.mu.0")]
    return PolicyNetwork(actor=mlp_of(path, layers, arguments.activation), squash=ENVIRONMENT_BOUNDS)


def random_search(path: Path, tensors: Tensors, arguments: PolicyArguments) -> PolicyNetwork:
    """ARS: `action_net` alone, with or without biases. Source: sb3_contrib/ars/policies.py, class ARSPolicy."""
    layers = _sequential(path, tensors, "action_net") or [
        _dense(path, tensors, "action_net")
    ]  # before 1.4 a bare layer
    squash = ENVIRONMENT_BOUNDS if arguments.squash_output else None
    return PolicyNetwork(actor=mlp_of(path, layers, arguments.activation), squash=squash)


def _sequential(
    path: Path,
    tensors: Tensors,
    prefix: str,
    batch_norm_eps: float = BATCH_NORM_EPS,
    followed_by: Layer | None = None,
) -> list[Layer]:
    """The dense layers of a `torch.nn.Sequential` and the one that follows it.

    Each batch normalisation is folded into the dense layer behind it, which takes what it gives.
    """
    place = re.compile(rf"{re.escape(prefix)}\.([0-9]{{1,6}})\.")
    numbers = {int(found[1]) for found in map(place.match, tensors) if found}
    names = [f"{prefix}.{number}" for number in sorted(numbers)]
    layers: list[Layer] = []
    normalization: str | None = None
    for name in names:
        if f"{name}.ra_mean" in tensors:
            normalization = name
            continue
        layers.append(_normalized(path, tensors, normalization, _dense(path, tensors, name), batch_norm_eps))
        normalization = None
    if followed_by is not None:
        layers.append(_normalized(path, tensors, normalization, followed_by, batch_norm_eps))
    return layers


def _dense(path: Path, tensors: Tensors, name: str) -> Layer:
    weight = tensors.get(f"{name}.weight")
    if weight is None:
        raise BBConvertError(f"{path}: its policy.pth has no {name}.weight; it has {listed(tensors)}.")
    bias = tensors.get(f"{name}.bias", np.zeros(weight.shape[:1]))  # ARS may be without
    return name, dense_layer(path, name, weight, bias)


def _normalized(path: Path, tensors: Tensors, normalization: str | None, layer: Layer, epsilon: float) -> Layer:
    """The layer with the batch normalisation of that name folded into it; as it is where there is none."""
    if normalization is None:
        return layer
    try:
        mean, var, scale, bias = (tensors[f"{normalization}.{part}"] for part in ("ra_mean", "ra_var", "scale", "bias"))
    except KeyError as error:
        raise BBConvertError(f"{path}: its policy.pth has no {error.args[0]}; it has {listed(tensors)}.") from error
    return folded(path, normalization, BatchNormalization(mean, var, scale, bias, epsilon), layer)


def folded(path: Path, normalization: str, batch: BatchNormalization, layer: Layer) -> Layer:
    """`layer(scale * (x - mean) / sqrt(var + epsilon) + bias)` as one dense layer, in float64 and rounded once.

    Raises:
        BBConvertError: the batch normalisation gives other sizes than the layer takes, or has a negative variance.
    """
    name, dense = layer
    mean, var, scale, bias = (part.astype(np.float64) for part in (batch.mean, batch.var, batch.scale, batch.bias))
    inputs = dense.weight.shape[1:]
    if any(part.shape != inputs for part in (mean, var, scale, bias)) or np.any(var < 0):
        raise BBConvertError(
            f"{path}: the batch normalisation {normalization} has a mean of shape {mean.shape} and a variance of shape "
            f"{var.shape}; {name} behind it takes {inputs}, and no variance is negative."
        )
    factor = scale / np.sqrt(var + batch.epsilon)
    weight = dense.weight.astype(np.float64)
    shift = weight @ (bias - factor * mean)
    return name, dense_layer(path, f"{name} behind {normalization}", weight * factor, dense.bias + shift)
