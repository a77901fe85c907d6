"""What an environment is made of: built by Gymnasium, described by mjcf/ and observation/."""

import difflib
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import gymnasium
import mujoco
import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray

import mjcf.registration  # noqa: F401  # registers our environments
from convert.errors import BBConvertError
from convert.manifest import Environment
from convert.time_feature import TimeFeatureWrapper
from mjcf.catalogue import BUILT_AS, DYNAMICS
from observation.catalogue import OBSERVATIONS
from observation.extractor import ObservationExtractor
from observation.spec import ObservationSpec, ObservationTerm

Env = gymnasium.Env[NDArray[np.float64], NDArray[np.float32]]


@dataclass(frozen=True)
class EnvironmentSpec:
    """An environment as the manifest tells it, with the model it was read from.

    Args:
        env: the manifest's `env` section.
        observation: the manifest's `observation` section.
        term_sizes: how many numbers each of its terms has.
        action_low, action_high: [m] float32, the action space's bounds.
        action_names: the actuators', in order.
        scene: the source XML.
        model: the compiled MuJoCo model.
    """

    env: Environment
    observation: ObservationSpec
    term_sizes: list[int]
    action_low: NDArray[np.float32]
    action_high: NDArray[np.float32]
    action_names: list[str]
    scene: Path
    model: mujoco.MjModel


def known_environments() -> list[str]:
    """The ids that bbconvert has data for, those that Gymnasium builds under another id included."""
    return sorted({*DYNAMICS, *BUILT_AS})


def rebuild_environment(env: Environment) -> Env:
    """What the manifest's `env` section describes: Gymnasium's environment in its wrappers.

    Raises:
        BBConvertError: as `make_environment`.
    """
    made = make_environment(env.id, env.kwargs)
    for _ in env.wrappers:
        made = TimeFeatureWrapper(made)
    return made


def make_environment(env_id: str, kwargs: dict[str, Any]) -> Env:
    """What `gymnasium.make(env_id, **kwargs)` gives, for an id that Gymnasium builds.

    Raises:
        BBConvertError: bbconvert does not know the environment, or Gymnasium refuses the arguments.
    """
    _require_known(env_id)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "out of date": the version is the checkpoint's, not ours to choose
            return gymnasium.make(env_id, disable_env_checker=True, **kwargs)
    except (TypeError, ValueError, AssertionError, gymnasium.error.Error) as error:
        arguments = ", ".join(f"{name}={value!r}" for name, value in kwargs.items()) or "no arguments"
        raise BBConvertError(f"Gymnasium cannot build {env_id} with {arguments}: {error}") from error


def mujoco_env(env: gymnasium.Env[Any, Any]) -> MujocoEnv:
    """The MuJoCo environment inside the wrappers."""
    return cast("MujocoEnv", env.unwrapped)


def environment_spec(env_id: str, kwargs: dict[str, Any], *, time_feature: bool = False) -> EnvironmentSpec:
    """Reads sizes, names and bounds off the built environment, and its observation and dynamics from the catalogues.

    Args:
        env_id: as the policy's author wrote it; Gymnasium may build it under another id (`BUILT_AS`).
        kwargs: of the constructor.
        time_feature: training wrapped it in sb3_contrib's `TimeFeatureWrapper`.

    Raises:
        BBConvertError: as `make_environment`.
    """
    _require_known(env_id)
    built_id, built_kwargs = BUILT_AS.get(env_id, (env_id, {}))
    kwargs = {**built_kwargs, **kwargs}
    made = make_environment(built_id, kwargs)
    try:
        unwrapped = mujoco_env(made)
        model = unwrapped.model
        actions = cast("gymnasium.spaces.Box", unwrapped.action_space)
        dynamics = DYNAMICS[built_id](unwrapped.init_qpos.tolist(), unwrapped.init_qvel.tolist(), kwargs)
        terms = OBSERVATIONS[built_id](kwargs)
        max_episode_steps = None if made.spec is None else made.spec.max_episode_steps
        if time_feature:
            terms.append(
                ObservationTerm(name="time_left", source="time_left", period=unwrapped.dt, steps=max_episode_steps)
            )
        env = Environment(
            id=built_id,
            kwargs=kwargs,
            wrappers=["TimeFeatureWrapper"] if time_feature else [],
            trained_on=env_id,
            frame_skip=unwrapped.frame_skip,
            timestep=model.opt.timestep,
            dt=unwrapped.dt,
            max_episode_steps=max_episode_steps,
            assets=[],
            reset=dynamics.reset,
            reward=dynamics.reward,
            termination=dynamics.termination,
        )
        extractor = ObservationExtractor(model, terms)
        return EnvironmentSpec(
            env=env,
            observation=ObservationSpec(size=extractor.size, terms=terms),
            term_sizes=extractor.term_sizes,
            action_low=actions.low.astype(np.float32),
            action_high=actions.high.astype(np.float32),
            action_names=[model.actuator(i).name or f"actuator_{i}" for i in range(model.nu)],
            scene=Path(unwrapped.fullpath),
            model=model,
        )
    finally:
        made.close()


def _require_known(env_id: str) -> None:
    known = known_environments()
    if env_id in known:
        return
    family = re.sub(r"-v\d+$", "", env_id)
    near = [name for name in known if name.split("/")[-1].startswith(family)]
    near = near or difflib.get_close_matches(env_id, known, n=3, cutoff=0.4)
    choices = f"Near it: {', '.join(near)}." if near else f"Known: {', '.join(known)}."
    raise BBConvertError(f"{env_id} is not an environment that bbconvert knows. {choices} See: bbconvert envs")
