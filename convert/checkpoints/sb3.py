"""Checkpoints of Stable-Baselines3 and SBX: the `.zip` of `model.save()`, and the statistics beside it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.checkpoints.companions import STATISTICS, Companions, read_companions
from bbconvert.convert.checkpoints.sb3_archive import Sb3Archive, open_sb3
from bbconvert.convert.checkpoints.sb3_networks import (
    BATCH_NORM_EPS,
    CLIP_MEAN,
    PolicyArguments,
    actor_critic,
    deterministic_actor,
    gaussian_actor,
    random_search,
)
from bbconvert.convert.checkpoints.sbx import sbx_network
from bbconvert.convert.checkpoints.tensors import Tensors, require_mlp
from bbconvert.convert.checkpoints.vec_normalize import VecNormalize, read_vec_normalize
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import PolicyNetwork

EPSILON = 1e-8
CLIP = 10.0
"""`VecNormalize`'s defaults, for a checkpoint whose statistics are lost."""


@dataclass(frozen=True)
class _Family:
    """The policies of one module: how their network is built, and the activation unless `policy_kwargs` name one."""

    build: Callable[[Path, Tensors, PolicyArguments], PolicyNetwork]
    activation: Activation


_FAMILIES = {
    "stable_baselines3.common.policies": _Family(actor_critic, "tanh"),
    "stable_baselines3.sac.policies": _Family(gaussian_actor, "relu"),
    "stable_baselines3.td3.policies": _Family(deterministic_actor, "relu"),
    "sb3_contrib.tqc.policies": _Family(gaussian_actor, "relu"),
    "sb3_contrib.crossq.policies": _Family(gaussian_actor, "relu"),
    "sb3_contrib.ars.policies": _Family(random_search, "relu"),
}
_ACTIVATIONS: dict[str, Activation] = {
    "Tanh": "tanh",
    "ReLU": "relu",
    "ELU": "elu",
    "LeakyReLU": "leaky_relu",
    "Sigmoid": "sigmoid",
    "SELU": "selu",
    "SiLU": "silu",
    "GELU": "gelu",
    "Softplus": "softplus",
    "Identity": "linear",
}
_READS = (
    "bbconvert reads the MlpPolicy of PPO, A2C, TRPO, SAC, TD3, DDPG, TQC, CrossQ and ARS (LinearPolicy as well), and "
    "SBX's of PPO, SAC, TD3, DDPG, TQC and CrossQ."
)


def read_sb3(path: Path, vec_normalize: Path | None = None) -> Checkpoint:
    """Reads `model.save(path)`, with the `VecNormalize` given, or that found beside it.

    Raises:
        BBConvertError: damaged or unsafe, not a continuous-control MLP, or statistics that do not fit it.
    """
    archive = open_sb3(path)
    _require_vectors(path, archive.data)
    network = sbx_network(path, archive.data) if archive.is_sbx else _network(path, archive)
    companions = read_companions(path)
    notes = list(companions.unreadable)
    if companions.wrappers:
        notes.append(
            f"Training wrapped the environment in {', '.join(companions.wrappers)}, which bbconvert leaves out: the "
            "policy may see or do other things here."
        )
    normalization = _normalization(network, vec_normalize, companions, notes)
    lost = normalization is None and companions.normalizes is True
    statistics = normalization.statistics if normalization else None
    normalizes = lost or statistics is not None
    return Checkpoint(
        library="sbx" if archive.is_sbx else "stable-baselines3",
        algorithm=_algorithm(archive.data),
        network=network,
        normalizes=normalizes,
        statistics=statistics,
        epsilon=normalization.epsilon if normalization else EPSILON,
        clip=(normalization.clip if normalization else CLIP) if normalizes else None,
        notes=tuple(notes),
        env_kwargs=companions.env_kwargs,
        time_feature=companions.time_feature,
    )


def _network(path: Path, archive: Sb3Archive) -> PolicyNetwork:
    require_mlp(path, archive.tensors)
    family = _family(path, archive)
    return family.build(path, archive.tensors, _arguments(path, archive.data, family))


def _algorithm(data: dict[str, Any]) -> str:
    """The algorithm's name, from its policy's module and the attributes that it alone has."""
    module = data["policy_class"]["__module__"]
    if module == "stable_baselines3.common.policies":
        return "trpo" if "cg_max_steps" in data else "ppo" if "clip_range" in data else "a2c"
    if module in ("stable_baselines3.td3.policies", "sbx.td3.policies"):
        return "ddpg" if data.get("policy_delay") == 1 and data.get("target_noise_clip") == 0 else "td3"
    return str(module.split(".")[1])


def _require_vectors(path: Path, data: dict[str, Any]) -> None:
    """Refuses every space but vectors of numbers, in observation and action."""
    for name in ("observation_space", "action_space"):
        space = data.get(name)
        if not isinstance(space, dict):
            raise BBConvertError(f"{path} does not say its {name}: it is not a model of Stable-Baselines3, or damaged.")
        kind = _class_name(space.get(":type:"))
        shape = space.get("_shape", space.get("shape"))
        if kind != "Box" or not isinstance(shape, list) or len(shape) != 1:
            found = f"a {kind} of shape {shape}" if kind == "Box" else f"a {kind}"
            raise BBConvertError(
                f"{path} is not a continuous-control MLP: its {name} is {found}, expected a Box of shape [n]. {_READS}"
            )


def _family(path: Path, archive: Sb3Archive) -> _Family:
    policy = archive.data.get("policy_class")
    module = str(policy.get("__module__")) if isinstance(policy, dict) else "unknown"
    name = _policy_name(archive.data)
    if module not in _FAMILIES:
        raise BBConvertError(
            f"{path} is not a continuous-control MLP that bbconvert knows: its policy is {module}.{name}. {_READS}"
        )
    extractor = _class_name(_policy_kwargs(archive.data).get("features_extractor_class", "FlattenExtractor"))
    weights = [tensor for tensor in archive.tensors if "features_extractor." in tensor and "sde_" not in tensor]
    if extractor != "FlattenExtractor" or weights:
        what = extractor if extractor != "FlattenExtractor" else weights[0]
        raise BBConvertError(
            f"{path} is not a continuous-control MLP: {name} extracts features before its layers ({what}). {_READS}"
        )
    return _FAMILIES[module]


def _arguments(path: Path, data: dict[str, Any], family: _Family) -> PolicyArguments:
    kwargs = _policy_kwargs(data)
    activation = family.activation
    if "activation_fn" in kwargs:
        name = _class_name(kwargs["activation_fn"])
        if name not in _ACTIVATIONS:
            raise BBConvertError(f"{path}: its activation is {name}; bbconvert knows {', '.join(_ACTIVATIONS)}.")
        activation = _ACTIVATIONS[name]
    return PolicyArguments(
        activation=activation,
        squash_output=bool(kwargs.get("squash_output", _policy_name(data) == "ARSPolicy")),
        clip_mean=_positive(path, kwargs, "clip_mean", CLIP_MEAN),
        batch_norm_eps=_positive(path, kwargs, "batch_norm_eps", BATCH_NORM_EPS),
    )


def _positive(path: Path, kwargs: dict[str, Any], name: str, default: float) -> float:
    value = kwargs.get(name, default)
    if not isinstance(value, int | float) or not 0 < value < 1e9:
        raise BBConvertError(f"{path}: its policy_kwargs have {name}={value!r:.80}, expected a positive number.")
    return float(value)


def _policy_kwargs(data: dict[str, Any]) -> dict[str, Any]:
    kwargs = data.get("policy_kwargs")
    return kwargs if isinstance(kwargs, dict) else {}


def _policy_name(data: dict[str, Any]) -> str:
    """The policy's class: its name stands in the text of its constructor alone."""
    policy = data.get("policy_class")
    found = re.search(r"<function (\w+)\.", str(policy.get("__init__"))) if isinstance(policy, dict) else None
    return found.group(1) if found else "an unnamed class"


def _class_name(text: object) -> str:
    """`ReLU` of `<class 'torch.nn.modules.activation.ReLU'>`."""
    short = str(text)[:200]
    found = re.fullmatch(r"(?:<class ')?(?:[\w.]+\.)?(\w+)(?:'>)?", short)
    return found.group(1) if found else short


def _normalization(
    network: PolicyNetwork, given: Path | None, companions: Companions, notes: list[str]
) -> VecNormalize | None:
    """The statistics that play, and in `notes` where they come from or why there are none."""
    file = given or companions.vec_normalize
    if file is None:
        if companions.normalizes:
            notes.append(
                "Its config.yml says that training normalised observations, but their statistics are not beside it "
                f"({' or '.join(STATISTICS)}): they are estimated. Where you have them: --vec-normalize FILE."
            )
        return None
    if given is None and companions.normalizes is False:
        notes.append(f"{file.name} was left aside: config.yml says that training did not normalise observations.")
        return None
    normalization = read_vec_normalize(file)
    if normalization.statistics is None:
        notes.append(f"{file.name} normalises rewards alone: the policy sees raw observations.")
    elif normalization.statistics.mean.size != network.actor.inputs:
        raise BBConvertError(
            f"{file} does not belong to this policy: it has statistics of {normalization.statistics.mean.size} "
            f"numbers, the policy observes {network.actor.inputs}. Name the right file with --vec-normalize."
        )
    else:
        notes.append(f"Observation statistics read from {file.name}.")
    return normalization
