"""Gymnasium's Humanoid: reset, reward and termination as data."""

from typing import Any

from mjcf.spec import (
    Condition,
    ConstantReward,
    ControlCost,
    Dynamics,
    HealthyReward,
    Reset,
    RewardTerm,
    Termination,
    UniformDraw,
    VelocityReward,
)

DEFAULTS_V4: dict[str, Any] = {
    "forward_reward_weight": 1.25,
    "ctrl_cost_weight": 0.1,
    "healthy_reward": 5.0,
    "terminate_when_unhealthy": True,
    "healthy_z_range": (1.0, 2.0),
    "reset_noise_scale": 1e-2,
}
"""The constructor's own defaults. Source: gymnasium/envs/mujoco/humanoid_v4.py."""


def humanoid_v4(init_qpos: list[float], init_qvel: list[float], kwargs: dict[str, Any]) -> Dynamics:
    """Humanoid-v4's dynamics for these constructor arguments. Source: gymnasium/envs/mujoco/humanoid_v4.py."""
    arguments = {**DEFAULTS_V4, **kwargs}
    noise = float(arguments["reset_noise_scale"])
    min_z, max_z = arguments["healthy_z_range"]
    terminates = bool(arguments["terminate_when_unhealthy"])
    alive = float(arguments["healthy_reward"])
    # Gymnasium pays the healthy reward at every step where unhealthy steps end the episode, the last one included.
    healthy_reward: RewardTerm = (
        ConstantReward(name="reward_alive", weight=alive)
        if terminates
        else HealthyReward(name="reward_alive", weight=alive)
    )
    return Dynamics(
        reset=Reset(
            init_qpos=init_qpos,
            init_qvel=init_qvel,
            draws=[
                UniformDraw(target="qpos", low=-noise, high=noise),
                UniformDraw(target="qvel", low=-noise, high=noise),
            ],
        ),
        reward=[
            VelocityReward(
                name="forward_reward", of="mass_center", axis=0, weight=float(arguments["forward_reward_weight"])
            ),
            healthy_reward,
            ControlCost(name="reward_quadctrl", weight=-float(arguments["ctrl_cost_weight"])),
        ],
        termination=Termination(
            healthy=[Condition(source="qpos", index=2, above=float(min_z), below=float(max_z))],
            terminate_when_unhealthy=terminates,
        ),
    )
