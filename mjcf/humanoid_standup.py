"""Gymnasium's HumanoidStandup: reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.health import Bounds, open_bounds
from bbconvert.mjcf.reset import uniform_reset
from bbconvert.mjcf.spec import ConstantReward, ContactCost, ControlCost, Dynamics, StateReward, Termination


def humanoid_standup_v4(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:  # noqa: ARG001
    """Source: gymnasium/envs/mujoco/humanoidstandup_v4.py."""
    return _dynamics(env, noise=0.01, ctrl=0.1, impact=5e-7, impact_range=(-float("inf"), 10.0))


def humanoid_standup_v5(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """`uph_cost_weight` is accepted and not used, as in Gymnasium.

    Source: gymnasium/envs/mujoco/humanoidstandup_v5.py.
    """
    return _dynamics(
        env,
        noise=arguments["reset_noise_scale"],
        ctrl=arguments["ctrl_cost_weight"],
        impact=arguments["impact_cost_weight"],
        impact_range=arguments["impact_cost_range"],
    )


def _dynamics(env: MujocoEnv, *, noise: float, ctrl: float, impact: float, impact_range: Bounds) -> Dynamics:
    return Dynamics(
        reset=uniform_reset(env, noise),
        reward=[
            StateReward(name="reward_linup", source="qpos", index=2, weight=1 / env.model.opt.timestep),
            ControlCost(name="reward_quadctrl", weight=-float(ctrl)),
            ContactCost(name="reward_impact", weight=float(impact), cost_range=open_bounds(impact_range)),
            ConstantReward(name="reward_alive", weight=1.0),
        ],
        termination=Termination(healthy=[], terminate_when_unhealthy=False),
    )
