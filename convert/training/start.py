"""Starting from a policy that exists: its weights and statistics put into an untrained model."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import MLP
from bbconvert.convert.training.algorithms import ALGORITHMS
from bbconvert.convert.training.environments import statistics_of
from bbconvert.convert.training.mirror import twofold
from bbconvert.convert.training.recipe import Recipe
from bbconvert.mjcf.mirror import Mirror

if TYPE_CHECKING:
    import torch
    from stable_baselines3.common.base_class import BaseAlgorithm

FIXED = 1e12
"""A count of observations that outweighs whatever training adds: the statistics stay as they are."""


def start_from(model: "BaseAlgorithm", recipe: Recipe, path: Path, mirror: Mirror | None) -> None:
    """Puts the checkpoint's actor, critic and statistics into a fresh PPO or GRPO; log std is the recipe's own.

    Behind a mirror, a network of half the recipe's widths becomes both halves.

    Raises:
        BBConvertError: the algorithm has no such layers, or the checkpoint's have other sizes.
    """
    if not ALGORITHMS[recipe.algo].on_policy:
        raise BBConvertError(f"init: only ppo and grpo start from a checkpoint, not {recipe.algo}.")
    checkpoint = read_checkpoint(path)
    if mirror is not None and [2 * width for width in checkpoint.network.actor.widths[:-1]] == model.policy.net_arch:
        checkpoint = twofold(checkpoint, mirror)
    state = model.policy.state_dict()
    _put(state, checkpoint.network.actor, "mlp_extractor.policy_net", "action_net", path)
    if checkpoint.network.critic is not None:
        _put(state, checkpoint.network.critic, "mlp_extractor.value_net", "value_net", path)
    model.policy.load_state_dict(state)
    _put_statistics(model, recipe, checkpoint)


def _put(state: "dict[str, torch.Tensor]", mlp: MLP, hidden: str, last: str, path: Path) -> None:
    import torch

    names = [f"{hidden}.{2 * i}" for i in range(len(mlp.layers) - 1)] + [last]
    expected = {name for name in state if name.startswith((f"{hidden}.", f"{last}."))}
    arrays = {
        f"{name}.{part}": getattr(layer, part)
        for name, layer in zip(names, mlp.layers, strict=True)
        for part in ("weight", "bias")
    }
    if arrays.keys() != expected or any(state[name].shape != array.shape for name, array in arrays.items()):
        raise BBConvertError(
            f"init: {path} has layers of {[mlp.inputs, *mlp.widths]} numbers, the recipe's policy has others. "
            "Set policy.net_arch to the hidden ones."
        )
    for name, array in arrays.items():
        state[name] = torch.from_numpy(np.array(array))


def _put_statistics(model: "BaseAlgorithm", recipe: Recipe, checkpoint: Checkpoint) -> None:
    normalizer, statistics = statistics_of(model.get_env()), checkpoint.statistics
    if normalizer is None:
        return
    if statistics is None:
        if recipe.normalize == "frozen":
            raise BBConvertError("normalize: frozen needs an init that has observation statistics; this one has none.")
        return
    normalizer.obs_rms.mean[:] = statistics.mean
    normalizer.obs_rms.var[:] = statistics.var
    normalizer.obs_rms.count = FIXED if recipe.normalize == "frozen" else statistics.count
    normalizer.epsilon = checkpoint.epsilon
    normalizer.clip_obs = np.inf if checkpoint.clip is None else checkpoint.clip
