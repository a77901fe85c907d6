"""CartPole's numbers in three levels, and its reset, reward and termination as data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.reset import reset
from bbconvert.mjcf.spec import Condition, ConstantReward, ControlCost, Dynamics, StateReward, Termination, UniformDraw


@dataclass(frozen=True)
class Level:
    """How hard it is.

    Args:
        tilt: degrees from the vertical at which the pole has tipped.
        lean: the pole's greatest angle at the start, degrees.
        impulse: of the strongest shove that training and evaluation give, N·s; the weakest has 0.4 times that.
    """

    tilt: float
    lean: float
    impulse: float


LEVELS = {
    1: Level(tilt=45.0, lean=4.0, impulse=0.4),
    2: Level(tilt=35.0, lean=7.0, impulse=0.6),
    3: Level(tilt=25.0, lean=10.0, impulse=0.8),
}

EDGE = 1.8
"""Metres from the rail's middle at which the cart has left it."""
START = 0.5
"""Metres from the middle at the start, at most."""
HEALTHY_REWARD = 1.0
DISTANCE_WEIGHT = 0.2
TILT_WEIGHT = 1.0
CTRL_COST_WEIGHT = 0.05


def cart_pole(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """CartPole's dynamics at `arguments["level"]`. Source: mjcf/cart_pole/environment.py."""
    level = LEVELS[arguments["level"]]
    lean, tilt = math.radians(level.lean), math.radians(level.tilt)
    return Dynamics(
        reset=reset(
            env,
            UniformDraw(target="qpos", start=0, stop=1, low=-START, high=START),
            UniformDraw(target="qpos", start=1, stop=2, low=-lean, high=lean),
        ),
        reward=[
            ConstantReward(name="reward_alive", weight=HEALTHY_REWARD),
            StateReward(name="reward_position", source="qpos", index=0, power=2, weight=-DISTANCE_WEIGHT),
            StateReward(name="reward_tilt", source="qpos", index=1, power=2, weight=-TILT_WEIGHT),
            ControlCost(name="reward_ctrl", weight=-CTRL_COST_WEIGHT),
        ],
        termination=Termination(
            healthy=[
                Condition(source="qpos", index=0, above=-EDGE, below=EDGE),
                Condition(source="qpos", index=1, above=-tilt, below=tilt),
            ],
            terminate_when_unhealthy=True,
        ),
    )
