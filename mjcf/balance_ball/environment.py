"""The Gymnasium class of `bbconvert/BalanceBall-v0`."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from bbconvert.mjcf.balance_ball.dynamics import (
    CTRL_COST_WEIGHT,
    HEALTHY_REWARD,
    JOINTS,
    LEAN,
    LEVELS,
    LOWEST,
    PITCH_WEIGHT,
    PLANK_WEIGHT,
    POSITION_WEIGHT,
    POSTURE_WEIGHT,
    REACH,
    SPEED_WEIGHT,
    TORSO_TILT,
)
from bbconvert.mjcf.body_env import Array, BodyEnv, level_of

SCENE = Path(__file__).parent / "scene.xml"


class BalanceBallEnv(BodyEnv):
    """Stand on a plank that lies on a rolling ball.

    Observation, 60 float64 numbers: where the ball is and how far it has rolled (2), the plank's height and pitch, the
    torso's height and pitch, the eight joints' angles, where the plank is from the ball, the torso from plank and ball,
    the feet from the plank and the hands from the torso (7 times 3), the velocities of all 17 coordinates, and the last
    control (8). Action: torques of hip, knee, shoulder and elbow, left and right, in [-1, 1], float32, of 60, 60, 15
    and 8 N·m. Control at 50 Hz. Reward: 1 a step, less what it is away from standing level and still
    (`mjcf.balance_ball.dynamics`). An episode terminates when the plank or the torso tips, the hips sink by 0.15 m, or
    ball or torso leave the plank's range, and is truncated after 1,000 steps (20 s).

    Args:
        level: 1, 2 or 3; see `mjcf.balance_ball.dynamics.LEVELS`. Higher ones begin faster and end sooner.
        kwargs: other arguments of `MujocoEnv`, such as `render_mode`.

    Raises:
        ValueError: `level` is not one of `LEVELS`.
    """

    def __init__(self, level: int = 1, **kwargs: Any) -> None:
        self._level = level_of(LEVELS, level)
        super().__init__(SCENE, 60, (level,), **kwargs)

    @property
    def is_healthy(self) -> bool:
        """Whether plank and torso are level enough, and everything is above the other."""
        data = self.data
        plank = data.body("plank").xpos[0]
        return bool(
            abs(data.qpos[5]) < math.radians(self._level.tilt)
            and abs(data.qpos[8]) < math.radians(TORSO_TILT)
            and data.qpos[7] > LOWEST
            and abs(data.body("ball").xpos[0] - plank) < REACH
            and abs(data.body("torso").xpos[0] - plank) < REACH
        )

    def rewards(self) -> dict[str, np.float64]:
        """See `BodyEnv.rewards`."""
        qpos, qvel = self.data.qpos, self.data.qvel
        return {
            "reward_alive": np.float64(HEALTHY_REWARD),
            "reward_position": -POSITION_WEIGHT * qpos[0] ** 2,
            "reward_plank": -PLANK_WEIGHT * qpos[5] ** 2,
            "reward_pitch": -PITCH_WEIGHT * qpos[8] ** 2,
            **{f"reward_posture_{i - 9}": -POSTURE_WEIGHT * qpos[i] ** 2 for i in JOINTS},
            **{f"reward_speed_{i - 9}": -SPEED_WEIGHT * qvel[i] ** 2 for i in JOINTS},
            "reward_ctrl": -CTRL_COST_WEIGHT * np.sum(np.square(self.data.ctrl)),
        }

    def observe(self) -> Array:
        """See `BodyEnv.observe`."""
        data = self.data
        plank, torso = data.body("plank").xpos, data.body("torso").xpos
        return np.concatenate(
            [
                data.qpos[0:1],
                data.qpos[2:3],
                data.qpos[4:6],
                data.qpos[7:17],
                plank - data.body("ball").xpos,
                torso - plank,
                torso - data.body("ball").xpos,
                data.body("left_foot").xpos - plank,
                data.body("right_foot").xpos - plank,
                data.body("left_hand").xpos - torso,
                data.body("right_hand").xpos - torso,
                data.qvel,
                data.ctrl,
            ]
        )

    def draw(self, qpos: Array, qvel: Array) -> None:
        """On the plank, and everything moving a little."""
        qpos[9:17] += self.np_random.uniform(-LEAN, LEAN, 8)
        qvel[0:17] += self.np_random.uniform(-self._level.speed, self._level.speed, 17)
