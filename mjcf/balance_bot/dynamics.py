"""BalanceBot's numbers in three levels, and its reset, reward and termination as data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.reset import reset
from bbconvert.mjcf.spec import (
    Condition,
    ConstantReward,
    ControlCost,
    DistanceReward,
    Dynamics,
    Termination,
    UniformDraw,
)


@dataclass(frozen=True)
class Level:
    """How hard it is.

    Args:
        tilt: degrees from the vertical at which the bot has fallen.
        swing: the platform's greatest speed at the start, m/s, along each axis.
        impulse: of the strongest shove that training and evaluation give, N·s; the weakest has 0.4 times that.
    """

    tilt: float
    swing: float
    impulse: float

    @property
    def upright(self) -> float:
        """The world z of the bot's up axis at the tilt where it has fallen."""
        return math.cos(math.radians(self.tilt))

    @property
    def shoves(self) -> dict[str, Any]:
        """The arguments of `mjcf.perturbation.Perturbation` at this level."""
        return {"bodies": ["bot"], "impulse": [round(0.4 * self.impulse, 3), self.impulse], "every": [1.0, 3.0]}


LEVELS = {
    1: Level(tilt=60.0, swing=0.2, impulse=1.5),
    2: Level(tilt=45.0, swing=0.4, impulse=3.0),
    3: Level(tilt=30.0, swing=0.7, impulse=5.0),
}

EDGE = 0.6
"""Metres from the platform's middle to its edges."""
LEAN = 0.02
"""Of the quaternion's x and y at the start: twice as many radians of tilt."""
TURN = 0.2
"""Of the quaternion's z at the start: twice as many radians of heading."""
HEALTHY_REWARD = 1.0
DISTANCE_WEIGHT = 0.5
CTRL_COST_WEIGHT = 0.05


def balance_bot(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """BalanceBot's dynamics at `arguments["level"]`. Source: mjcf/balance_bot/environment.py."""
    level = LEVELS[arguments["level"]]
    return Dynamics(
        reset=reset(
            env,
            UniformDraw(target="qpos", start=6, stop=8, low=-LEAN, high=LEAN),
            UniformDraw(target="qpos", start=8, stop=9, low=-TURN, high=TURN),
            UniformDraw(target="qvel", start=0, stop=2, low=-level.swing, high=level.swing),
        ),
        reward=[
            ConstantReward(name="reward_alive", weight=HEALTHY_REWARD),
            DistanceReward(name="reward_distance", of="bot", to="platform", when="after", weight=-DISTANCE_WEIGHT),
            ControlCost(name="reward_quadctrl", weight=-CTRL_COST_WEIGHT),
        ],
        termination=Termination(
            healthy=[
                Condition(source="xmat", body="bot", index=8, above=level.upright),
                Condition(source="qpos", index=2, stop=4, above=-EDGE, below=EDGE),
            ],
            terminate_when_unhealthy=True,
        ),
    )
