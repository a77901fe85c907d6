"""The policies of Brax and MuJoCo Playground: PPO, SAC, ES, BC and ARS.

Sources: brax/training/networks.py, brax/training/distribution.py, brax/training/agents/*/networks.py.
"""

from itertools import count, takewhile
from pathlib import Path
from typing import NoReturn, get_args

import numpy as np

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints.brax_config import BraxConfig, read_config_beside
from bbconvert.convert.checkpoints.brax_file import MATRIX, BraxFile, load_brax
from bbconvert.convert.checkpoints.checkpoint import Checkpoint, ObservationStatistics, Unsaid
from bbconvert.convert.checkpoints.pickle_machine import MalformedPickleError
from bbconvert.convert.checkpoints.state_dict import UnsaidError
from bbconvert.convert.checkpoints.tensors import Tensors, dense_layer, listed, mlp_of, require_mlp, single
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import MLP, Dense, Float32, PolicyNetwork, Squash

_ACTIVATIONS = {"swish": "silu"} | {name: name for name in get_args(Activation) if name != "gelu"}
"""Flax's names, and ours. Flax's gelu approximates ours, and is not among them."""
_MEAN, _SPREAD = "Dense_0", "Dense_1"
_STD, _LOG_STD = "std_param/value", "std_logparam/log_value"
"""What `distribution_type="normal"` has behind its hidden layers: the mean, and one of three for the deviation."""
_STATE = "state"
"""What a policy sees where there are several observations, unless it was told another."""


def read_brax(path: Path, unsaid: Unsaid) -> Checkpoint:
    """The mean behind `(observation - mean) / std`; tanh of it, unless the distribution is `normal`.

    Brax does not stretch actions: the tanh is the action. A `*_network_config.json` beside the file is read, too.

    Raises:
        BBConvertError: damaged, a pickle that names more than arrays, or a network that is not an MLP.
        UnsaidError: the activation is not said. (PPO's, known by its value network, is taken to be silu.)
    """
    try:
        return _checkpoint(path, load_brax(path), unsaid, read_config_beside(path))
    except MalformedPickleError as error:
        _refuse(path, str(error))


def _checkpoint(path: Path, file: BraxFile, unsaid: Unsaid, said: BraxConfig) -> Checkpoint:
    require_mlp(path, file.policy)
    is_ars, is_normal = MATRIX in file.policy, f"{_MEAN}/kernel" in file.policy
    layers = _ars(path, file.policy) if is_ars else _layers(path, file.policy, is_normal=is_normal)
    if not is_ars and not is_normal:
        layers[-1] = _first_half(path, *layers[-1])
    algorithm = said.algorithm or ("ars" if is_ars else "ppo" if file.is_ppo else "unknown")
    assumed = "silu" if algorithm == "ppo" and unsaid.activation is None and said.activation is None else None
    activation = _activation(path, layers, unsaid.activation or said.activation or assumed)
    actor = mlp_of(path, layers, activation)
    output = unsaid.output or ("clip" if is_ars or is_normal or algorithm == "bc" else "tanh")
    ones = np.ones(actor.widths[-1], np.float32)
    statistics = _statistics(path, file, said, actor.inputs)
    notes = [f"A policy of Brax: {activation} between its layers; output: {output}."]
    if activation == assumed:
        notes.append(f"The file does not say its activation; {assumed} is Brax's own. Another: --activation NAME.")
    if statistics is not None and said.normalizes is None:
        notes.append("If it was trained without normalize_observations: --normalization none.")
    return Checkpoint(
        library="brax",
        algorithm=algorithm,
        network=PolicyNetwork(
            actor,
            squash=Squash(ones, 0 * ones) if output == "tanh" else None,
            log_std=_log_std(path, file.policy),
            critic=_critic(path, file, said, actor),
        ),
        normalizes=statistics is not None,
        statistics=statistics,
        epsilon=0.0,
        clip=None,
        notes=tuple(notes),
    )


def _layers(path: Path, arrays: Tensors, *, is_normal: bool) -> list[tuple[str, Dense]]:
    """`hidden_0`, `hidden_1`, …, and the mean behind them where it has a layer of its own."""
    start = "MLP_0/hidden_" if is_normal else "hidden_"
    names = list(takewhile(lambda name: f"{name}/kernel" in arrays, (f"{start}{place}" for place in count())))
    names += [_MEAN] if is_normal else []
    known = {f"{name}/{part}" for name in (*names, _SPREAD) for part in ("kernel", "bias")} | {_STD, _LOG_STD}
    others = {name: array for name, array in arrays.items() if name not in known}
    if others or not names:
        raise BBConvertError(
            f"{path} is not a plain MLP of Brax: found {listed(others, 4)}; expected {start}0/kernel, {start}0/bias "
            "and so on alone. Layer norms (layer_norm), images and latents are not converted."
        )
    return [(name, dense_layer(path, name, arrays[f"{name}/kernel"].T, arrays.get(f"{name}/bias"))) for name in names]


def _first_half(path: Path, name: str, layer: Dense) -> tuple[str, Dense]:
    """The means; the deviations stand behind them."""
    actions, odd = divmod(layer.bias.size, 2)
    if odd:
        _refuse(path, f"{name} gives {layer.bias.size} numbers, not a mean and a deviation for each action")
    return name, Dense(layer.weight[:actions], layer.bias[:actions])


def _ars(path: Path, arrays: Tensors) -> list[tuple[str, Dense]]:
    """The one matrix [observations, actions] of ARS."""
    weight = arrays[MATRIX].T
    return [(MATRIX, dense_layer(path, MATRIX, weight, np.zeros(weight.shape[:1])))]


def _activation(path: Path, layers: list[tuple[str, Dense]], name: str | None) -> Activation:
    if len(layers) == 1:
        return "linear"
    choices = ", ".join(name for name in _ACTIVATIONS if name != "swish")
    if name is None:
        widths = [layers[0][1].weight.shape[1], *(layer.bias.size for _, layer in layers)]
        raise UnsaidError(
            f"{path} holds a policy of Brax ({' → '.join(map(str, widths))}), and does not say what is between its "
            f"layers. Say it: bbconvert convert {path} --env ENV_ID --activation NAME; SAC and ES have relu and PPO "
            f"and BC silu, unless they are told another. Choices: {choices}.",
            widths,
        )
    if name not in _ACTIVATIONS:
        raise BBConvertError(f"{path}: Brax's {name[:40]} between the layers is not converted. Choices: {choices}.")
    activation: Activation = _ACTIVATIONS[name]
    return activation


def _statistics(path: Path, file: BraxFile, said: BraxConfig, size: int) -> ObservationStatistics | None:
    """What the policy's observation is normalised with; None where that changes nothing."""
    if said.normalizes is False:
        return None
    names, name = file.observations, None
    if names:
        name = said.policy_key or (names[0] if len(names) == 1 else _STATE)
        if name not in names:
            _refuse(path, f"it normalises {', '.join(names[:8])}, and its policy sees {name}")
    statistics = file.statistics(name)
    if statistics is not None and statistics.mean.size != size:
        of = f" of {name}" if name else ""
        _refuse(path, f"it normalises {statistics.mean.size} numbers{of}, and its network takes {size}")
    untouched = statistics is None or (not np.any(statistics.mean) and np.all(statistics.var == 1))
    return None if untouched else statistics


def _log_std(path: Path, arrays: Tensors) -> Float32 | None:
    """The logarithm of the deviation, where it does not depend on the observation."""
    if _LOG_STD in arrays:
        return single(path, _LOG_STD, arrays[_LOG_STD])
    deviation = arrays.get(_STD)
    return None if deviation is None or np.any(deviation <= 0) else single(path, _STD, np.log(deviation))


def _critic(path: Path, file: BraxFile, said: BraxConfig, actor: MLP) -> MLP | None:
    """The value network, where it is an MLP that sees what the policy sees."""
    if not file.value or not all(name.startswith("hidden_") for name in file.value):
        return None
    if len(file.observations) > 1 and (said.value_key is None or said.value_key != said.policy_key):
        return None
    require_mlp(path, file.value)
    critic = mlp_of(path, _layers(path, file.value, is_normal=False), actor.activation)
    return critic if (critic.inputs, critic.widths[-1]) == (actor.inputs, 1) else None


def _refuse(path: Path, why: str) -> NoReturn:
    raise BBConvertError(
        f"{path} does not hold the parameters of a policy of Brax, or is damaged ({why}). Expected what "
        "brax.io.model.save_params writes: a pickle of the observations' statistics, the policy and, of PPO, its value "
        "network."
    )
