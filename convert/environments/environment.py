"""What an environment is made of: built by Gymnasium, described by mjcf/ and observation/."""

import difflib
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import gymnasium
import gymnasium.envs.mujoco
import mujoco
import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray

import bbconvert.mjcf.registration  # noqa: F401  # registers our environments
from bbconvert.convert.environments.arguments import checked_arguments, complete_arguments, opened_arguments
from bbconvert.convert.environments.modules import known_id
from bbconvert.convert.environments.registry import BUILT_AS, ENVIRONMENTS, NOT_BUILT
from bbconvert.convert.environments.robot import make_robot
from bbconvert.convert.environments.scene_files import OWN_SCENE, scene_files
from bbconvert.convert.environments.time_feature import TimeFeatureWrapper
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Environment, EnvironmentLevel
from bbconvert.convert.safety.file_inside import file_inside
from bbconvert.convert.safety.scene_file import require_safe_scene
from bbconvert.mjcf.robot_env import RobotEnv
from bbconvert.mjcf.spec import Dynamics
from bbconvert.observation.extractor import ObservationExtractor
from bbconvert.observation.spec import ObservationSpec, ObservationTerm, Seen

Env = gymnasium.Env[NDArray[np.float64], NDArray[np.float32]]

SCENES = Path(gymnasium.envs.mujoco.__file__).parent / "assets"
"""Gymnasium's own, which `xml_file` names without a folder."""

NO_FILES = Path("/dev/null")
"""The folder of an untrusted bundle that brings no files."""


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
    return sorted({*ENVIRONMENTS, *BUILT_AS})


class Described(Protocol):
    """What says how an environment is built: a manifest, or the description that one is made from."""

    @property
    def env(self) -> Environment:
        """The section `env`."""

    @property
    def observation(self) -> ObservationSpec:
        """The section `observation`, which a robot's loop computes itself."""


def rebuild_environment(described: Described, folder: Path) -> Env:
    """What the manifest describes: Gymnasium's environment in its wrappers, or a robot in its loop.

    The manifest is untrusted: its arguments are held to the same ranges as those of the command line.

    Args:
        described: the manifest.
        folder: the bundle's, whose scene is taken where the environment is built from a model of one's own.

    Raises:
        BBConvertError: as `make_environment`; or an argument is out of range, names a file outside of the bundle, or
            the bundle's scene is not one to give to MuJoCo.
    """
    env = described.env
    if env.control is not None:
        return make_robot(env, described.observation, folder)
    env_id = known_id(env.id)
    _require_known(env_id)
    if env_id not in ENVIRONMENTS:
        raise BBConvertError(f"Gymnasium builds no {env_id}; it plays as {BUILT_AS[env_id][0]}. Convert it again.")
    kwargs = checked_arguments(env_id, env.kwargs)
    scene = _own_scene(kwargs, folder)
    made = make_environment(env_id, kwargs if scene is None else {**kwargs, "xml_file": str(scene)})
    for _ in env.wrappers:
        made = TimeFeatureWrapper(made)
    return made


def described_robot(described: Described, scene: Path, assets: list[str]) -> EnvironmentSpec:
    """What a robot's sections say of its scene: sizes and names as the scene has them.

    Raises:
        BBConvertError: the scene is not one to give to MuJoCo, or the loop does not fit it.
    """
    made = make_robot(described.env, described.observation, scene.parent)
    model = mujoco_env(made).model
    sizes = cast("RobotEnv", made.unwrapped).term_sizes
    made.close()
    return EnvironmentSpec(
        env=described.env.model_copy(update={"assets": assets}),
        observation=described.observation,
        term_sizes=sizes,
        action_low=np.full(model.nu, -np.inf, np.float32),
        action_high=np.full(model.nu, np.inf, np.float32),
        action_names=[actuator_names(model)[i] for i in _driven(described, model)],
        scene=scene,
        model=model,
    )


def _driven(described: Described, model: mujoco.MjModel) -> Sequence[int]:
    """The actuators that the numbers of a robot's action drive, in the action's order."""
    control = described.env.control
    return range(model.nu) if control is None or control.actuators is None else control.actuators


def extractor_of(env: Env, observation: ObservationSpec) -> ObservationExtractor:
    """The observation of this environment from MuJoCo's data, by the manifest's terms."""
    inner = env.unwrapped
    asked = inner.asked if isinstance(inner, RobotEnv) else None
    return ObservationExtractor(mujoco_env(env).model, observation, asked)


def actuator_names(model: mujoco.MjModel) -> list[str]:
    """In their order."""
    return [model.actuator(i).name or f"actuator_{i}" for i in range(model.nu)]


def make_environment(env_id: str, kwargs: dict[str, Any]) -> Env:
    """What `gymnasium.make(env_id, **kwargs)` gives, for an id that Gymnasium builds; null bounds are open.

    Args:
        env_id: in the catalogue.
        kwargs: as `checked_arguments` leaves them.

    Raises:
        BBConvertError: bbconvert does not know the environment, or Gymnasium refuses the arguments.
    """
    env_id = known_id(env_id)
    _require_known(env_id)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "out of date": the version is the checkpoint's, not ours to choose
            return gymnasium.make(env_id, disable_env_checker=True, **opened_arguments(kwargs))
    # MuJoCo and the constructors raise what they like of arguments and scenes that they cannot use.
    except Exception as error:
        arguments = ", ".join(f"{name}={value!r}" for name, value in kwargs.items()) or "no arguments"
        raise BBConvertError(f"Gymnasium cannot build {env_id} with {arguments}: {error}") from error


def mujoco_env(env: gymnasium.Env[Any, Any]) -> MujocoEnv:
    """The MuJoCo environment inside the wrappers."""
    return cast("MujocoEnv", env.unwrapped)


def environment_spec(
    env_id: str, kwargs: dict[str, Any], *, time_feature: bool = False, own_files: Path | None = None
) -> EnvironmentSpec:
    """Reads sizes, names and bounds off the built environment, and its observation and dynamics from the registry.

    Args:
        env_id: as the policy's author wrote it; Gymnasium may build it under another id (`BUILT_AS`). `module:Id-v0`
            is an environment of one's own (`convert.environments.modules`).
        kwargs: of the constructor.
        time_feature: training wrapped it in sb3_contrib's `TimeFeatureWrapper`.
        own_files: where `xml_file` is untrusted, the folder whose files are theirs: no other is opened. None
            where the person at the keyboard named it.

    Raises:
        BBConvertError: as `make_environment`; or an argument is out of range, or leads out of `own_files`.
    """
    bare_id = known_id(env_id)
    _require_known(bare_id)
    built_id, built_kwargs = BUILT_AS.get(bare_id, (bare_id, {}))
    kwargs = checked_arguments(built_id, {**built_kwargs, **kwargs})
    own_scene = _own_scene(kwargs, own_files)
    made = make_environment(built_id, kwargs if own_scene is None else {**kwargs, "xml_file": str(own_scene)})
    try:
        if own_scene is not None:
            kwargs["xml_file"] = OWN_SCENE
        return _read(made, env_id, built_id, kwargs, time_feature=time_feature)
    except (ValueError, IndexError, KeyError) as error:
        raise BBConvertError(f"{env_id} cannot be described: {error}.") from error
    finally:
        made.close()


def _own_scene(kwargs: dict[str, Any], own_files: Path | None) -> Path | None:
    """The model that `xml_file` names, where it is not one of Gymnasium's own.

    The user may name any file; an untrusted manifest only one of `own_files`, and that is looked into first.
    """
    xml_file = kwargs.get("xml_file")
    if xml_file is None:
        return None
    if own_files is None:
        path = Path(xml_file).expanduser()
        return path.resolve() if path.is_file() else None
    if Path(xml_file).name == xml_file and (SCENES / xml_file).is_file():
        return None
    name = xml_file.removeprefix("./")
    found = file_inside(own_files, name)
    if found is None:
        raise BBConvertError(
            f"The argument xml_file is {xml_file[:200]!r}, which is neither one of Gymnasium's scenes nor a file that "
            "came with the policy: no other is opened. If it is yours, name it: bbconvert convert FILE --env ENV_ID "
            "--env-arg xml_file=PATH"
        )
    require_safe_scene(own_files, name)
    return found


def _read(made: Env, env_id: str, built_id: str, kwargs: dict[str, Any], *, time_feature: bool) -> EnvironmentSpec:
    unwrapped = mujoco_env(made)
    model = unwrapped.model
    scene = Path(unwrapped.fullpath)
    actions = cast("gymnasium.spaces.Box", unwrapped.action_space)
    arguments = complete_arguments(built_id, kwargs)
    dynamics = ENVIRONMENTS[built_id].dynamics(unwrapped, arguments)
    terms = ENVIRONMENTS[built_id].observation(unwrapped, arguments)
    max_episode_steps = None if made.spec is None else made.spec.max_episode_steps
    if time_feature:
        terms.append(
            ObservationTerm(name="time_left", source="time_left", period=unwrapped.dt, steps=max_episode_steps)
        )
    env = Environment(
        id=env_id if ":" in env_id else built_id,
        kwargs=kwargs,
        wrappers=["TimeFeatureWrapper"] if time_feature else [],
        trained_on=env_id,
        frame_skip=unwrapped.frame_skip,
        timestep=model.opt.timestep,
        dt=unwrapped.dt,
        max_episode_steps=max_episode_steps,
        assets=scene_files(scene),
        reset=dynamics.reset,
        reward=dynamics.reward,
        termination=dynamics.termination,
        level=_level(built_id, arguments),
        levels=_levels(unwrapped, built_id, kwargs, dynamics),
    )
    extractor = ObservationExtractor(model, Seen(terms=terms))
    return EnvironmentSpec(
        env=env,
        observation=ObservationSpec(size=extractor.size, terms=terms),
        term_sizes=extractor.term_sizes,
        action_low=actions.low.astype(np.float32),
        action_high=actions.high.astype(np.float32),
        action_names=actuator_names(model),
        scene=scene,
        model=model,
    )


def _levels(env: MujocoEnv, built_id: str, kwargs: dict[str, Any], here: Dynamics) -> list[EnvironmentLevel]:
    """The levels of an environment, where they are not as `here`; all are built on the scene of `env`."""
    description = ENVIRONMENTS[built_id]
    levels = []
    for number, difficulty in description.levels.items():
        own = {**kwargs, **difficulty.arguments}
        dynamics = description.dynamics(env, complete_arguments(built_id, own))
        levels.append(
            EnvironmentLevel(
                level=number,
                kwargs=own,
                impulse=difficulty.impulse,
                draws=None if dynamics.reset == here.reset else dynamics.reset.draws,
                reward=None if dynamics.reward == here.reward else dynamics.reward,
                termination=None if dynamics.termination == here.termination else dynamics.termination,
            )
        )
    return levels


def _level(built_id: str, arguments: Mapping[str, Any]) -> int | None:
    """The level that the arguments make; None where levels are made by pushes alone."""
    for number, difficulty in ENVIRONMENTS[built_id].levels.items():
        made = difficulty.arguments
        if made and all(arguments[name] == value for name, value in made.items()):
            return number
    return None


def _require_known(env_id: str) -> None:
    known = known_environments()
    if env_id in known:
        return
    if env_id in NOT_BUILT:
        successor = NOT_BUILT[env_id]
        raise BBConvertError(
            f"{env_id} cannot be built with MuJoCo {mujoco.__version__}: Gymnasium builds it with MuJoCo 2 alone. "
            f"{successor} took its place, with the same observation and actions: convert the checkpoint with "
            f"--env {successor}. See: bbconvert envs"
        )
    family = re.sub(r"-v\d+$", "", env_id)
    near = [name for name in known if name.split("/")[-1].startswith(family)]
    near = near or difflib.get_close_matches(env_id, known, n=3, cutoff=0.4)
    choices = f"Near it: {', '.join(near)}." if near else f"Known: {', '.join(known)}."
    raise BBConvertError(f"{env_id} is not an environment that bbconvert knows. {choices} See: bbconvert envs")
