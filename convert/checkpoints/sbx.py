"""SBX's policies (Stable-Baselines in JAX): flax modules in a pickle, which stands in the `data` of the zip.

Source: github.com/araffin/sbx (0.28), sbx/common/policies.py and sbx/{ppo,td3,crossq}/policies.py.
"""

import base64
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from bbconvert.convert.checkpoints.pickle_machine import ForbiddenGlobalError, MalformedPickleError, read_pickle
from bbconvert.convert.checkpoints.sb3_networks import ENVIRONMENT_BOUNDS
from bbconvert.convert.checkpoints.sbx_module import described_object, refuse, sbx_module
from bbconvert.convert.checkpoints.tensors import single
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import PolicyNetwork, Squash

_PACKAGES = {
    *("sbx", "flax", "jax", "jaxlib", "optax", "chex", "ml_dtypes", "numpy", "gymnasium", "stable_baselines3"),
    *("cloudpickle", "collections", "functools", "_functools", "inspect", "operator", "_operator", "types", "typing"),
}
_BUILTINS = {
    *("Ellipsis", "bool", "bytes", "classmethod", "complex", "dict", "float", "frozenset", "getattr", "int", "list"),
    *("object", "property", "set", "slice", "staticmethod", "str", "tuple", "type"),
}


@dataclass(frozen=True)
class _Actor:
    """What a class of actors has behind its hidden layers.

    Args:
        squash: how the mean becomes an action.
        deviation: a second dense layer gives a deviation that depends on the state.
        log_std: the logarithm of a deviation that does not is a parameter [m].
    """

    squash: Squash | None
    deviation: bool = False
    log_std: bool = False


_SQUASHED_GAUSSIAN = _Actor(ENVIRONMENT_BOUNDS, deviation=True)
_ACTORS = {
    "sbx.ppo.policies.Actor": _Actor(None, log_std=True),
    "sbx.td3.policies.Actor": _Actor(ENVIRONMENT_BOUNDS),
    "sbx.common.policies.SquashedGaussianActor": _SQUASHED_GAUSSIAN,
    "sbx.sac.policies.Actor": _SQUASHED_GAUSSIAN,
    "sbx.tqc.policies.Actor": _SQUASHED_GAUSSIAN,
    "sbx.crossq.policies.Actor": _SQUASHED_GAUSSIAN,
}
"""By the actor's class; SAC's and TQC's own are those of SBX before 0.20."""
_CRITIC = "sbx.ppo.policies.Critic"


def sbx_network(path: Path, data: dict[str, Any]) -> PolicyNetwork:
    """The policy in the pickle under `policy`, with PPO's critic.

    Through cloudpickle, JAX's functions are pickled with all that they refer to: some two hundred names, which change
    with every release. The machine imports and calls none of them, so that a list of names would not be safer, and
    would refuse sound files. A name is therefore expected by its package; another one is refused by name.

    Args:
        path: the zip, for the messages.
        data: what its `data` says.

    Raises:
        BBConvertError: damaged, a pickle that names something else, or not an MLP that bbconvert can play.
    """
    try:
        described = read_pickle(BytesIO(_pickled(path, data)), _is_expected)
        _, policy = described_object(path, "policy", described)
        return _network(path, policy)
    except ForbiddenGlobalError as error:
        raise BBConvertError(
            f"{path}: its policy is a pickle that asks to call {str(error)[:80]}, and was not loaded: nothing in it "
            "ran. A policy of SBX needs what belongs to SBX, JAX, flax and optax only."
        ) from error
    except MalformedPickleError as error:
        refuse(path, str(error))


def _is_expected(name: str) -> bool:
    package, _, rest = name.partition(".")
    return rest in _BUILTINS if package == "builtins" else package in _PACKAGES


def _pickled(path: Path, data: dict[str, Any]) -> bytes:
    policy = data.get("policy")
    text = policy.get(":serialized:") if isinstance(policy, dict) else None
    if not isinstance(text, str):
        refuse(path, "its data has no pickled policy")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        refuse(path, "its pickled policy is not in base64")


def _network(path: Path, policy: dict[Any, Any]) -> PolicyNetwork:
    actor = sbx_module(path, policy, "actor")
    if actor.kind not in _ACTORS:
        raise BBConvertError(
            f"{path} is not a continuous-control MLP that bbconvert knows: its actor is {actor.kind}. Of SBX, "
            "bbconvert reads the MlpPolicy of PPO, SAC, TD3, DDPG, TQC and CrossQ; SimbaPolicy and one's own classes "
            "are not converted."
        )
    kind = _ACTORS[actor.kind]
    mean = actor.mlp(deviation=kind.deviation, log_std=kind.log_std)
    critic = sbx_module(path, policy, "vf") if "vf" in policy else None
    return PolicyNetwork(
        actor=mean,
        squash=kind.squash,
        log_std=single(path, "log_std", actor.array("log_std", actor.params["log_std"])) if kind.log_std else None,
        critic=critic.mlp() if critic is not None and critic.kind == _CRITIC else None,
    )
