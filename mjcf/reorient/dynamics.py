"""Reorient's numbers, and its reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.reset import reset
from bbconvert.mjcf.spec import Constant, ControlCost, Dynamics, NormalDraw, StateReward, Termination, UniformDraw

HEIGHT = 1.0
"""Metres from the floor to the point that it turns about."""
CROWN = 0.5
"""Metres from there to its crown."""
SPEED = 0.5
"""Of the angular velocity at the start, each axis, rad/s."""
SPEED_WEIGHT = 0.02
"""Of each squared angular velocity."""
CTRL_COST_WEIGHT = 0.01
UPRIGHT_WEIGHT = 4.0
TILT_WEIGHT = 8.0
"""Of the crown's squared distance (m) from the vertical, along each axis: near upright, height alone hardly changes.
With more, a lander that hangs upside down would lose by turning."""


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
            StateReward(
                name="reward_upright",
                source="site_xpos",
                site="crown",
                index=2,
                offset=HEIGHT,
                weight=UPRIGHT_WEIGHT / CROWN,
            ),
            *(
                StateReward(
                    name=f"reward_tilt_{i}", source="site_xpos", site="crown", index=i, power=2, weight=-TILT_WEIGHT
                )
                for i in range(2)
            ),
            *(
                StateReward(name=f"reward_speed_{i}", source="qvel", index=i, power=2, weight=-SPEED_WEIGHT)
                for i in range(3)
            ),
            ControlCost(name="reward_ctrl", weight=-CTRL_COST_WEIGHT),
        ],
        termination=Termination(healthy=[], terminate_when_unhealthy=False),
    )
