"""The algorithms by name, and the model that a recipe describes."""

import importlib
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.training.recipe import Recipe

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm
    from stable_baselines3.common.vec_env import VecEnv

INSTALL = "pip install 'bbconvert[train]'"

_OURS = {"self", "policy", "env", "seed", "policy_kwargs", "tensorboard_log", "verbose", "device", "_init_setup_model"}
"""What a recipe says elsewhere, or not at all."""


@dataclass(frozen=True)
class Algorithm:
    """An algorithm of Stable-Baselines3's kind.

    Args:
        module, name: of its class.
        normalizes: observations, unless the recipe says otherwise. On-policy methods want it; off-policy ones replay
            observations that older statistics stood for.
        normalizes_reward: where it normalises observations; GRPO compares rewards within a group already.
        on_policy: it has one actor with a Gaussian, laid out as PPO's, that a checkpoint can initialise.
    """

    module: str
    name: str
    normalizes: bool
    normalizes_reward: bool
    on_policy: bool

    def load(self) -> "type[BaseAlgorithm]":
        """Its class, imported now."""
        found: type[BaseAlgorithm] = getattr(importlib.import_module(self.module), self.name)
        return found


ALGORITHMS = {
    "ppo": Algorithm("stable_baselines3", "PPO", normalizes=True, normalizes_reward=True, on_policy=True),
    "grpo": Algorithm(
        "bbconvert.convert.training.grpo", "GRPO", normalizes=True, normalizes_reward=False, on_policy=True
    ),
    "sac": Algorithm("stable_baselines3", "SAC", normalizes=False, normalizes_reward=False, on_policy=False),
    "td3": Algorithm("stable_baselines3", "TD3", normalizes=False, normalizes_reward=False, on_policy=False),
    "tqc": Algorithm("sb3_contrib", "TQC", normalizes=False, normalizes_reward=False, on_policy=False),
}


def require_library() -> None:
    """Raises BBConvertError, with the command that installs them, where the extra's packages are missing."""
    try:
        import sb3_contrib  # noqa: F401
        import stable_baselines3  # noqa: F401
    except ImportError as error:
        raise BBConvertError(f"Training needs Stable-Baselines3 ({error}). Install it with: {INSTALL}") from error


def make_model(recipe: Recipe, env: "VecEnv", tensorboard: str | None) -> "BaseAlgorithm":
    """The untrained model of a recipe.

    Raises:
        BBConvertError: a hyperparameter that the algorithm does not take, or a value that it refuses.
    """
    algorithm = ALGORITHMS[recipe.algo].load()
    taken = [name for name in inspect.signature(algorithm.__init__).parameters if name not in _OURS]
    unknown = [name for name in recipe.hyperparameters if name not in taken]
    if unknown:
        raise BBConvertError(
            f"{algorithm.__name__} has no hyperparameter {', '.join(map(repr, unknown))}. It has: {', '.join(taken)}."
        )
    try:
        return algorithm(
            "MlpPolicy",
            env,
            seed=recipe.seed,
            device="cpu",
            tensorboard_log=tensorboard,
            policy_kwargs=_policy_kwargs(recipe.policy),
            **{name: _schedule(name, value) for name, value in recipe.hyperparameters.items()},
        )
    except (TypeError, ValueError, AssertionError) as error:
        raise BBConvertError(f"{algorithm.__name__} refuses the recipe's hyperparameters or policy: {error}") from error


def _schedule(name: str, value: Any) -> Any:
    """`lin_0.001`, as RL Zoo writes it: from there to nothing, in step with the training's progress."""
    from stable_baselines3.common.utils import LinearSchedule

    if not isinstance(value, str) or not value.startswith("lin_"):
        return value
    try:
        return LinearSchedule(float(value.removeprefix("lin_")), 0.0, 1.0)
    except ValueError as error:
        raise BBConvertError(f"hyperparameters.{name} is {value!r}; after lin_ comes a number.") from error


def _policy_kwargs(policy: dict[str, Any]) -> dict[str, Any]:
    from torch import nn

    activations = {"tanh": nn.Tanh, "relu": nn.ReLU, "elu": nn.ELU}
    kwargs = dict(policy)
    if (name := kwargs.pop("activation", None)) is not None:
        if name not in activations:
            raise BBConvertError(f"policy.activation is {name!r}; the choices are {', '.join(activations)}.")
        kwargs["activation_fn"] = activations[name]
    return kwargs
