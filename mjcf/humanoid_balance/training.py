"""What HumanoidBalance's policy is trained on: random starts, and a reward for standing quietly and for stepping."""

from typing import Any, cast

import gymnasium
import mujoco
import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray

Observation = NDArray[np.float64]
Action = NDArray[np.float32]

JOINT_NOISE = 0.03
"""Radians that each joint starts from the stance."""
PUSH_OFF = 0.2
"""Metres a second of the torso at the start, in each horizontal direction."""
TORQUE_LIMIT = 0.4


class QuietStanding(gymnasium.Wrapper[Observation, Action, Observation, Action]):
    """Any heading at the start, and a reward of at most 1.15 a step that does not hold the feet to one place.

    The terms: being up, the torso upright, the body slow over ground, the joints near the stance, the feet under the
    centre of mass (which is what a step is for), less small costs of changing the action and of torque.
    """

    def __init__(self, env: gymnasium.Env[Observation, Action]) -> None:
        super().__init__(env)
        inner = cast("MujocoEnv", env.unwrapped)
        self._inner, self._data = inner, inner.data
        self._torso = inner.model.body("torso").id
        self._feet = [inner.model.body(name).id for name in ("left_foot", "right_foot")]
        self._stance = np.array(inner.init_qpos[7:])
        self._previous = np.zeros(inner.model.nu)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Gymnasium's reset, turned to any heading and moving a little."""
        _, info = self.env.reset(seed=seed, options=options)
        rng = self._inner.np_random
        qpos, qvel = self._data.qpos.copy(), self._data.qvel.copy()
        yaw = rng.uniform(-np.pi, np.pi)
        mujoco.mju_mulQuat(qpos[3:7], np.array([np.cos(yaw / 2), 0, 0, np.sin(yaw / 2)]), qpos[3:7].copy())
        qpos[7:] += rng.uniform(-JOINT_NOISE, JOINT_NOISE, qpos.size - 7)
        qvel[:2] += rng.uniform(-PUSH_OFF, PUSH_OFF, 2)
        self._inner.set_state(qpos, qvel)
        self._previous = np.zeros(self._inner.model.nu)
        return cast("Any", self._inner)._get_obs(), info

    def step(self, action: Action) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Gymnasium's step, with the reward of training."""
        observation, _, terminated, truncated, info = self.env.step(action)
        return observation, self._reward(action), terminated, truncated, info

    def _reward(self, action: Action) -> float:
        data = self._data
        over_ground, turning = data.qvel[:2], data.qvel[3:6]
        upright = data.xmat[self._torso, 8]
        off_feet = data.subtree_com[1, :2] - data.xipos[self._feet].mean(axis=0)[:2]
        change = (action - self._previous) / TORQUE_LIMIT
        self._previous = np.array(action)
        posture = data.qpos[7:] - self._stance
        return float(
            0.3
            + 0.2 * np.exp(-8 * (1 - upright))
            + 0.25 * np.exp(-4 * (over_ground @ over_ground))
            + 0.2 * np.exp(-(posture @ posture))
            + 0.2 * np.exp(-25 * (off_feet @ off_feet))
            - 0.003 * (change @ change)
            - 0.001 * min(turning @ turning, 50.0)
            - 0.05 * np.sum(np.square(data.ctrl))
        )
