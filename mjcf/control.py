"""A robot's control loop as data: from the policy's action to `ctrl`, and what the user commands."""

from typing import Annotated, Literal

import mujoco
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

Array = NDArray[np.float64]
PerActuator = Annotated[list[float], Field(max_length=1000)]


class _Data(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="ignore", allow_inf_nan=False)


class Control(_Data):
    """`target = offset + float32(action * scale)`, in float64, rounded to `dtype`.

    From it comes `ctrl`, before each of MuJoCo's steps. `position`: `ctrl = target`; the model's actuators have the
    gains. `pd_torque`: `ctrl = (target - q) * kp + (0 - v) * kd` in float64, with position and velocity of `joints`, in
    their order, clipped to ±`torque_limit`. The first `hold` of MuJoCo's steps after a reset have `target = offset`.
    """

    law: Literal["position", "pd_torque"]
    scale: PerActuator
    offset: PerActuator
    dtype: Literal["float64", "float32"] = "float64"
    kp: PerActuator | None = None
    kd: PerActuator | None = None
    torque_limit: PerActuator | None = None
    joints: Annotated[list[str], Field(max_length=1000)] | None = None
    hold: Annotated[int, Field(ge=0, le=10_000)] = 0

    @model_validator(mode="after")
    def _complete(self) -> "Control":
        size = len(self.scale)
        if self.law == "pd_torque" and (self.kp is None or self.kd is None or self.joints is None):
            raise ValueError("law 'pd_torque' needs kp, kd and joints")
        for name in ("offset", "kp", "kd", "torque_limit", "joints"):
            values = getattr(self, name)
            if values is not None and len(values) != size:
                raise ValueError(f"{name} has {len(values)} entries, scale has {size}")
        return self


class Command(_Data):
    """What the user asks of the policy: numbers with names, units, ranges and the values at the beginning."""

    names: Annotated[list[str], Field(min_length=1, max_length=16)]
    units: list[str]
    low: list[float]
    high: list[float]
    initial: list[float]

    @model_validator(mode="after")
    def _of_one_size(self) -> "Command":
        for name in ("units", "low", "high", "initial"):
            if len(getattr(self, name)) != len(self.names):
                raise ValueError(f"{name} has {len(getattr(self, name))} entries, names has {len(self.names)}")
        if any(low > high for low, high in zip(self.low, self.high, strict=True)):
            raise ValueError("a lower bound is above its upper one")
        return self


class Controller:
    """The NumPy interpreter of a control law.

    Args:
        model: the MuJoCo model whose actuators it drives.
        control: the law.

    Raises:
        ValueError: a joint that the model does not have, or another number of actuators.
    """

    def __init__(self, model: mujoco.MjModel, control: Control) -> None:
        if model.nu != len(control.scale):
            raise ValueError(f"the control law drives {len(control.scale)} actuators, the model has {model.nu}")
        self._control = control
        self._scale = np.array(control.scale, np.float32)
        self._offset = np.array(control.offset)
        self._target = self._offset.copy()
        joints = [_joint(model, name) for name in control.joints or []]
        self._qpos = np.array([model.jnt_qposadr[joint] for joint in joints], np.intp)
        self._qvel = np.array([model.jnt_dofadr[joint] for joint in joints], np.intp)
        self._kp, self._kd = np.array(control.kp or []), np.array(control.kd or [])
        limit = control.torque_limit
        self._limit = None if limit is None else np.array(limit)

    def rest(self) -> None:
        """The target of the first steps: `offset`."""
        self._aim(self._offset)

    def aim(self, action: NDArray[np.float32]) -> None:
        """The target of an action [m] float32."""
        self._aim(self._offset + (np.asarray(action, np.float32) * self._scale).astype(np.float64))

    def _aim(self, target: Array) -> None:
        self._target = target.astype(np.float32).astype(np.float64) if self._control.dtype == "float32" else target

    def ctrl(self, data: mujoco.MjData) -> Array:
        """`ctrl` [m] for the state as it is."""
        if self._control.law == "position":
            return self._target
        torque: Array = (self._target - data.qpos[self._qpos]) * self._kp + (0 - data.qvel[self._qvel]) * self._kd
        return torque if self._limit is None else np.clip(torque, -self._limit, self._limit)


def _joint(model: mujoco.MjModel, name: str) -> int:
    joint = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, name)
    if joint < 0:
        names = ", ".join(model.joint(i).name for i in range(model.njnt))
        raise ValueError(f"the control law names joint {name!r}; the model's joints are {names}")
    return int(joint)
