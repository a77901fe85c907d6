"""A robot's control loop, as its deployment script plays it: read from a YAML file by hand, or from a maker's own."""

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal

import mujoco
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Environment
from bbconvert.convert.safety import limits
from bbconvert.convert.safety.strict_yaml import StrictYamlError, load_yaml
from bbconvert.mjcf.control import Command, Control, ModelChanges
from bbconvert.mjcf.controller import Controller
from bbconvert.mjcf.model_changes import change_model
from bbconvert.mjcf.spec import Condition, ConstantReward, Reset, Termination
from bbconvert.observation.extractor import Asked, ObservationExtractor
from bbconvert.observation.spec import SOURCES, ObservationSpec, ObservationTerm, Seen

ROBOT = "bbconvert/Robot-v0"
"""The id of every robot's environment: what it is stands in the manifest."""
FALLEN = 0.5
"""Of the height at which it starts."""
MOST_BYTES = 1_000_000


class LoopObservation(Seen):
    """What the policy sees: see `ObservationSpec`, whose size follows from the scene."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    terms: Annotated[list[ObservationTerm], Field(min_length=1, max_length=limits.MAX_TERMS)]
    dtype: Literal["float32", "float64"] = "float32"


class Loop(BaseModel):
    """A control loop around a scene.

    Args:
        name: of the robot, for a folder.
        title: for people.
        timestep: seconds of one of MuJoCo's steps.
        substeps: MuJoCo's steps in a control step.
        start: the scene's keyframe in which it starts; None: the scene's own position (`qpos0`).
        observation: what the policy sees.
        control: what becomes of its action.
        command: what the user may ask for, or None.
        model: what the loop changes in the scene's model, or None.
        action_low, action_high: bounds of an action, the same for all; legged_gym's `clip_actions` is 100.
        seconds: after which an episode ends.
        notes: what whoever converts should be told, a sentence each.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=limits.MAX_NAME)]
    title: Annotated[str, Field(max_length=limits.MAX_TITLE)]
    timestep: Annotated[float, Field(ge=limits.MIN_TIMESTEP, le=limits.MAX_TIMESTEP)]
    substeps: Annotated[int, Field(ge=1, le=limits.MAX_FRAME_SKIP)]
    start: str | None = None
    observation: LoopObservation
    control: Control
    command: Command | None = None
    model: ModelChanges | None = None
    action_low: float = -100.0
    action_high: float = 100.0
    seconds: Annotated[float, Field(gt=0, le=3600)] = 20.0
    notes: list[str] = []


def read_loop(path: Path) -> Loop:
    """The loop that a YAML file describes.

    Raises:
        BBConvertError: the file is missing, no YAML, or says something that a loop does not have; the message names it.
    """
    return parse_loop(read_yaml(path), path)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping; nothing in it is executed.

    Raises:
        BBConvertError: the file is missing, too large, no YAML, or no mapping.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BBConvertError(f"{path} has more than {MOST_BYTES:,} bytes: that is not a description of a loop.")
        document = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, StrictYamlError) as error:
        raise BBConvertError(f"{path} cannot be read as YAML: {_first_line(error)}") from error
    if not isinstance(document, dict):
        raise BBConvertError(f"{path} is not a mapping of names to values: it holds {type(document).__name__}.")
    return document


def parse_loop(document: dict[str, Any], path: Path) -> Loop:
    """The loop in a document of `path`. Raises BBConvertError as `read_loop`."""
    _require_known_sources(document, path)
    try:
        return Loop.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the loop"
        raise BBConvertError(f"{path}: {where}: {first['msg']}, got {str(first['input'])[:80]}") from error


def _require_known_sources(document: dict[str, Any], path: Path) -> None:
    """Raises BBConvertError where a term reads what there is not, with the nearest that there is."""
    observation = document.get("observation")
    terms = observation.get("terms") if isinstance(observation, dict) else None
    for term in terms if isinstance(terms, list) else []:
        source = term.get("source") if isinstance(term, dict) else None
        if isinstance(source, str) and source not in SOURCES:
            near = difflib.get_close_matches(source, SOURCES, 3, 0.3)
            nearest = f"nearest are {', '.join(near)}" if near else f"there are {', '.join(SOURCES)}"
            raise BBConvertError(f"{path}: {term.get('name')} reads {source[:60]!r}, which is not a source; {nearest}.")


def environment_of(loop: Loop, model: mujoco.MjModel) -> tuple[Environment, ObservationSpec]:
    """The manifest's sections `env` and `observation`, without the scene's files.

    Raises:
        BBConvertError: the loop names a joint, a sensor, a site or a keyframe that the scene does not have, or drives
            another number of actuators.
    """
    qpos = _start(loop, model)
    height = float(qpos[2])
    standing = Condition(source="qpos", index=2, above=FALLEN * height)
    try:
        size = _size(loop, model)
    except ValueError as error:
        raise BBConvertError(f"The loop of {loop.name} does not fit its scene: {error}.") from error
    observation = ObservationSpec.model_validate({"size": size, **loop.observation.model_dump(by_alias=True)})
    environment = Environment(
        id=ROBOT,
        trained_on=loop.name,
        frame_skip=loop.substeps,
        timestep=loop.timestep,
        dt=loop.timestep * loop.substeps,
        max_episode_steps=round(loop.seconds / (loop.timestep * loop.substeps)),
        reset=Reset(init_qpos=qpos.tolist(), init_qvel=np.zeros(model.nv).tolist(), draws=[]),
        reward=[ConstantReward(name="reward_survive", weight=1.0)],
        termination=Termination(healthy=[standing], terminate_when_unhealthy=True),
        control=loop.control,
        command=loop.command,
        changes=loop.model,
    )
    return environment, observation


def _size(loop: Loop, model: mujoco.MjModel) -> int:
    Controller(model, loop.control)
    change_model(model, loop.control, loop.model)
    command = np.array([] if loop.command is None else loop.command.initial)
    asked = Asked(command, np.zeros(model.nu))
    return ObservationExtractor(model, loop.observation, asked).size


def _start(loop: Loop, model: mujoco.MjModel) -> NDArray[np.float64]:
    if model.nq < 3 or model.jnt_type[0] != int(mujoco.mjtJoint.mjJNT_FREE):
        raise BBConvertError(f"The scene of {loop.name} does not begin with a free joint: a robot's base is free.")
    if loop.start is None:
        return np.array(model.qpos0)
    keys = [model.key(i).name for i in range(model.nkey)]
    if loop.start not in keys:
        raise BBConvertError(f"The scene has no keyframe {loop.start!r}; it has {', '.join(keys) or 'none'}.")
    return np.array(model.key(loop.start).qpos)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no message"])[0]
