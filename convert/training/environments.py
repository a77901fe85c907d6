"""A recipe's environments: many at once, monitored and normalised."""

import importlib
import signal
from collections.abc import Callable
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, cast

import gymnasium

import bbconvert.mjcf.registration  # noqa: F401  # registers our environments, in the workers too
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.training.algorithms import ALGORITHMS
from bbconvert.convert.training.recipe import Recipe, WrapperSpec

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv, VecNormalize

_PRELOADED = ["bbconvert.convert.training.environments", "stable_baselines3.common.vec_env", "gymnasium.envs.mujoco"]
"""What the server that workers are forked from imports once, instead of each worker for itself."""


def make_environment(recipe: Recipe) -> gymnasium.Env[Any, Any]:
    """One environment in its wrappers.

    Raises:
        BBConvertError: there is no such environment, module or wrapper, or an argument is refused.
    """
    try:
        env = gymnasium.make(recipe.env, disable_env_checker=True, **recipe.env_kwargs)
    except (ImportError, TypeError, ValueError, AssertionError, gymnasium.error.Error) as error:
        raise BBConvertError(f"Gymnasium cannot build {recipe.env}: {error}. See: bbconvert envs") from error
    for spec in recipe.wrappers:
        wrapper = _wrapper_class(spec)
        try:
            env = wrapper(env, **spec.kwargs)
        except (TypeError, ValueError) as error:
            raise BBConvertError(f"The wrapper {spec.wrapper} refuses its arguments: {error}.") from error
    return env


def make_environments(recipe: Recipe) -> "VecEnv":
    """All of them, stepped together, in processes of their own where the recipe wants it; one alone needs none."""
    from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecMonitor

    make_environment(recipe).close()  # what is wrong with the recipe is said here, not by a process that died of it

    def build() -> gymnasium.Env[Any, Any]:
        return make_environment(recipe)

    if recipe.envs == 1 or not recipe.processes:
        return VecMonitor(DummyVecEnv([build] * recipe.envs))
    get_context("forkserver").set_forkserver_preload(_PRELOADED)
    return VecMonitor(SubprocVecEnv([_in_worker(build)] * recipe.envs, start_method="forkserver"))


def normalized(recipe: Recipe, env: "VecEnv") -> "VecEnv":
    """Behind running statistics, where the recipe or its algorithm wants them."""
    from stable_baselines3.common.vec_env import VecNormalize

    algorithm = ALGORITHMS[recipe.algo]
    if not (algorithm.normalizes if recipe.normalize is None else recipe.normalize):
        return env
    gamma = recipe.hyperparameters.get("gamma", 0.99)
    return VecNormalize(env, norm_reward=algorithm.normalizes_reward, gamma=gamma)


def statistics_of(env: "VecEnv") -> "VecNormalize | None":
    """The running statistics around the environments, where there are any."""
    from stable_baselines3.common.vec_env import VecNormalize

    return env if isinstance(env, VecNormalize) else None


def _in_worker(build: Callable[[], gymnasium.Env[Any, Any]]) -> Callable[[], gymnasium.Env[Any, Any]]:
    def start() -> gymnasium.Env[Any, Any]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent alone answers it
        return build()

    return start


def _wrapper_class(spec: WrapperSpec) -> "Callable[..., gymnasium.Env[Any, Any]]":
    module, _, name = spec.wrapper.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise BBConvertError(f"There is no wrapper {spec.wrapper}: {error}.") from error
    return cast("Callable[..., gymnasium.Env[Any, Any]]", found)
