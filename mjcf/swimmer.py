"""Gymnasium's Swimmer: reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.reset import uniform_reset
from bbconvert.mjcf.spec import ControlCost, Dynamics, Termination, VelocityReward


def swimmer(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """v4 and v5 alike. Source: gymnasium/envs/mujoco/swimmer_v4.py, swimmer_v5.py."""
    return Dynamics(
        reset=uniform_reset(env, arguments["reset_noise_scale"]),
        reward=[
            VelocityReward(name="reward_forward", of="qpos", axis=0, weight=float(arguments["forward_reward_weight"])),
            ControlCost(name="reward_ctrl", of="action", weight=-float(arguments["ctrl_cost_weight"])),
        ],
        termination=Termination(healthy=[], terminate_when_unhealthy=False),
    )
