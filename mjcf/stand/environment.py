"""The Gymnasium class of `bbconvert/Stand-v0`."""

from pathlib import Path
from typing import Any

import numpy as np

from bbconvert.mjcf.body_env import Array, BodyEnv
from bbconvert.mjcf.stand.dynamics import (
    CTRL_COST_WEIGHT,
    HEALTHY_REWARD,
    JOINTS,
    LEAN,
    LOWEST,
    PITCH_WEIGHT,
    POSITION_WEIGHT,
    POSTURE_WEIGHT,
    SPEED,
    SPEED_WEIGHT,
)

SCENE = Path(__file__).parent / "scene.xml"


class StandEnv(BodyEnv):
    """Stand calmly and upright: a torso on two legs, without arms and ankles, in a plane.

    Observation, 30 float64 numbers: height and pitch of the torso and the four joints' angles (m, rad), the velocities
    of all seven, the last control (4), where the feet are from the torso (2 times 3, m), and the actuators' forces (7).
    Action: torques of hip and knee, left and right, in [-1, 1], float32, of 80 N·m. Control at 50 Hz. Reward: 1 a step,
    less what it is away from standing straight and still (`mjcf.stand.dynamics`). An episode terminates when the hips
    sink by 0.25 m, and is truncated after 1,000 steps (20 s).

    Args:
        kwargs: other arguments of `MujocoEnv`, such as `render_mode`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(SCENE, 30, **kwargs)

    @property
    def is_healthy(self) -> bool:
        """Whether the hips are high enough."""
        return bool(self.data.qpos[1] > LOWEST)

    def rewards(self) -> dict[str, np.float64]:
        """See `BodyEnv.rewards`."""
        qpos, qvel = self.data.qpos, self.data.qvel
        return {
            "reward_alive": np.float64(HEALTHY_REWARD),
            "reward_position": -POSITION_WEIGHT * qpos[0] ** 2,
            "reward_pitch": -PITCH_WEIGHT * qpos[2] ** 2,
            **{f"reward_posture_{i - 3}": -POSTURE_WEIGHT * qpos[i] ** 2 for i in JOINTS},
            **{f"reward_speed_{i - 3}": -SPEED_WEIGHT * qvel[i] ** 2 for i in JOINTS},
            "reward_ctrl": -CTRL_COST_WEIGHT * np.sum(np.square(self.data.ctrl)),
        }

    def observe(self) -> Array:
        """See `BodyEnv.observe`."""
        data = self.data
        torso = data.body("torso").xpos
        return np.concatenate(
            [
                data.qpos[1:],
                data.qvel,
                data.ctrl,
                data.body("left_foot").xpos - torso,
                data.body("right_foot").xpos - torso,
                data.qfrc_actuator,
            ]
        )

    def draw(self, qpos: Array, qvel: Array) -> None:
        """Nearly upright, and moving a little."""
        qpos[2:7] += self.np_random.uniform(-LEAN, LEAN, 5)
        qvel[0:7] += self.np_random.uniform(-SPEED, SPEED, 7)
