"""Gymnasium's Walker2d: reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.health import healthy_reward_v4, healthy_reward_v5, within
from bbconvert.mjcf.reset import uniform_reset
from bbconvert.mjcf.spec import ControlCost, Dynamics, RewardTerm, Termination, VelocityReward


def walker2d_v4(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """Source: gymnasium/envs/mujoco/walker2d_v4.py."""
    return _dynamics(env, arguments, healthy_reward_v4("reward_survive", arguments))


def walker2d_v5(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """Source: gymnasium/envs/mujoco/walker2d_v5.py."""
    return _dynamics(env, arguments, healthy_reward_v5("reward_survive", arguments))


def _dynamics(env: MujocoEnv, arguments: Mapping[str, Any], survive: RewardTerm) -> Dynamics:
    return Dynamics(
        reset=uniform_reset(env, arguments["reset_noise_scale"]),
        reward=[
            VelocityReward(name="reward_forward", of="qpos", axis=0, weight=float(arguments["forward_reward_weight"])),
            survive,
            ControlCost(name="reward_ctrl", of="action", weight=-float(arguments["ctrl_cost_weight"])),
        ],
        termination=Termination(
            healthy=[
                within(arguments["healthy_z_range"], "qpos", 1),
                within(arguments["healthy_angle_range"], "qpos", 2),
            ],
            terminate_when_unhealthy=bool(arguments["terminate_when_unhealthy"]),
        ),
    )
