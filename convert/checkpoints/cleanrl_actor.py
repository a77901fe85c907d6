"""CleanRL's TD3, DDPG and SAC in torch: a tuple of state_dicts, the actor's first, the critics' behind it."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.checkpoints.cleanrl_ppo import EPSILON
from bbconvert.convert.checkpoints.tensors import Tensors, dense_layer, mlp_of, single
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import MLP, Float32, PolicyNetwork, Squash

_HEADS = {"fc_mu": "td3_continuous_action", "fc_mean": "sac_continuous_action"}
_SAC_DEVIATION = "fc_logstd"
"""SAC's standard deviation depends on the state: the deterministic policy has no use for it."""


def is_actor(tensors: Tensors) -> bool:
    """Whether the names are those of the class Actor."""
    return any(f"{head}.weight" in tensors for head in _HEADS)


def read_actor(path: Path, state_dicts: Sequence[Tensors]) -> Checkpoint:
    """The actor: `fc1`, `fc2`, …, ReLU after each, then `fc_mu` or `fc_mean`, tanh, `action_scale`, `action_bias`.

    Source: cleanrl/{td3,ddpg,sac}_continuous_action.py, class Actor. A critic values an observation with an action: it
    is not an estimate of the state's value, and stays behind.

    Raises:
        BBConvertError: layers that do not fit each other or their critic, or tensors that an actor does not have.
    """
    tensors, *critics = state_dicts
    head = next(head for head in _HEADS if f"{head}.weight" in tensors)
    actor = _layers(path, tensors, head)
    _check_critics(path, actor, critics)
    return Checkpoint(
        library="cleanrl",
        algorithm=_algorithm(path, head, len(critics)),
        network=PolicyNetwork(
            actor=actor,
            squash=Squash(
                scale=_per_action(path, tensors, "action_scale", actor.widths[-1]),
                bias=_per_action(path, tensors, "action_bias", actor.widths[-1]),
            ),
        ),
        normalizes=False,
        statistics=None,
        epsilon=EPSILON,
        clip=None,
    )


def _layers(path: Path, tensors: Tensors, head: str) -> MLP:
    weights = [name for name in tensors if re.fullmatch(r"fc[0-9]{1,6}\.weight", name)]
    hidden = sorted((name.removesuffix(".weight") for name in weights), key=lambda name: int(name.removeprefix("fc")))
    names = [*hidden, head]
    known = {f"{name}.{part}" for name in (*names, _SAC_DEVIATION) for part in ("weight", "bias")}
    others = [name for name in tensors if name not in {*known, "action_scale", "action_bias"}]
    if others:
        raise BBConvertError(
            f"{path}: {', '.join(others[:4])} is not of CleanRL's Actor, which has {', '.join(hidden)}, {head}, "
            "action_scale and action_bias: what plays with it is not known."
        )
    layers = [(name, dense_layer(path, name, tensors[f"{name}.weight"], tensors.get(f"{name}.bias"))) for name in names]
    return mlp_of(path, layers, "relu")


def _check_critics(path: Path, actor: MLP, critics: Sequence[Tensors]) -> None:
    """Each takes what the actor takes and what it gives."""
    expected = actor.inputs + actor.widths[-1]
    for critic in critics:
        weight = critic.get("fc1.weight")
        if weight is None or weight.ndim != 2 or weight.shape[1] != expected:
            got = "no fc1.weight" if weight is None else f"one whose fc1.weight has shape {tuple(weight.shape)}"
            raise BBConvertError(
                f"{path}: the actor maps {actor.inputs} numbers to {actor.widths[-1]}, so that its critic takes "
                f"{expected}; found {got}. They do not belong together: the file is not a CleanRL checkpoint."
            )


def _algorithm(path: Path, head: str, critics: int) -> str:
    """TD3 has two critics, DDPG one; an actor alone is told by the file's name."""
    single = critics == 1 or (critics == 0 and "ddpg" in path.stem.lower())
    return "ddpg_continuous_action" if head == "fc_mu" and single else _HEADS[head]


def _per_action(path: Path, tensors: Tensors, name: str, size: int) -> Float32 | None:
    """A buffer [n] or [envs, n], the same for every environment; None where an older script saved none."""
    buffer = tensors.get(name)
    if buffer is None:
        return None
    rows = buffer.reshape(-1, size) if buffer.size and buffer.size % size == 0 else None
    if rows is None or np.any(rows != rows[0]):
        raise BBConvertError(
            f"{path}: {name} has shape {tuple(buffer.shape)}, expected {size} numbers, one for each action."
        )
    return single(path, name, rows[0])
