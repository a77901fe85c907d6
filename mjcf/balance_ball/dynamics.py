"""BalanceBall's numbers in three levels, and its reset, reward and termination as data."""

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
        tilt: degrees at which the plank has tipped.
        speed: of everything at the start, at most: m/s and rad/s.
        impulse: of the strongest shove that training and evaluation give, N·s; the weakest has 0.4 times that.
    """

    tilt: float
    speed: float
    impulse: float


LEVELS = {
    1: Level(tilt=30.0, speed=0.05, impulse=0.5),
    2: Level(tilt=28.0, speed=0.08, impulse=0.8),
    3: Level(tilt=26.0, speed=0.1, impulse=1.0),
}

TORSO_TILT = 45.0
"""Degrees at which the torso has tipped."""
LOWEST = -0.15
"""Metres that the hips may sink: below that it sits."""
REACH = 0.4
"""Metres that ball and torso may be from the plank's middle, along it."""
LEAN = 0.05
"""Radians that each joint may be off at the start."""
HEALTHY_REWARD = 1.0
POSITION_WEIGHT = 0.3
"""Of the ball's squared distance from where it began."""
PLANK_WEIGHT = 2.0
PITCH_WEIGHT = 1.0
POSTURE_WEIGHT = 0.05
"""Of each joint's squared angle: it stands, and does not sit."""
SPEED_WEIGHT = 0.001
"""Of each joint's squared velocity."""
CTRL_COST_WEIGHT = 0.01
JOINTS = range(9, 17)


def balance_ball(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """BalanceBall's dynamics at `arguments["level"]`. Source: mjcf/balance_ball/environment.py."""
    level = LEVELS[arguments["level"]]
    plank, torso = math.radians(level.tilt), math.radians(TORSO_TILT)
    return Dynamics(
        reset=reset(
            env,
            UniformDraw(target="qpos", start=9, stop=17, low=-LEAN, high=LEAN),
            UniformDraw(target="qvel", start=0, stop=17, low=-level.speed, high=level.speed),
        ),
        reward=[
            ConstantReward(name="reward_alive", weight=HEALTHY_REWARD),
            StateReward(name="reward_position", source="qpos", index=0, power=2, weight=-POSITION_WEIGHT),
            StateReward(name="reward_plank", source="qpos", index=5, power=2, weight=-PLANK_WEIGHT),
            StateReward(name="reward_pitch", source="qpos", index=8, power=2, weight=-PITCH_WEIGHT),
            *(
                StateReward(name=f"reward_posture_{i - 9}", source="qpos", index=i, power=2, weight=-POSTURE_WEIGHT)
                for i in JOINTS
            ),
            *(
                StateReward(name=f"reward_speed_{i - 9}", source="qvel", index=i, power=2, weight=-SPEED_WEIGHT)
                for i in JOINTS
            ),
            ControlCost(name="reward_ctrl", weight=-CTRL_COST_WEIGHT),
        ],
        termination=Termination(
            healthy=[
                Condition(source="qpos", index=5, above=-plank, below=plank),
                Condition(source="qpos", index=8, above=-torso, below=torso),
                Condition(source="qpos", index=7, above=LOWEST),
                Condition(source="xpos", index=0, body="ball", minus="plank", above=-REACH, below=REACH),
                Condition(source="xpos", index=0, body="torso", minus="plank", above=-REACH, below=REACH),
            ],
            terminate_when_unhealthy=True,
        ),
    )
