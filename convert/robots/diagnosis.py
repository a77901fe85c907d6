"""Which entry of a robot's loop is wrong: the loop is held to a record of what was seen and done, entry by entry."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import cast

import mujoco
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.mjcf.control import Control
from bbconvert.mjcf.controller import Controller
from bbconvert.mjcf.model_changes import change_model
from bbconvert.mjcf.robot_env import RobotEnv
from bbconvert.observation.extractor import ObservationExtractor
from bbconvert.observation.spec import ObservationTerm

Array = NDArray[np.float64]
SEEN = 1e-3
"""An observed number that is farther off than this, relative to the largest of its term, was made otherwise: those that
lag one of MuJoCo's steps are not."""
MOVED = 1e-6
"""A velocity that is farther off than this after a control step, relative, was made by another law."""
STEPS = 30
"""Control steps that are played again, from the record's beginning."""
SETTLING = 5
"""Of them the first, which are not compared: a record may begin in the middle of a walk."""
_STATE = mujoco.mjtState.mjSTATE_INTEGRATION
EXPLAINED = 0.98
"""The share of the departure that one entry has to explain, to be named."""


@dataclass(frozen=True)
class Record:
    """States, observations and actions of a robot's own script, or of the golden rollout.

    Args:
        qpos, qvel: when the policy is asked, [T, nq] and [T, nv].
        observation: as it was given to it, [T, n].
        action: what it answered, [T, m].
        first: MuJoCo's steps since the reset at the first row.
    """

    qpos: Array
    qvel: Array
    observation: Array
    action: NDArray[np.float32]
    first: int


@dataclass(frozen=True)
class Deviation:
    """An entry that does not agree with the record: which, and what would."""

    entry: str
    evidence: str


def read_record(path: Path, bundle: Bundle) -> Record:
    """`qpos`, `qvel`, `observation` and `action` of an `.npz` file, a row for each time the policy is asked.

    Raises:
        BBConvertError: the file is none, or its arrays have other sizes than the robot.
    """
    manifest = bundle.manifest
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays = {name: np.asarray(kept[name], np.float64) for name in ("qpos", "qvel", "observation", "action")}
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise BBConvertError(
            f"{path} is not a record of a robot's script ({error}): expected an .npz file with qpos, qvel, observation "
            "and action, a row for each time the policy is asked."
        ) from error
    reset = manifest.env.reset
    widths = {"qpos": len(reset.init_qpos), "qvel": len(reset.init_qvel)}
    widths |= {"observation": manifest.observation.size, "action": manifest.action.size}
    rows = len(arrays["qpos"])
    for name, width in widths.items():
        if arrays[name].shape != (rows, width) or rows < 2 or not np.all(np.isfinite(arrays[name])):
            raise BBConvertError(
                f"{path}: {name} has the shape {arrays[name].shape}, expected ({rows}, {width}), finite."
            )
    hold = 0 if manifest.env.control is None else manifest.env.control.hold
    action = arrays["action"].astype(np.float32)
    return Record(arrays["qpos"], arrays["qvel"], arrays["observation"], action, hold)


def golden_record(bundle: Bundle) -> Record:
    """The bundle's own rollout as such a record."""
    golden = bundle.golden
    hold = 0 if bundle.manifest.env.control is None else bundle.manifest.env.control.hold
    rows = slice(0, golden.steps)
    return Record(golden.qpos[rows], golden.qvel[rows], golden.observation[rows], golden.action, hold)


def diagnose(bundle: Bundle, record: Record) -> list[Deviation]:
    """The entries of the loop that do not agree with the record; empty where all do."""
    env = rebuild_environment(bundle.manifest, bundle.folder)
    try:
        robot = cast("RobotEnv", env.unwrapped)
        env.reset(seed=0)
        return [*_seen(bundle, robot, record), *_moved(bundle, robot, record)]
    finally:
        env.close()


def _seen(bundle: Bundle, robot: RobotEnv, record: Record) -> Iterator[Deviation]:
    """Each term of the observation, computed from the recorded states."""
    spec, model, data = bundle.manifest.observation, robot.model, mujoco.MjData(robot.model)
    asked = robot.asked
    extract = ObservationExtractor(model, spec, asked)
    recorded = extract.newest(record.observation)
    computed = []
    for step, (qpos, qvel) in enumerate(zip(record.qpos, record.qvel, strict=True)):
        data.qpos[:], data.qvel[:] = qpos, qvel
        data.time = (record.first + step * robot.frame_skip) * model.opt.timestep
        mujoco.mj_forward(model, data)
        asked.action = record.action[step - 1].astype(np.float64) if step else np.zeros(model.nu)
        computed.append(extract.frame(data))
    begin = 0
    for term, size in zip(spec.terms, extract.term_sizes, strict=True):
        ours = np.array(computed)[:, begin : begin + size]
        theirs = recorded[:, begin : begin + size]
        begin += size
        if term.source == "command" or (term.source == "phase" and (term.still or term.period is None)):
            continue  # what was commanded is not recorded apart
        largest = max(1e-9, float(np.max(np.abs(theirs))), float(np.max(np.abs(ours))))
        apart = float(np.max(np.abs(ours - theirs))) / largest
        if apart > SEEN:
            yield Deviation(f"observation term {term.name}", _why(term, ours, theirs, apart))


def _why(term: ObservationTerm, ours: Array, theirs: Array, apart: float) -> str:
    """What would make the term the recorded one: another scale, offset or order."""
    power = float(np.sum(ours**2))
    factor = float(np.sum(ours * theirs)) / power if power else 0.0
    scale = 1.0 if term.scale is None else term.scale
    if factor and _near(factor * ours, theirs):
        stated = f"{scale:g}" if isinstance(scale, float | int) else "its"
        wanted = f"{scale * factor:.6g}" if isinstance(scale, float | int) else f"{factor:.6g} times that"
        return f"the record was made with the scale {wanted}, not {stated}"
    shift = np.mean(theirs - ours, axis=0)
    if _near(ours + shift, theirs):
        i = int(np.argmax(np.abs(shift)))
        return f"the record is {shift[i]:+.6g} off at number {i}: another offset"
    order = [int(np.argmin(np.max(np.abs(ours - theirs[:, [i]]), axis=0))) for i in range(theirs.shape[1])]
    if sorted(order) == list(range(theirs.shape[1])) and _near(ours[:, order], theirs):
        names = term.joints or [str(i) for i in range(len(order))]
        moved = [f"{names[k]} at {i}" for i, k in enumerate(order) if k != i]
        return f"the record has another order: {', '.join(moved[:6])}"
    columns = np.max(np.abs(ours - theirs), axis=0)
    i = int(np.argmax(columns))
    return f"{100 * apart:.3g} % of its largest number off, most at number {i}"


def _near(ours: Array, theirs: Array) -> bool:
    largest = max(1e-9, float(np.max(np.abs(theirs))))
    return float(np.max(np.abs(ours - theirs))) / largest <= SEEN


def _moved(bundle: Bundle, robot: RobotEnv, record: Record) -> Iterator[Deviation]:
    """The control law: one control step from each recorded state, compared with the next one."""
    control = bundle.manifest.env.control
    if control is None:
        return
    play = _Steps(robot, record)
    scale = np.maximum(1.0, np.abs(play.expected))
    departure = (play(control) - play.expected) / scale
    if float(np.max(np.abs(departure))) <= MOVED:
        return
    best: tuple[float, str, str] = (0.0, "", "")
    for name in ("kp", "kd", "scale", "offset"):
        for i, value in enumerate(getattr(control, name) or []):
            found = _fitted(play, control, name, i, value, departure, scale)
            if found is not None and found[0] > best[0]:
                label = _label(control, i)
                best = (found[0], f"control {name} of {label}", f"{value:g} in the loop, {found[1]:.4g} by the record")
    if best[0] < EXPLAINED:
        best = max([best, *_swaps(play, control, departure, scale)])
    if best[0] >= EXPLAINED:
        yield Deviation(best[1], best[2])
    else:
        largest = float(np.max(np.abs(departure)))
        yield Deviation(
            "control",
            f"a velocity is {largest:.3g} (relative) off after one control step, and no single gain, scale, offset or "
            "exchange of two joints explains it: look at the law, the timestep, the substeps and the scene",
        )


class _Steps:
    """Single control steps from recorded states, one after the other, under any law.

    They follow one another because MuJoCo's solver begins each step with the forces of the one before.
    """

    def __init__(self, robot: RobotEnv, record: Record) -> None:
        self._robot, self._record = robot, record
        self._count = min(STEPS, len(record.qpos) - 1)
        self._skipped = min(SETTLING, self._count - 1)
        self.expected = record.qvel[1 : self._count + 1][self._skipped :]
        self._begin = np.empty(mujoco.mj_stateSize(robot.model, _STATE))
        mujoco.mj_getState(robot.model, robot.data, self._begin, _STATE)

    def __call__(self, control: Control) -> Array:
        """The velocities [k, nv] that follow."""
        model, data = self._robot.model, mujoco_env(self._robot).data
        mujoco.mj_setState(model, data, self._begin, _STATE)
        change_model(model, control, None)
        controller, velocities = Controller(model, control), []
        for step in range(self._count):
            data.qpos[:], data.qvel[:] = self._record.qpos[step], self._record.qvel[step]
            controller.aim(self._record.action[step], data)
            for _ in range(self._robot.frame_skip):
                data.ctrl[:] = controller.ctrl(data)
                mujoco.mj_step(model, data)
            velocities.append(data.qvel.copy())
        return np.array(velocities[self._skipped :])


def _fitted(
    play: "_Steps", control: Control, name: str, i: int, value: float, departure: Array, scale: Array
) -> tuple[float, float] | None:
    """How much of the departure another value of one number explains, 0 to 1, and that value."""
    total = float(np.sum(departure**2))
    base, left, explained = value, departure, 0.0
    for _ in range(4):
        small = 1e-4 * max(1.0, abs(base))
        at, beside = (play(_with(control, name, i, number)) for number in (base, base + small))
        slope = (beside - at) / scale / small
        power = float(np.sum(slope**2))
        if power == 0:
            return None
        base -= float(np.sum(slope * left)) / power
        left = (play(_with(control, name, i, base)) - play.expected) / scale
        explained = 1 - float(np.sum(left**2)) / total
        if explained < 0.5:
            return None
        if explained > 1 - 1e-9:
            break
    return explained, base


def _with(control: Control, name: str, i: int, value: float) -> Control:
    values = list(getattr(control, name))
    values[i] = value
    return control.model_copy(update={name: values})


def _swaps(play: "_Steps", control: Control, departure: Array, scale: Array) -> Iterator[tuple[float, str, str]]:
    """Each exchange of two joints."""
    total = float(np.sum(departure**2))
    joints = control.joints or []
    for i, k in combinations(range(len(joints)), 2):
        order = list(joints)
        order[i], order[k] = order[k], order[i]
        left = (play(control.model_copy(update={"joints": order})) - play.expected) / scale
        explained = 1 - float(np.sum(left**2)) / total
        if explained > EXPLAINED:
            yield (
                explained,
                f"the order of joints {joints[i]} and {joints[k]}",
                "the record has them the other way round",
            )


def _label(control: Control, i: int) -> str:
    return control.joints[i] if control.joints else f"number {i}"
