"""Gymnasium's Ant: reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.health import healthy_reward_v4, healthy_reward_v5, open_bounds, within
from bbconvert.mjcf.reset import normal_velocity_reset
from bbconvert.mjcf.spec import Condition, ContactCost, ControlCost, Dynamics, RewardTerm, Termination, VelocityReward


def ant_v4(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """Contacts cost only where they are observed. Source: gymnasium/envs/mujoco/ant_v4.py."""
    reward: list[RewardTerm] = [
        VelocityReward(name="reward_forward", of="torso", axis=0, weight=1.0),
        healthy_reward_v4("reward_survive", arguments),
        _control_cost(arguments),
    ]
    if arguments["use_contact_forces"]:
        reward.append(_contact_cost(arguments))
    return _dynamics(env, arguments, reward)


def ant_v5(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:
    """Source: gymnasium/envs/mujoco/ant_v5.py.

    Raises:
        ValueError: the model has no body `main_body` (a name, or an id).
    """
    weight = float(arguments["forward_reward_weight"])
    reward: list[RewardTerm] = [
        VelocityReward(name="reward_forward", of=_body(env, arguments["main_body"]), axis=0, weight=weight),
        healthy_reward_v5("reward_survive", arguments),
        _control_cost(arguments),
        _contact_cost(arguments),
    ]
    return _dynamics(env, arguments, reward)


def _dynamics(env: MujocoEnv, arguments: Mapping[str, Any], reward: list[RewardTerm]) -> Dynamics:
    healthy = [
        Condition(source="qpos", index=0, stop=env.model.nq),
        Condition(source="qvel", index=0, stop=env.model.nv),
        within(arguments["healthy_z_range"], "qpos", 2, inclusive=True),
    ]
    terminates = bool(arguments["terminate_when_unhealthy"])
    return Dynamics(
        reset=normal_velocity_reset(env, arguments["reset_noise_scale"]),
        reward=reward,
        termination=Termination(healthy=healthy, terminate_when_unhealthy=terminates),
    )


def _control_cost(arguments: Mapping[str, Any]) -> ControlCost:
    return ControlCost(name="reward_ctrl", of="action", weight=-float(arguments["ctrl_cost_weight"]))


def _contact_cost(arguments: Mapping[str, Any]) -> ContactCost:
    return ContactCost(
        name="reward_contact",
        weight=float(arguments["contact_cost_weight"]),
        force_range=open_bounds(arguments["contact_force_range"]),
    )


def _body(env: MujocoEnv, main_body: int | str) -> str:
    names: list[str] = [env.model.body(i).name for i in range(env.model.nbody)]
    if isinstance(main_body, str) and main_body in names:
        return main_body
    if isinstance(main_body, int) and 0 <= main_body < len(names) and names[main_body]:
        return names[main_body]
    raise ValueError(f"main_body {main_body!r} is not a body of the model; its bodies are {', '.join(names)}")
