"""Gymnasium's Humanoid: reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.health import healthy_reward_v4, healthy_reward_v5, open_bounds, within
from bbconvert.mjcf.reset import uniform_reset
from bbconvert.mjcf.spec import ContactCost, ControlCost, Dynamics, RewardTerm, Termination, VelocityReward


def humanoid_v4(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """Source: gymnasium/envs/mujoco/humanoid_v4.py."""
    reward: list[RewardTerm] = [
        _forward(arguments),
        healthy_reward_v4("reward_alive", arguments),
        ControlCost(name="reward_quadctrl", weight=-float(arguments["ctrl_cost_weight"])),
    ]
    return Dynamics(
        reset=uniform_reset(env, arguments["reset_noise_scale"]), reward=reward, termination=_termination(arguments)
    )


def humanoid_v5(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """Contacts cost, too. Source: gymnasium/envs/mujoco/humanoid_v5.py."""
    reward: list[RewardTerm] = [
        _forward(arguments),
        healthy_reward_v5("reward_survive", arguments),
        ControlCost(name="reward_ctrl", weight=-float(arguments["ctrl_cost_weight"])),
        ContactCost(
            name="reward_contact",
            weight=float(arguments["contact_cost_weight"]),
            cost_range=open_bounds(arguments["contact_cost_range"]),
        ),
    ]
    return Dynamics(
        reset=uniform_reset(env, arguments["reset_noise_scale"]), reward=reward, termination=_termination(arguments)
    )


def _forward(arguments: Mapping[str, Any]) -> VelocityReward:
    return VelocityReward(
        name="reward_forward", of="mass_center", axis=0, weight=float(arguments["forward_reward_weight"])
    )


def _termination(arguments: Mapping[str, Any]) -> Termination:
    return Termination(
        healthy=[within(arguments["healthy_z_range"], "qpos", 2)],
        terminate_when_unhealthy=bool(arguments["terminate_when_unhealthy"]),
    )
