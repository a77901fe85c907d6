"""What a loop's rounded numbers may change: mjlab writes its gains and angles with three decimals."""

from typing import cast

import mujoco
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.parity import Check
from bbconvert.convert.verify.check import FAILED, row
from bbconvert.mjcf.control import Control
from bbconvert.mjcf.controller import Controller
from bbconvert.mjcf.model_changes import change_model
from bbconvert.mjcf.robot_env import RobotEnv

MAGNIFIED = 10
"""How many times the rounding a position may be off after a control step."""
STEPS = 20
"""Control steps of the golden rollout that are taken."""
_ROUNDED = ("scale", "offset", "kp", "kd")


def rounding_checks(bundle: Bundle) -> list[Check]:
    """How far a control step leads elsewhere with the numbers that were rounded; nothing where none were.

    Each number is moved by the rounding alone, and the changes are added up: the worst that they do together.
    """
    control = bundle.manifest.env.control
    if control is None or control.rounding is None:
        return []
    off, count = control.rounding, min(STEPS, bundle.golden.steps)
    env = rebuild_environment(bundle.manifest, bundle.folder)
    try:
        robot = cast("RobotEnv", env.unwrapped)
        exact = positions(robot, bundle, control, count)
        change = np.zeros_like(exact)
        for name in _ROUNDED:
            values = getattr(control, name) or []
            for i, value in enumerate(values):
                moved = [*values[:i], value + off, *values[i + 1 :]]
                change += np.abs(positions(robot, bundle, control.model_copy(update={name: moved}), count) - exact)
    finally:
        env.close()
    name = f"a control step with its loop's numbers ±{off:g}, as they were rounded"
    value = float(change.max()) if np.all(np.isfinite(change)) else FAILED
    return [row("rollout", name, metric="max |Δ qpos|", value=value, tolerance=MAGNIFIED * off, n=count)]


def positions(robot: RobotEnv, bundle: Bundle, control: Control, count: int) -> NDArray[np.float64]:
    """The positions [count, nq] float64 (m, rad) a control step after each of the first golden states, under a law."""
    model, data, golden = robot.model, mujoco.MjData(robot.model), bundle.golden
    change_model(model, control, None)
    controller, positions = Controller(model, control), []
    for step in range(count):
        data.qpos[:], data.qvel[:], data.qacc_warmstart[:] = golden.qpos[step], golden.qvel[step], 0
        controller.aim(golden.action[step], data)
        for _ in range(robot.frame_skip):
            data.ctrl[:] = controller.ctrl(data)
            mujoco.mj_step(model, data)
        positions.append(data.qpos.copy())
    return np.array(positions)
