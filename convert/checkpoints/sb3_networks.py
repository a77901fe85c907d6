"""From a Stable-Baselines3 policy's state_dict to the network that plays, one function per family of policies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.errors import BBConvertError
from convert.network import MLP, Activation, Dense, PolicyNetwork, Squash

Tensors = Mapping[str, NDArray[Any]]

ENVIRONMENT_BOUNDS = Squash(scale=None, bias=None)
"""`unscale_action`: tanh, stretched to the bounds of the action space."""
CLIP_MEAN = 2.0
"""The bound of the mean under gSDE where `policy_kwargs` do not say `clip_mean`."""
BATCH_NORM_EPS = 0.001
"""CrossQ's, where `policy_kwargs` do not say `batch_norm_eps`."""


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


def actor_critic(tensors: Tensors, arguments: PolicyArguments) -> PolicyNetwork:
    """PPO, A2C, TRPO: layers shared by both in old versions, then `policy_net` and `action_net`, clipped.

    Source: stable_baselines3/common/policies.py, class ActorCriticPolicy.
    """
    shared = _sequential(tensors, "mlp_extractor.shared_net")
    actor = [*shared, *_sequential(tensors, "mlp_extractor.policy_net"), _dense(tensors, "action_net")]
    critic = [*shared, *_sequential(tensors, "mlp_extractor.value_net"), _dense(tensors, "value_net")]
    log_std = tensors.get("log_std")
    return PolicyNetwork(
        actor=_mlp(actor, arguments.activation),
        squash=ENVIRONMENT_BOUNDS if arguments.squash_output else None,
        # Under gSDE it has a row for each feature: the deviation depends on the state.
        log_std=log_std.astype(np.float32) if log_std is not None and log_std.ndim == 1 else None,
        critic=_mlp(critic, arguments.activation),
    )


def gaussian_actor(tensors: Tensors, arguments: PolicyArguments) -> PolicyNetwork:
    """SAC, TQC and CrossQ: `latent_pi`, then the mean `mu`, which under gSDE is clipped before tanh.

    Source: stable_baselines3/sac/policies.py and sb3_contrib/crossq/policies.py, class Actor.
    """
    clipped = "actor.mu.0.weight" in tensors
    mean = "actor.mu.0" if clipped else "actor.mu"
    latent = _sequential(tensors, "actor.latent_pi", arguments.batch_norm_eps, followed_by=_dense(tensors, mean))
    return PolicyNetwork(
        actor=_mlp(latent, arguments.activation),
        squash=ENVIRONMENT_BOUNDS,
        pre_clip=arguments.clip_mean if clipped else None,
    )


def deterministic_actor(tensors: Tensors, arguments: PolicyArguments) -> PolicyNetwork:
    """TD3 and DDPG: `actor.mu` ends in tanh. Source: stable_baselines3/td3/policies.py, class Actor."""
    layers = _sequential(tensors, "actor.mu") or [_dense(tensors, "actor.mu.0")]
    return PolicyNetwork(actor=_mlp(layers, arguments.activation), squash=ENVIRONMENT_BOUNDS)


def random_search(tensors: Tensors, arguments: PolicyArguments) -> PolicyNetwork:
    """ARS: `action_net` alone, with or without biases. Source: sb3_contrib/ars/policies.py, class ARSPolicy."""
    layers = _sequential(tensors, "action_net") or [_dense(tensors, "action_net")]  # before 1.4 a bare layer
    squash = ENVIRONMENT_BOUNDS if arguments.squash_output else None
    return PolicyNetwork(actor=_mlp(layers, arguments.activation), squash=squash)


def _sequential(
    tensors: Tensors, prefix: str, batch_norm_eps: float = BATCH_NORM_EPS, followed_by: Dense | None = None
) -> list[Dense]:
    """The dense layers of a `torch.nn.Sequential` and the one that follows it.

    Each batch normalisation is folded into the dense layer behind it, which takes what it gives.
    """
    numbers = sorted({int(name.removeprefix(f"{prefix}.").split(".")[0]) for name in tensors if _within(name, prefix)})
    layers: list[Dense] = []
    normalization: str | None = None
    for number in numbers:
        name = f"{prefix}.{number}"
        if f"{name}.ra_mean" in tensors:
            normalization = name
            continue
        layers.append(_folded(tensors, normalization, _dense(tensors, name), batch_norm_eps))
        normalization = None
    if followed_by is not None:
        layers.append(_folded(tensors, normalization, followed_by, batch_norm_eps))
    return layers


def _within(name: str, prefix: str) -> bool:
    return name.startswith(f"{prefix}.") and name.removeprefix(f"{prefix}.").split(".")[0].isdigit()


def _dense(tensors: Tensors, name: str) -> Dense:
    weight = tensors.get(f"{name}.weight")
    if weight is None:
        raise BBConvertError(f"policy.pth has no {name}.weight; it has {', '.join(sorted(tensors)[:8]) or 'nothing'}")
    if weight.ndim != 2:
        raise BBConvertError(
            f"not a continuous-control MLP: {name}.weight has shape {weight.shape}, where a dense layer's is "
            "(outputs, inputs)"
        )
    bias = tensors.get(f"{name}.bias", np.zeros(weight.shape[0]))
    if bias.shape != weight.shape[:1]:
        raise BBConvertError(f"{name}.bias has shape {bias.shape}, expected {weight.shape[:1]}")
    return Dense(weight.astype(np.float32), bias.astype(np.float32))


def _folded(tensors: Tensors, normalization: str | None, layer: Dense, epsilon: float) -> Dense:
    """`layer(scale * (x - mean) / sqrt(var + epsilon) + bias)` as one dense layer, in float64 and rounded once."""
    if normalization is None:
        return layer
    parts = ("ra_mean", "ra_var", "scale", "bias")
    try:
        mean, var, scale, bias = (tensors[f"{normalization}.{part}"].astype(np.float64) for part in parts)
    except KeyError as error:
        raise BBConvertError(f"policy.pth has no {error.args[0]}: its batch normalisation is incomplete") from error
    inputs = layer.weight.shape[1:]
    if any(part.shape != inputs for part in (mean, var, scale, bias)) or np.any(var < 0):
        raise BBConvertError(f"{normalization} has statistics of shape {mean.shape}, expected {inputs}")
    factor = scale / np.sqrt(var + epsilon)
    weight = layer.weight.astype(np.float64)
    shift = weight @ (bias - factor * mean)
    return Dense((weight * factor).astype(np.float32), (layer.bias + shift).astype(np.float32))


def _mlp(layers: Sequence[Dense], activation: Activation) -> MLP:
    for before, after in pairwise(layers):
        given, taken = before.weight.shape[0], after.weight.shape[1]
        if given != taken:
            raise BBConvertError(f"its layers do not fit together: one gives {given} numbers, the next takes {taken}")
    return MLP(tuple(layers), activation)
