"""Gymnasium's InvertedDoublePendulum: reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.reset import normal_velocity_reset
from bbconvert.mjcf.spec import Condition, ConstantReward, Dynamics, HealthyReward, RewardTerm, StateReward, Termination


def inverted_double_pendulum_v4(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:  # noqa: ARG001
    """Pays 10 at every step, the last one included. Source: gymnasium/envs/mujoco/inverted_double_pendulum_v4.py."""
    return _dynamics(env, 0.1, ConstantReward(name="reward_survive", weight=10.0))


def inverted_double_pendulum_v5(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """Source: gymnasium/envs/mujoco/inverted_double_pendulum_v5.py."""
    survive = HealthyReward(name="reward_survive", weight=float(arguments["healthy_reward"]))
    return _dynamics(env, arguments["reset_noise_scale"], survive)


def _dynamics(env: MujocoEnv, noise: float, survive: RewardTerm) -> Dynamics:
    tip = env.model.site(0).name
    return Dynamics(
        reset=normal_velocity_reset(env, noise),
        reward=[
            survive,
            StateReward(name="distance_penalty_x", source="site_xpos", site=tip, index=0, power=2, weight=-0.01),
            StateReward(
                name="distance_penalty_z", source="site_xpos", site=tip, index=2, offset=2.0, power=2, weight=-1.0
            ),
            StateReward(name="velocity_penalty_1", source="qvel", index=1, power=2, weight=-0.001),
            StateReward(name="velocity_penalty_2", source="qvel", index=2, power=2, weight=-0.005),
        ],
        termination=Termination(
            healthy=[Condition(source="site_xpos", site=tip, index=2, above=1.0)], terminate_when_unhealthy=True
        ),
    )
