"""CleanRL's PPO and RPO: `actor_mean.{0,2,4}`, `critic.{0,2,4}`, `actor_logstd`, and `obs_rms.*` where present."""

import re
from pathlib import Path

from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.checkpoints.tensors import Tensors, dense_layer, embedded_statistics, mlp_of, single
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import MLP, PolicyNetwork

EPSILON = 1e-8
"""`gymnasium.wrappers.NormalizeObservation`'s default, which CleanRL keeps."""
CLIP = 10.0
"""CleanRL's `TransformObservation(lambda obs: np.clip(obs, -10, 10))`."""


def is_ppo(tensors: Tensors) -> bool:
    """Whether the names are those of the class Agent."""
    return any(name.startswith("actor_mean.") for name in tensors)


def read_ppo(path: Path, tensors: Tensors) -> Checkpoint:
    """The agent; RPO's differs in its training alone, so that the file's name tells them apart.

    Source: cleanrl/ppo_continuous_action.py and cleanrl/rpo_continuous_action.py, class Agent.

    Raises:
        BBConvertError: layers, critic, deviation or statistics do not fit each other.
    """
    actor = _sequential(path, tensors, "actor_mean")
    if actor is None:
        raise BBConvertError(f"{path} has no actor_mean.0.weight, the first layer of CleanRL's PPO and RPO.")
    critic = _sequential(path, tensors, "critic")
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
        algorithm="rpo_continuous_action"
        if re.search(r"(^|[^a-z])rpo", path.stem.lower())
        else "ppo_continuous_action",
        network=PolicyNetwork(
            actor=actor,
            log_std=None if log_std is None else single(path, "actor_logstd", log_std.reshape(-1)),
            critic=critic,
        ),
        normalizes=True,
        statistics=embedded_statistics(path, tensors, actor.inputs),
        epsilon=EPSILON,
        clip=CLIP,
    )


def _sequential(path: Path, tensors: Tensors, prefix: str) -> MLP | None:
    """The `torch.nn.Sequential` of that prefix (Linear at even places, Tanh between), or None."""
    weight = re.compile(rf"{prefix}\.(0|[1-9][0-9]{{0,5}})\.weight")
    numbers = sorted(int(found[1]) for name in tensors if (found := weight.fullmatch(name)))
    layers = []
    for number in numbers:
        name = f"{prefix}.{number}"
        layers.append((name, dense_layer(path, name, tensors[f"{name}.weight"], tensors.get(f"{name}.bias"))))
    return mlp_of(path, layers, "tanh") if layers else None
