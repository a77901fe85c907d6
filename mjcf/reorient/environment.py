"""The Gymnasium class of `bbconvert/Reorient-v0`."""

from pathlib import Path
from typing import Any

import numpy as np

from bbconvert.mjcf.body_env import Array, BodyEnv
from bbconvert.mjcf.reorient.dynamics import CTRL_COST_WEIGHT, DISTANCE_WEIGHT, SPEED, SPEED_WEIGHT

SCENE = Path(__file__).parent / "scene.xml"


class ReorientEnv(BodyEnv):
    """Turn a lander upright from any attitude, and hold it there.

    Observation, 10 float64 numbers: its attitude (the quaternion `wxyz`, and the world's up axis in its own frame) and
    its angular velocity (3, its own frame, rad/s). Action: 3 torques about its axes in [-1, 1], float32, of 5 N·m.
    Control at 50 Hz. Reward: 1, less twice its crown's distance (m) from where it is when upright, its speed and
    the squared controls (`mjcf.reorient.dynamics`). An episode is truncated after 500 steps (10 s), and never
    terminates. Every attitude is as likely at the start. Air damps its turning, and its weight lies above the point
    that it turns about.

    Args:
        kwargs: arguments of `MujocoEnv`, such as `render_mode`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(SCENE, 10, **kwargs)

    @property
    def is_healthy(self) -> bool:
        """Always."""
        return True

    def rewards(self) -> dict[str, np.float64]:
        """See `BodyEnv.rewards`."""
        crown = self.data.body("crown").xpos
        return {
            "reward_constant": np.float64(1.0),
            "reward_upright": np.float64(-DISTANCE_WEIGHT * np.linalg.norm(crown - self.data.body("target").xpos)),
            **{f"reward_speed_{i}": -SPEED_WEIGHT * self.data.qvel[i] ** 2 for i in range(3)},
            "reward_ctrl": -CTRL_COST_WEIGHT * np.sum(np.square(self.data.ctrl)),
        }

    def observe(self) -> Array:
        """See `BodyEnv.observe`."""
        lander = self.data.body("lander")
        return np.concatenate([lander.xquat, lander.xmat[6:9], self.data.qvel])

    def draw(self, qpos: Array, qvel: Array) -> None:
        """Any attitude, turning a little."""
        qpos[0:4] = 0.0
        qpos[0:4] += 1.0 * self.np_random.standard_normal(4)
        qvel[0:3] += self.np_random.uniform(-SPEED, SPEED, 3)
