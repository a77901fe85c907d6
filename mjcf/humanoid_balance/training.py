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
"""Radians that each joint starts from the stance, to either side."""
PUSH_OFF = 0.2
"""Metres a second of the torso at the start, in each horizontal direction."""
MID_STEP_SHARE = 0.0
"""Of the episodes: how many begin with one foot in the air and the body falling."""
FALLING = 0.6
"""Metres a second, the fastest of these, over ground."""
TORQUE_LIMIT = 0.4
FALL_SECONDS = 0.3
"""sqrt(height of the centre of mass / g): how far ahead of it in time the capture point lies."""
_LEGS = (("right", -1.0), ("left", 1.0))


class QuietStanding(gymnasium.Wrapper[Observation, Action, Observation, Action]):
    """Any heading at the start, some starts in the middle of a step, and a reward of at most 1.15 a step.

    The terms: being up, the torso upright, the body slow over ground, the joints near the stance, and the capture
    point (where a foot would have to be for the body to come to rest above it) near the line between the feet, which
    is what a step is for; less small costs of changing the action, of turning and of torque.
    """

    def __init__(self, env: gymnasium.Env[Observation, Action]) -> None:
        super().__init__(env)
        inner = cast("MujocoEnv", env.unwrapped)
        self._inner, self._model, self._data = inner, inner.model, inner.data
        self._torso = inner.model.body("torso").id
        self._feet = [inner.model.body(f"{side}_foot").id for side, _ in _LEGS]
        self._stance = np.array(inner.init_qpos[7:])
        self._previous = np.zeros(inner.model.nu)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Gymnasium's reset, turned to any heading and moving."""
        _, info = self.env.reset(seed=seed, options=options)
        rng = self._inner.np_random
        qpos, qvel = self._data.qpos.copy(), self._data.qvel.copy()
        qpos[7:] += rng.uniform(-JOINT_NOISE, JOINT_NOISE, qpos.size - 7)
        qvel[:2] += rng.uniform(-PUSH_OFF, PUSH_OFF, 2)
        if rng.uniform() < MID_STEP_SHARE:
            self._begin_mid_step(qpos, qvel)
        yaw = rng.uniform(-np.pi, np.pi)
        cos, sin = np.cos(yaw), np.sin(yaw)
        mujoco.mju_mulQuat(qpos[3:7], np.array([np.cos(yaw / 2), 0, 0, np.sin(yaw / 2)]), qpos[3:7].copy())
        qvel[:2] = [cos * qvel[0] - sin * qvel[1], sin * qvel[0] + cos * qvel[1]]
        self._inner.set_state(qpos, qvel)
        self._previous = np.zeros(self._model.nu)
        return cast("Any", self._inner)._get_obs(), info

    def step(self, action: Action) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Gymnasium's step, with the reward of training."""
        observation, _, terminated, truncated, info = self.env.step(action)
        return observation, self._reward(action), terminated, truncated, info

    def _begin_mid_step(self, qpos: NDArray[np.float64], qvel: NDArray[np.float64]) -> None:
        """Lifts a foot, still flat, forwards and outwards, and lets the body fall to where it may land."""
        rng = self._inner.np_random
        side, outwards = _LEGS[rng.integers(2)]
        lift = rng.uniform(0.0, 0.6)
        for joint, angle in (("hip_y", -lift), ("knee", -lift), ("hip_x", -rng.uniform(0.0, 0.3))):
            qpos[self._model.joint(f"{side}_{joint}").qposadr[0]] += angle
        qpos[self._model.joint(f"{side}_hip_y").qposadr[0]] += rng.uniform(-0.3, 0.3)
        towards = rng.uniform(-np.pi / 2, np.pi / 2)  # the foot's side, between forwards and backwards
        qvel[:2] = rng.uniform(0, FALLING) * np.array([np.sin(towards), outwards * np.cos(towards)])

    def _reward(self, action: Action) -> float:
        data = self._data
        mujoco.mj_subtreeVel(self._model, data)
        velocity, turning = data.subtree_linvel[self._torso, :2], data.qvel[3:6]
        capture = data.subtree_com[self._torso, :2] + FALL_SECONDS * velocity
        one, other = data.xipos[self._feet, :2]
        between = other - one
        along = np.clip((capture - one) @ between / max(between @ between, 1e-6), 0.0, 1.0)
        off_feet = capture - one - along * between
        change = (action - self._previous) / TORQUE_LIMIT
        self._previous = np.array(action)
        posture = data.qpos[7:] - self._stance
        return float(
            0.3
            + 0.15 * np.exp(-8 * (1 - data.xmat[self._torso, 8]))
            + 0.15 * np.exp(-4 * (velocity @ velocity))
            + 0.2 * np.exp(-(posture @ posture))
            + 0.35 * np.exp(-40 * (off_feet @ off_feet))
            - 0.003 * (change @ change)
            - 0.001 * min(turning @ turning, 50.0)
            - 0.05 * np.sum(np.square(data.ctrl))
        )
