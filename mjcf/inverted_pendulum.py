"""Gymnasium's InvertedPendulum: reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.health import within
from bbconvert.mjcf.reset import uniform_reset
from bbconvert.mjcf.spec import Condition, ConstantReward, Dynamics, HealthyReward, RewardTerm, Termination

MAX_ANGLE = 0.2
"""Radians from upright, either way; this angle itself is healthy."""


def inverted_pendulum_v4(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:  # noqa: ARG001
    """Pays at every step, the last one included. Source: gymnasium/envs/mujoco/inverted_pendulum_v4.py."""
    return _dynamics(env, 0.01, ConstantReward(name="reward_survive", weight=1.0))


def inverted_pendulum_v5(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """Source: gymnasium/envs/mujoco/inverted_pendulum_v5.py."""
    return _dynamics(env, arguments["reset_noise_scale"], HealthyReward(name="reward_survive", weight=1.0))


def _dynamics(env: MujocoEnv, noise: float, survive: RewardTerm) -> Dynamics:
    healthy = [
        Condition(source="qpos", index=0, stop=env.model.nq),
        Condition(source="qvel", index=0, stop=env.model.nv),
        within((-MAX_ANGLE, MAX_ANGLE), "qpos", 1, inclusive=True),
    ]
    return Dynamics(
        reset=uniform_reset(env, noise),
        reward=[survive],
        termination=Termination(healthy=healthy, terminate_when_unhealthy=True),
    )
