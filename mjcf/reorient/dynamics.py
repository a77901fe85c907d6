"""Reorient's numbers, and its reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.reset import reset
from bbconvert.mjcf.spec import (
    Constant,
    ConstantReward,
    ControlCost,
    DistanceReward,
    Dynamics,
    NormalDraw,
    StateReward,
    Termination,
    UniformDraw,
)

SPEED = 0.5
"""Of the angular velocity at the start, each axis, rad/s."""
SPEED_WEIGHT = 0.004
"""Of each squared angular velocity."""
CTRL_COST_WEIGHT = 0.004
DISTANCE_WEIGHT = 2.0
"""Of the crown's distance (m) from where it is when the lander is upright: that is felt down to the last degree, and
turning gains from upside down, too."""


def reorient(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:  # noqa: ARG001  # it has no levels
    """Reorient's dynamics. Source: mjcf/reorient/environment.py."""
    return Dynamics(
        reset=reset(
            env,
            # Four normal numbers, normalised as MuJoCo does: every attitude is as likely.
            Constant(target="qpos", start=0, stop=4, value=0.0),
            NormalDraw(target="qpos", start=0, stop=4, scale=1.0),
            UniformDraw(target="qvel", start=0, stop=3, low=-SPEED, high=SPEED),
        ),
        reward=[
            ConstantReward(name="reward_constant", weight=1.0),
            DistanceReward(name="reward_upright", of="crown", to="target", when="after", weight=-DISTANCE_WEIGHT),
            *(
                StateReward(name=f"reward_speed_{i}", source="qvel", index=i, power=2, weight=-SPEED_WEIGHT)
                for i in range(3)
            ),
            ControlCost(name="reward_ctrl", weight=-CTRL_COST_WEIGHT),
        ],
        termination=Termination(healthy=[], terminate_when_unhealthy=False),
    )
