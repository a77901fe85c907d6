"""The Gymnasium class of `bbconvert/CartPole-v0`."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from bbconvert.mjcf.body_env import Array, BodyEnv, level_of
from bbconvert.mjcf.cart_pole.dynamics import (
    CTRL_COST_WEIGHT,
    DISTANCE_WEIGHT,
    EDGE,
    HEALTHY_REWARD,
    LEVELS,
    START,
    TILT_WEIGHT,
)

SCENE = Path(__file__).parent / "scene.xml"


class CartPoleEnv(BodyEnv):
    """Keep a pole upright on a cart, in the middle of a rail.

    Observation, 4 float64 numbers: position of the cart (m), angle of the pole (rad), and their velocities. Action: the
    force on the cart in [-1, 1], float32, of 20 N. Control at 50 Hz. Reward: 1 a step less 0.2 times the squared
    position, the squared angle and 0.05 times the squared control. An episode terminates when the pole tilts beyond its
    level's limit or the cart is 1.8 m from the middle, and is truncated after 1,000 steps (20 s).

    Args:
        level: 1, 2 or 3; see `mjcf.cart_pole.dynamics.LEVELS`. Higher ones begin farther off and end sooner.
        kwargs: other arguments of `MujocoEnv`, such as `render_mode`.

    Raises:
        ValueError: `level` is not one of `LEVELS`.
    """

    def __init__(self, level: int = 1, **kwargs: Any) -> None:
        self._level = level_of(LEVELS, level)
        super().__init__(SCENE, 4, (level,), **kwargs)

    @property
    def is_healthy(self) -> bool:
        """Whether the pole is up and the cart on its rail."""
        position, angle = self.data.qpos
        return bool(abs(position) < EDGE and abs(angle) < math.radians(self._level.tilt))

    def rewards(self) -> dict[str, np.float64]:
        """See `BodyEnv.rewards`."""
        position, angle = self.data.qpos
        return {
            "reward_alive": np.float64(HEALTHY_REWARD),
            "reward_position": -DISTANCE_WEIGHT * position**2,
            "reward_tilt": -TILT_WEIGHT * angle**2,
            "reward_ctrl": -CTRL_COST_WEIGHT * np.sum(np.square(self.data.ctrl)),
        }

    def observe(self) -> Array:
        """See `BodyEnv.observe`."""
        return np.concatenate([self.data.qpos, self.data.qvel])

    def draw(self, qpos: Array, qvel: Array) -> None:  # noqa: ARG002  # it starts at rest
        """Somewhere near the middle, the pole a little off."""
        lean = math.radians(self._level.lean)
        qpos[0:1] += self.np_random.uniform(-START, START, 1)
        qpos[1:2] += self.np_random.uniform(-lean, lean, 1)
