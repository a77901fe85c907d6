"""Checkpoints of the libraries that train legged robots: rsl_rl, skrl and rl_games save the policy among other things.

What they are is told by the names in them. Each normalises its observations in a way of its own.
Sources: rsl_rl 3.0 and 5.5 (modules/normalization.py), skrl 2.1 (RunningStandardScaler), rl_games 1.6 (RunningMeanStd).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.checkpoints.checkpoint import Checkpoint, ObservationStatistics, Unsaid
from bbconvert.convert.checkpoints.recurrent import MEMORY
from bbconvert.convert.checkpoints.state_dict import read_state_dict, without_memory
from bbconvert.convert.checkpoints.tensors import Tensors, listed, require_mlp, single
from bbconvert.convert.checkpoints.torch_file import TorchFile, dense_arrays, is_state_dict, mapping
from bbconvert.convert.errors import BBConvertError

Array = NDArray[Any]
_RSL_RL_EPSILON = 1e-2
_SKRL_EPSILON = 1e-8
_RL_GAMES_EPSILON = 1e-5
_CLIP = 5.0
"""Of skrl and of rl_games."""


def _of_deviation(parts: Mapping[str, Array]) -> Array:
    return (parts["_std"].astype(np.float64) + _RSL_RL_EPSILON) ** 2


def _of_root(parts: Mapping[str, Array]) -> Array:
    return (np.sqrt(parts["running_variance"].astype(np.float64)) + _SKRL_EPSILON) ** 2


def _plain(parts: Mapping[str, Array]) -> Array:
    return parts["running_var"].astype(np.float64)


@dataclass(frozen=True)
class _Layout:
    """Where a library keeps the parts of its policy.

    Args:
        library: its name.
        key: of the state_dict in which the policy stands.
        policy: names of its layers, and what is put in their place; a recurrent layer's become `MEMORY`.
        deviation: names of the standard deviation; one with `log` in it is its logarithm.
        beside: keys of the state_dict that holds the normaliser, where it has one of its own.
        inside: what the normaliser's names begin with, in the policy's state_dict.
        normalizer: its names: mean, variance or deviation, and count.
        variance: what, plus epsilon, is divided by the root of.
        epsilon, clip: see `Normalization`.
    """

    library: str
    key: str
    policy: tuple[tuple[str, str], ...]
    deviation: tuple[str, ...]
    beside: tuple[str, ...]
    inside: str | None
    normalizer: tuple[str, str, str]
    variance: Callable[[Mapping[str, Array]], Array]
    epsilon: float = 0.0
    clip: float | None = None


_LAYOUTS = (
    _Layout(
        library="rsl_rl",
        key="actor_state_dict",
        policy=((r"mlp\.", "actor."), (r"rnn\.rnn\.", MEMORY)),
        deviation=("distribution.std_param", "distribution.log_std_param"),
        beside=(),
        inside="obs_normalizer.",
        normalizer=("_mean", "_std", "count"),
        variance=_of_deviation,
    ),
    _Layout(
        library="rsl_rl",
        key="model_state_dict",
        policy=((r"actor\.", "actor."), (r"memory_a\.rnn\.", MEMORY)),
        deviation=("std", "log_std"),
        beside=("obs_norm_state_dict",),
        inside="actor_obs_normalizer.",
        normalizer=("_mean", "_std", "count"),
        variance=_of_deviation,
    ),
    _Layout(
        library="skrl",
        key="policy",
        policy=((r"net_container\.", "net_container."), (r"net\.", "net."), (r"policy_layer\.", "policy_layer.")),
        deviation=("log_std_parameter",),
        beside=("observation_preprocessor", "state_preprocessor"),
        inside=None,
        normalizer=("running_mean", "running_variance", "current_count"),
        variance=_of_root,
        clip=_CLIP,
    ),
    _Layout(
        library="rl_games",
        key="model",
        policy=((r"a2c_network\.actor_mlp\.", "actor_mlp."), (r"a2c_network\.mu\.", "mu.")),
        deviation=("a2c_network.log_sigma", "a2c_network.sigma"),
        beside=(),
        inside="running_mean_std.",
        normalizer=("running_mean", "running_var", "count"),
        variance=_plain,
        epsilon=_RL_GAMES_EPSILON,
        clip=_CLIP,
    ),
)
_COMPILED = "_orig_mod."
"""What torch.compile puts before every name."""
_LOGARITHM = re.compile(r"log|a2c_network\.sigma")
"""rl_games calls the logarithm of its deviation sigma."""


def read_training_checkpoint(path: Path, file: TorchFile, unsaid: Unsaid) -> Checkpoint | None:
    """The policy in a checkpoint of one of these libraries, behind its normaliser; None where it is none of theirs.

    Raises:
        BBConvertError: the policy is not an MLP, or one behind an LSTM or a GRU; or its normaliser is incomplete.
        UnsaidError: the activation was not said.
    """
    inside = mapping(file.value)
    if inside is None or unsaid.prefix is not None:
        return None
    for layout in _LAYOUTS:
        described = mapping(inside.get(layout.key))
        if described is None or not is_state_dict(described):
            continue
        arrays = {str(name).replace(_COMPILED, ""): value for name, value in dense_arrays(file, described).items()}
        tensors = {kept: arrays[name] for name in arrays if (kept := _renamed(layout, name)) is not None}
        if tensors and _is_whole(layout, inside, arrays):
            return _read(path, file, layout, inside, arrays, tensors, unsaid)
    return None


def _renamed(layout: _Layout, name: str) -> str | None:
    for pattern, place in layout.policy:
        match = re.match(pattern, name)
        if match is not None:
            return place + name[match.end() :]
    return None


def _is_whole(layout: _Layout, inside: Mapping[Any, Any], arrays: Tensors) -> bool:
    """Whether more than a name says that it is this library's: a policy may be called `policy` anywhere."""
    if layout.library == "rsl_rl":
        return "iter" in inside
    return any(name in arrays for name in layout.deviation)


def _read(
    path: Path,
    file: TorchFile,
    layout: _Layout,
    inside: Mapping[Any, Any],
    arrays: Tensors,
    tensors: Tensors,
    unsaid: Unsaid,
) -> Checkpoint:
    require_mlp(path, without_memory(tensors))
    checkpoint = read_state_dict(path, tensors, unsaid)
    network = checkpoint.network
    statistics = _statistics(path, file, layout, inside, arrays, network.inputs)
    deviation = next((name for name in layout.deviation if name in arrays), None)
    log_std = None
    if deviation is not None and arrays[deviation].shape == (network.actor.widths[-1],):
        numbers = arrays[deviation].astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithms = numbers if _LOGARITHM.search(deviation) else np.log(numbers)
        log_std = single(path, deviation, logarithms) if np.all(np.isfinite(logarithms)) else None
    return replace(
        checkpoint,
        library=layout.library,
        algorithm="ppo",
        network=replace(network, log_std=log_std),
        normalizes=statistics is not None,
        statistics=statistics,
        epsilon=layout.epsilon,
        clip=None if statistics is None else layout.clip,
        notes=(
            *checkpoint.notes,
            f"A checkpoint of {layout.library}, {'with' if statistics else 'without'} a normaliser.",
        ),
    )


def _statistics(
    path: Path, file: TorchFile, layout: _Layout, inside: Mapping[Any, Any], arrays: Tensors, size: int
) -> ObservationStatistics | None:
    """What the library normalises with, as a mean and a variance; None where it does not.

    Raises:
        BBConvertError: parts are missing, or are not of `size` numbers.
    """
    found: Tensors = {}
    for key in layout.beside:
        described = mapping(inside.get(key))
        if described is not None and is_state_dict(described):
            found = dense_arrays(file, {str(name): value for name, value in described.items()})
            break
    if not found and layout.inside is not None:
        start = layout.inside
        found = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
    if not found:
        return None
    mean, spread, count = layout.normalizer
    parts = {name: found[name].reshape(-1) for name in (mean, spread) if name in found}
    sizes = [part.size for part in parts.values()]
    if (
        sizes != [size, size]
        or not all(np.all(np.isfinite(part)) for part in parts.values())
        or parts[spread].min() < 0
    ):
        raise BBConvertError(
            f"{path} normalises its observations with {listed(found)}; expected {mean} and {spread} of {size} finite "
            "numbers each, the latter not negative."
        )
    counted = float(found[count].reshape(-1)[0]) if count in found and found[count].size == 1 else 0.0
    return ObservationStatistics(parts[mean].astype(np.float64), layout.variance(parts), counted)
