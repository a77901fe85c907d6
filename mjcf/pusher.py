"""Gymnasium's Pusher: reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

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


def pusher_v5(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """The object lies at least 0.17 m from the goal, the arm as the model has it.

    Source: gymnasium/envs/mujoco/pusher_v5.py.
    """
    model = env.model
    return Dynamics(
        reset=reset(
            env,
            UniformPointDraw(target="qpos", start=model.nq - 4, low=[-0.3, -0.2], high=[0.0, 0.2], norm_above=0.17),
            Constant(target="qpos", start=model.nq - 2, value=0.0),
            UniformDraw(target="qvel", low=-0.005, high=0.005),
            Constant(target="qvel", start=model.nv - 4, value=0.0),
        ),
        reward=[
            DistanceReward(
                name="reward_dist",
                of="object",
                to="goal",
                when="after",
                weight=-float(arguments["reward_dist_weight"]),
            ),
            ControlCost(name="reward_ctrl", of="action", weight=-float(arguments["reward_control_weight"])),
            DistanceReward(
                name="reward_near",
                of="object",
                to="tips_arm",
                when="after",
                weight=-float(arguments["reward_near_weight"]),
            ),
        ],
        termination=Termination(healthy=[], terminate_when_unhealthy=False),
    )
