"""CleanRL's torch checkpoints: `ppo_continuous_action.py` and its relatives."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from convert.checkpoints.checkpoint import Checkpoint, ObservationStatistics
from convert.checkpoints.torch_file import load_tensors
from convert.errors import BBConvertError
from convert.network import MLP, Activation, Dense, PolicyNetwork

EPSILON = 1e-8
"""`gymnasium.wrappers.NormalizeObservation`'s default, which CleanRL keeps."""
CLIP = 10.0
"""CleanRL's `TransformObservation(lambda obs: np.clip(obs, -10, 10))`."""

_STATISTICS = ("obs_rms.mean", "obs_rms.var", "obs_rms.count")


def read_cleanrl(path: Path) -> Checkpoint:
    """Reads a PPO or RPO agent: `actor_mean.{0,2,4}`, `critic.{0,2,4}`, `actor_logstd`, and `obs_rms.*` where present.

    Source: cleanrl/ppo_continuous_action.py, class Agent.

    Raises:
        BBConvertError: the file is no such checkpoint; the message says what it has instead.
    """
    loaded = load_tensors(path)
    tensors = _state_dict(path, loaded)
    actor = _mlp(path, tensors, "actor_mean", "tanh")
    if actor is None:
        names = ", ".join(sorted(tensors)[:8]) or "nothing"
        raise BBConvertError(
            f"{path} is no policy that this version reads: expected CleanRL PPO's actor_mean.0.weight, "
            f"actor_mean.0.bias, …; found {names}. See what a file has with: bbconvert inspect {path}"
        )
    critic = _mlp(path, tensors, "critic", "tanh")
    if critic is not None and (critic.inputs != actor.inputs or critic.widths[-1] != 1):
        raise BBConvertError(
            f"{path}: the critic maps {critic.inputs} numbers to {critic.widths[-1]}, expected {actor.inputs} to 1."
        )
    log_std = tensors.get("actor_logstd")
    if log_std is not None and log_std.size != actor.widths[-1]:
        raise BBConvertError(
            f"{path}: actor_logstd has {log_std.size} numbers, expected {actor.widths[-1]}, one for each action."
        )
    return Checkpoint(
        library="cleanrl",
        algorithm="ppo_continuous_action",
        network=PolicyNetwork(
            actor=actor,
            log_std=None if log_std is None else log_std.reshape(-1).astype(np.float32),
            critic=critic,
        ),
        normalizes=True,
        statistics=_statistics(path, tensors, actor.inputs),
        epsilon=EPSILON,
        clip=CLIP,
    )


def _state_dict(path: Path, loaded: Any) -> dict[str, NDArray[Any]]:
    """Names to arrays; refuses what is no state_dict, and weights that are not finite."""
    if isinstance(loaded, (tuple, list)) and loaded and isinstance(loaded[0], dict):
        keys = ", ".join(list(loaded[0])[:4])
        raise BBConvertError(
            f"{path} is a tuple of state_dicts ({keys}, …), as CleanRL's TD3, DDPG and SAC save it. This version reads "
            "CleanRL's ppo_continuous_action and rpo_continuous_action checkpoints."
        )
    if not isinstance(loaded, dict) or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise BBConvertError(
            f"{path} holds a {type(loaded).__name__}, expected a state_dict (names to tensors) such as "
            "torch.save(agent.state_dict(), path) writes."
        )
    arrays = {str(name): tensor.detach().cpu().numpy() for name, tensor in loaded.items()}
    broken = [name for name, array in arrays.items() if not np.all(np.isfinite(array))]
    if broken:
        bad = arrays[broken[0]]
        raise BBConvertError(
            f"{path}: {broken[0]} has {int(np.sum(~np.isfinite(bad)))} weights of {bad.size} that are NaN or infinite"
            f"{f' (and {len(broken) - 1} more tensors)' if len(broken) > 1 else ''}: the training diverged. Take an "
            "earlier checkpoint."
        )
    return arrays


def _mlp(path: Path, tensors: dict[str, NDArray[Any]], prefix: str, activation: Activation) -> MLP | None:
    """The `torch.nn.Sequential` of that prefix (Linear at even places, activations between), or None."""
    numbers = sorted(
        int(name.split(".")[1]) for name in tensors if name.startswith(f"{prefix}.") and name.endswith(".weight")
    )
    if not numbers:
        return None
    layers: list[Dense] = []
    for number in numbers:
        weight, bias = tensors[f"{prefix}.{number}.weight"], tensors.get(f"{prefix}.{number}.bias")
        if weight.ndim != 2 or bias is None or bias.shape != weight.shape[:1]:
            got = "none" if bias is None else str(bias.shape)
            raise BBConvertError(
                f"{path}: {prefix}.{number} is no dense layer: weight {weight.shape}, bias {got}; expected a weight "
                "(outputs, inputs) and a bias (outputs,)."
            )
        if layers and layers[-1].weight.shape[0] != weight.shape[1]:
            raise BBConvertError(
                f"{path}: {prefix}.{number} takes {weight.shape[1]} numbers, but the layer before it gives "
                f"{layers[-1].weight.shape[0]}."
            )
        layers.append(Dense(weight.astype(np.float32), bias.astype(np.float32)))
    return MLP(tuple(layers), activation)


def _statistics(path: Path, tensors: dict[str, NDArray[Any]], size: int) -> ObservationStatistics | None:
    present = [name for name in _STATISTICS if name in tensors]
    if not present:
        return None
    if len(present) < len(_STATISTICS):
        missing = ", ".join(name for name in _STATISTICS if name not in tensors)
        raise BBConvertError(f"{path} has {', '.join(present)} but not {missing}: its statistics are incomplete.")
    mean, var, count = (tensors[name].astype(np.float64).reshape(-1) for name in _STATISTICS)
    if mean.size != size or var.size != size or np.any(var < 0):
        raise BBConvertError(
            f"{path}: obs_rms.mean and obs_rms.var have {mean.size} and {var.size} numbers, expected {size}, the "
            "variances not negative."
        )
    return ObservationStatistics(mean, var, float(count[0]))
