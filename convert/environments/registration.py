"""`register_environment`: an environment of one's own as data, compared with what Gymnasium builds."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import gymnasium
import mujoco
import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.convert.environments.arguments import complete_arguments
from bbconvert.convert.environments.registry import (
    ENVIRONMENTS,
    Arguments,
    Description,
    FromEnvironment,
    Part,
)
from bbconvert.convert.errors import BBConvertError
from bbconvert.mjcf.reset import reset as reset_of
from bbconvert.mjcf.spec import Draw, Dynamics, RewardTerm, Termination
from bbconvert.observation.extractor import ObservationExtractor
from bbconvert.observation.spec import ObservationTerm, Seen

STEPS = 20
"""Control steps of random actions over which observations are compared."""

_BODIES = {"mass_center", "qpos"}
"""What a reward's `of` may name beside a body."""


def register_environment(
    env_id: str,
    *,
    observation: Sequence[ObservationTerm] | FromEnvironment[Sequence[ObservationTerm]],
    reset: Sequence[Draw] | FromEnvironment[Sequence[Draw]],
    reward: Sequence[RewardTerm] | FromEnvironment[Sequence[RewardTerm]],
    termination: Termination | FromEnvironment[Termination],
) -> None:
    """Describes an environment that `gymnasium.register` knows, so that its policies convert and play in the page.

    Each part is data, or a function of the built environment and its constructor's arguments that returns the data. The
    description is compared with the built environment, default arguments, at once: sizes, names, and the numbers of an
    observation over 20 steps. `verify` compares the rest (reset, reward, termination) in the page.

    Args:
        env_id: as `gymnasium.make` takes it. Registered again, the later description counts.
        observation: the terms in order.
        reset: the draws in the order in which `reset_model` makes them, added to the model's own state.
        reward: the terms whose sum the environment pays.
        termination: when an episode ends, but for its greatest length.

    Raises:
        BBConvertError: Gymnasium cannot build the environment, or the description does not fit it; nothing is
            registered then.
    """

    def dynamics(env: MujocoEnv, arguments: Arguments) -> Dynamics:
        return Dynamics(
            reset=reset_of(env, *_part(reset, env, arguments)),
            reward=list(_part(reward, env, arguments)),
            termination=_part(termination, env, arguments),
        )

    description = Description(lambda env, arguments: list(_part(observation, env, arguments)), dynamics)
    _require_fit(env_id, description)
    ENVIRONMENTS[env_id] = description


def _part(given: Part | FromEnvironment[Part], env: MujocoEnv, arguments: Arguments) -> Part:
    return given(env, arguments) if callable(given) else given


def _require_fit(env_id: str, description: Description) -> None:
    """Builds the environment with its default arguments and compares.

    Raises:
        BBConvertError: it cannot be built, or is described as it is not; the message says what and by how much.
    """
    if env_id not in gymnasium.registry:
        raise BBConvertError(
            f"Gymnasium does not know {env_id}. Call gymnasium.register({env_id!r}, entry_point=…) before "
            "bbconvert.register_environment."
        )
    try:
        made = gymnasium.make(env_id, disable_env_checker=True)
    except Exception as error:  # a user's constructor may raise anything
        raise BBConvertError(f"Gymnasium cannot build {env_id}: {type(error).__name__}: {error}") from error
    try:
        fault = _fault(made, env_id, description)
    except (ValueError, IndexError, KeyError) as error:
        raise BBConvertError(f"{env_id} does not fit its description: {error}.") from error
    finally:
        made.close()
    if fault is not None:
        raise BBConvertError(f"{env_id} does not fit its description: {fault}.")


def _fault(made: gymnasium.Env[Any, Any], env_id: str, description: Description) -> str | None:
    env = made.unwrapped
    if not isinstance(env, MujocoEnv):
        return f"it is a {type(env).__name__}, expected a subclass of gymnasium.envs.mujoco.MujocoEnv"
    arguments = complete_arguments(env_id, {})
    extractor = ObservationExtractor(env.model, Seen(terms=description.observation(env, arguments)))
    shape = cast("tuple[int, ...]", env.observation_space.shape)
    if shape != (extractor.size,):
        return f"its terms give {extractor.size} numbers, its observation_space has the shape {shape}"
    found = next(_dynamics_faults(env.model, description.dynamics(env, arguments)), None)
    return found or _difference(made, env, extractor)


def _difference(made: gymnasium.Env[Any, Any], env: MujocoEnv, extractor: ObservationExtractor) -> str | None:
    """The first number of an observation that differs from Gymnasium's."""
    made.action_space.seed(0)
    observation, _ = made.reset(seed=0)
    for step in range(STEPS + 1):
        described = extractor(env.data)
        if not np.array_equal(described, observation):
            i = int(np.argmax(described != observation))
            return (
                f"number {i} of its observation is {described[i]!r} by the terms and {observation[i]!r} by Gymnasium, "
                f"{step} steps after a reset"
            )
        observation, *_ = made.step(made.action_space.sample())
    return None


def _dynamics_faults(model: mujoco.MjModel, dynamics: Dynamics) -> Iterator[str]:
    sizes = {"qpos": model.nq, "qvel": model.nv}
    for draw in dynamics.reset.draws:
        stop = getattr(draw, "stop", None)
        if not draw.start < (sizes[draw.target] if stop is None else stop) <= sizes[draw.target]:
            yield f"a draw of its reset sets {draw.target}[{draw.start}:{stop}] of {sizes[draw.target]} numbers"
    for term in dynamics.reward:
        for name in (getattr(term, "of", None), getattr(term, "to", None)):
            if term.kind in ("velocity", "distance") and name is not None and name not in _BODIES:
                yield from _unnamed(model, mujoco.mjtObj.mjOBJ_BODY, name, f"its reward {term.name}")
        yield from _unnamed(model, mujoco.mjtObj.mjOBJ_SITE, getattr(term, "site", None), f"its reward {term.name}")
    for condition in dynamics.termination.healthy:
        yield from _unnamed(model, mujoco.mjtObj.mjOBJ_BODY, condition.body, "a condition of its termination")
        yield from _unnamed(model, mujoco.mjtObj.mjOBJ_SITE, condition.site, "a condition of its termination")
        rows = {**sizes, "xpos": 3, "site_xpos": 3, "xmat": 9}
        last = condition.index if condition.stop is None else condition.stop - 1
        if max(last, condition.index) >= rows[condition.source]:
            yield f"a condition reads {condition.source}[{last}] of {rows[condition.source]} numbers"


def _unnamed(model: mujoco.MjModel, kind: mujoco.mjtObj, name: str | None, where: str) -> Iterator[str]:
    if name is not None and mujoco.mj_name2id(model, kind, name) < 0:
        body = kind == mujoco.mjtObj.mjOBJ_BODY
        count = model.nbody if body else model.nsite
        names = [(model.body(i) if body else model.site(i)).name for i in range(count)]
        yield f"{where} names {'body' if body else 'site'} {name!r}; the model has {', '.join(names) or 'none'}"
