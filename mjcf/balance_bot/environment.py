"""The Gymnasium class of `bbconvert/BalanceBot-v0`."""

from pathlib import Path
from typing import Any

import numpy as np

from bbconvert.mjcf.balance_bot.dynamics import (
    CTRL_COST_WEIGHT,
    DISTANCE_WEIGHT,
    EDGE,
    HEALTHY_REWARD,
    LEAN,
    LEVELS,
    TURN,
)
from bbconvert.mjcf.body_env import Array, BodyEnv, level_of

SCENE = Path(__file__).parent / "scene.xml"


class BalanceBotEnv(BodyEnv):
    """Keep a rigid body on a round base upright, on a platform that swings on springs.

    Observation, 10 float64 numbers: tilt (the world's up axis in the bot's frame, x and y), heading (the world y of the
    bot's x axis), angular velocity (3, the bot's frame, rad/s), position and velocity on the platform (x and y, metres
    and m/s). Action: 3 torques about the bot's axes in [-1, 1], float32, of 12, 12 and 3 N·m. Control at 50 Hz
    (timestep 0.002 s, frame_skip 10). Reward: 1 a step less 0.5 times the distance from the platform's middle and 0.05
    times the squared controls. An episode terminates when the bot tilts beyond its level's limit or is off the
    platform, and is truncated after 1,000 steps (20 s).

    Args:
        level: 1, 2 or 3; see `mjcf.balance_bot.dynamics.LEVELS`. Higher ones swing the platform faster and end sooner.
        kwargs: other arguments of `MujocoEnv`, such as `render_mode`.

    Raises:
        ValueError: `level` is not one of `LEVELS`.
    """

    def __init__(self, level: int = 1, **kwargs: Any) -> None:
        self._level = level_of(LEVELS, level)
        super().__init__(SCENE, 10, (level,), frame_skip=10, **kwargs)

    @property
    def is_healthy(self) -> bool:
        """Whether the bot is upright enough and on the platform."""
        upright = self.data.body("bot").xmat[8] > self._level.upright
        return bool(upright and np.all(np.abs(self.data.qpos[2:4]) < EDGE))

    def rewards(self) -> dict[str, np.float64]:
        """See `BodyEnv.rewards`."""
        away = np.linalg.norm(self.data.body("bot").xpos - self.data.body("platform").xpos)
        return {
            "reward_alive": np.float64(HEALTHY_REWARD),
            "reward_distance": np.float64(-DISTANCE_WEIGHT * away),
            "reward_quadctrl": -CTRL_COST_WEIGHT * np.sum(np.square(self.data.ctrl)),
        }

    def observe(self) -> Array:
        """See `BodyEnv.observe`."""
        turn = self.data.body("bot").xmat
        return np.concatenate([turn[6:8], turn[3:4], self.data.qvel[5:8], self.data.qpos[2:4], self.data.qvel[2:4]])

    def draw(self, qpos: Array, qvel: Array) -> None:
        """Upright in the middle, a little off: tilt and heading jittered, the platform set swinging."""
        qpos[6:8] += self.np_random.uniform(-LEAN, LEAN, 2)
        qpos[8:9] += self.np_random.uniform(-TURN, TURN, 1)
        qvel[0:2] += self.np_random.uniform(-self._level.swing, self._level.swing, 2)
