"""HumanoidBalance's numbers, and its reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.reset import uniform_reset
from bbconvert.mjcf.spec import Condition, ConstantReward, ControlCost, Dynamics, Termination

INIT_QPOS = [
    0.0, 0.0, 1.2837573052974363,
    0.9955132561295487, 0.0, 0.0946221795899021, 0.0,
    0.0, 0.0, 0.0,
    0.0, 0.0, -0.24152789310185072, -0.06,
    0.0, 0.0, -0.24152789310185072, -0.06,
    0.0, 0.0, 0.0,
    0.0, 0.0, 0.0,
]  # fmt: skip
"""A slight crouch, feet flat and a millimetre into the ground, so that the contacts carry the weight (24 numbers)."""

RESET_NOISE = 0.01
MIN_Z = 0.75
"""Metres: a torso lower than this has fallen."""
MIN_UPRIGHT = 0.2
"""The least world z of the torso's up axis."""
HEALTHY_REWARD = 1.0
CTRL_COST_WEIGHT = 0.1


def humanoid_balance(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:  # noqa: ARG001
    """Takes no argument that changes the dynamics. Source: mjcf/humanoid_balance/environment.py."""
    return Dynamics(
        reset=uniform_reset(env, RESET_NOISE),
        reward=[
            ConstantReward(name="reward_alive", weight=HEALTHY_REWARD),
            ControlCost(name="reward_quadctrl", weight=-CTRL_COST_WEIGHT),
        ],
        termination=Termination(
            healthy=[
                Condition(source="qpos", index=2, above=MIN_Z),
                Condition(source="xmat", body="torso", index=8, above=MIN_UPRIGHT),
            ],
            terminate_when_unhealthy=True,
        ),
    )
