"""The NumPy interpreter of a robot's control law."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from bbconvert.mjcf.control import Control
from bbconvert.mjcf.model_changes import named

Array = NDArray[np.float64]


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
        self._torques = control.law in ("pd_torque", "velocity")
        self._scale = np.array(control.scale, np.float32)
        self._offset = np.array(control.offset)
        self._target = self._offset.copy()
        joints = [named(model, mujoco.mjtObj.mjOBJ_JOINT, name) for name in control.joints or []]
        self._qpos = np.array([model.jnt_qposadr[joint] for joint in joints], np.intp)
        self._qvel = np.array([model.jnt_dofadr[joint] for joint in joints], np.intp)
        self._kp, self._kd = np.array(control.kp or []), np.array(control.kd or [])
        limit = control.torque_limit
        self._limit = None if limit is None else np.array(limit)
        self._actuators = None if control.actuators is None else np.argsort(control.actuators)

    def rest(self) -> None:
        """The target of the first steps: `offset`."""
        self._aim(self._offset)

    def aim(self, action: NDArray[np.float32], data: mujoco.MjData) -> None:
        """The target of an action [m] float32, where the joints are in `data`."""
        target = self._offset + (np.asarray(action, np.float32) * self._scale).astype(np.float64)
        self._aim(data.qpos[self._qpos] + target if self._control.relative else target)

    def _aim(self, target: Array) -> None:
        self._target = target.astype(np.float32).astype(np.float64) if self._control.dtype == "float32" else target

    def ctrl(self, data: mujoco.MjData) -> Array:
        """`ctrl` [m] for the state as it is."""
        driven = self._driven(data)
        return driven if self._actuators is None else driven[self._actuators]

    def _driven(self, data: mujoco.MjData) -> Array:
        """The same in the action's order."""
        if not self._torques:
            return self._target
        velocity = data.qvel[self._qvel]
        torque: Array
        if self._control.law == "velocity":
            torque = (self._target - velocity) * self._kd
        else:
            torque = (self._target - data.qpos[self._qpos]) * self._kp + (0 - velocity) * self._kd
        return torque if self._limit is None else np.clip(torque, -self._limit, self._limit)
