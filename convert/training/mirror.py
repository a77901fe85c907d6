"""Left and right: a policy held to act in the mirrored state as it does in the state, mirrored.

A body that is the same on both sides needs no two answers to one push. The network's hidden layers come in two halves,
each other's mirror image, and are put back into that form after every step of the optimiser, so that what is learnt on
one side holds on the other. The result is an ordinary network.
"""

import importlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import MLP, Dense
from bbconvert.convert.training.algorithms import ALGORITHMS
from bbconvert.convert.training.environments import make_environment
from bbconvert.convert.training.recipe import Recipe
from bbconvert.mjcf.mirror import Mirror, SignedPermutation

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm

Float64 = NDArray[np.float64]

_SAME = SignedPermutation(np.zeros(1, dtype=np.int64), np.ones(1))
"""Of one number that the mirror leaves alone: the value of a state."""


def mirror_of(recipe: Recipe) -> Mirror | None:
    """The recipe's mirror, made for its environment.

    Raises:
        BBConvertError: the algorithm has no such networks, there is no such function, or its mirror has other sizes.
    """
    if recipe.mirror is None:
        return None
    if not ALGORITHMS[recipe.algo].on_policy:
        raise BBConvertError(f"mirror: only ppo and grpo have one, not {recipe.algo}.")
    module, _, function = recipe.mirror.partition(":")
    env = make_environment(recipe)
    try:
        mirror: Mirror = getattr(importlib.import_module(module), function)(env)
    except (ImportError, AttributeError, KeyError, ValueError) as error:
        raise BBConvertError(f"The mirror {recipe.mirror} cannot be made: {error}.") from error
    finally:
        env.close()
    for what, space, part in (
        ("observation", env.observation_space, mirror.observation),
        ("action", env.action_space, mirror.action),
    ):
        if space.shape != part.order.shape:
            raise BBConvertError(
                f"The mirror {recipe.mirror} is for an {what} of {part.order.shape}, not of {space.shape}."
            )
    return mirror


def keep_symmetric(model: "BaseAlgorithm", mirror: Mirror) -> None:
    """Makes an on-policy model's actor and critic symmetric, and again after every step of the optimiser.

    Raises:
        BBConvertError: a hidden layer has no two halves.
    """
    policy: Any = model.policy
    actor = [*_dense(policy.mlp_extractor.policy_net), policy.action_net]
    critic = [*_dense(policy.mlp_extractor.value_net), policy.value_net]
    if any(layer.out_features % 2 for layer in (*actor[:-1], *critic[:-1])):
        raise BBConvertError("mirror: a hidden layer of policy.net_arch has an odd width, and so no two halves.")

    images = [*_images(actor, mirror.observation, mirror.action), *_images(critic, mirror.observation, _SAME)]

    def project(*_: Any) -> None:
        with torch.no_grad():
            for layer, outputs, inputs in images:
                _project(layer, outputs, inputs)
            policy.log_std.copy_((policy.log_std + policy.log_std[mirror.action.order]) / 2)

    project()
    policy.optimizer.register_step_post_hook(project)


def twofold(checkpoint: Checkpoint, mirror: Mirror) -> Checkpoint:
    """A symmetric network of twice the width: the mean of what the given one does and of its mirror image.

    The statistics become symmetric as well, and the first layer's weights take up the difference.
    """
    statistics = checkpoint.statistics
    if statistics is None:
        raise BBConvertError("mirror: an init without observation statistics cannot be made symmetric.")
    seen = mirror.observation
    image = seen.image(statistics.mean)
    mean = (statistics.mean + image) / 2
    var = (statistics.var + statistics.var[seen.order]) / 2 + ((statistics.mean - image) / 2) ** 2
    scale = np.sqrt((var + checkpoint.epsilon) / (statistics.var + checkpoint.epsilon))
    shift = (mean - statistics.mean) / np.sqrt(statistics.var + checkpoint.epsilon)

    def both(mlp: MLP, output: SignedPermutation) -> MLP:
        first, *hidden, last = mlp.layers
        weight, bias = first.weight * scale, first.bias + first.weight @ shift
        layers: list[tuple[Any, Any]] = [
            (np.vstack([weight, weight[:, seen.order] * seen.signs]), np.tile(bias, 2)),
            *((np.kron(np.eye(2), layer.weight), np.tile(layer.bias, 2)) for layer in hidden),
            (
                np.hstack([last.weight, last.weight[output.order] * output.signs[:, None]]) / 2,
                (last.bias + output.image(last.bias.astype(np.float64))) / 2,
            ),
        ]
        return MLP(tuple(Dense(w.astype(np.float32), b.astype(np.float32)) for w, b in layers), mlp.activation)

    network = checkpoint.network
    critic = None if network.critic is None else both(network.critic, _SAME)
    return replace(
        checkpoint,
        network=replace(network, actor=both(network.actor, mirror.action), critic=critic),
        statistics=replace(statistics, mean=mean, var=var),
    )


def _dense(network: nn.Sequential) -> list[nn.Linear]:
    return [layer for layer in network if isinstance(layer, nn.Linear)]


_Image = tuple[NDArray[np.int64], torch.Tensor]
"""A signed permutation's order, and its signs in the network's precision."""


def _images(
    layers: Sequence[nn.Linear], inputs: SignedPermutation, output: SignedPermutation
) -> list[tuple[nn.Linear, _Image, _Image]]:
    """Each layer with what the mirror does to its outputs and to its inputs."""
    between = [_halves_swapped(layer.out_features) for layer in layers[:-1]]
    sides = [(one.order, torch.from_numpy(one.signs).float()) for one in (inputs, *between, output)]
    return [(layer, sides[i + 1], sides[i]) for i, layer in enumerate(layers)]


def _project(layer: nn.Linear, outputs: _Image, inputs: _Image) -> None:
    """Puts the nearest symmetric weights in the place of the layer's own."""
    (rows, row_signs), (columns, column_signs) = outputs, inputs
    image = layer.weight[rows][:, columns] * row_signs[:, None] * column_signs
    layer.weight.copy_((layer.weight + image) / 2)
    layer.bias.copy_((layer.bias + layer.bias[rows] * row_signs) / 2)


def _halves_swapped(n: int) -> SignedPermutation:
    return SignedPermutation(np.roll(np.arange(n), n // 2), np.ones(n))
