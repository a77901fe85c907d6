"""Gymnasium's Reacher: reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any, Literal

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.reset import reset
from bbconvert.mjcf.spec import (
    Constant,
    ControlCost,
    DistanceReward,
    Dynamics,
    Termination,
    UniformDraw,
    UniformPointDraw,
)

RADIUS = 0.2
"""Metres: the goal is drawn from the disc of this radius."""


def reacher_v4(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:  # noqa: ARG001
    """The distance is measured before the step. Source: gymnasium/envs/mujoco/reacher_v4.py."""
    return _dynamics(env, when="before", distance=1.0, control=1.0)


def reacher_v5(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """Source: gymnasium/envs/mujoco/reacher_v5.py."""
    distance, control = float(arguments["reward_dist_weight"]), float(arguments["reward_control_weight"])
    return _dynamics(env, when="after", distance=distance, control=control)


def _dynamics(env: MujocoEnv, *, when: Literal["before", "after"], distance: float, control: float) -> Dynamics:
    model = env.model
    return Dynamics(
        reset=reset(
            env,
            UniformDraw(target="qpos", low=-0.1, high=0.1),
            UniformPointDraw(
                target="qpos",
                start=model.nq - 2,
                low=[-RADIUS, -RADIUS],
                high=[RADIUS, RADIUS],
                norm_below=RADIUS,
            ),
            UniformDraw(target="qvel", low=-0.005, high=0.005),
            Constant(target="qvel", start=model.nv - 2, value=0.0),
        ),
        reward=[
            DistanceReward(name="reward_dist", of="fingertip", to="target", when=when, weight=-distance),
            ControlCost(name="reward_ctrl", of="action", weight=-control),
        ],
        termination=Termination(healthy=[], terminate_when_unhealthy=False),
    )
