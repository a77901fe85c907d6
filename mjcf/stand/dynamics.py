"""Stand's numbers, and its reset, reward and termination as data."""

from collections.abc import Mapping
from typing import Any

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.reset import reset
from bbconvert.mjcf.spec import Condition, ConstantReward, ControlCost, Dynamics, StateReward, Termination, UniformDraw

LOWEST = -0.25
"""Metres that the hips may sink from where they start, 0.8 m above the floor."""
LEAN = 0.05
"""Radians that the torso and each joint may be off at the start."""
SPEED = 0.2
"""Of every joint at the start, at most: m/s and rad/s."""
HEALTHY_REWARD = 1.0
POSITION_WEIGHT = 0.2
PITCH_WEIGHT = 1.0
POSTURE_WEIGHT = 0.1
"""Of each joint's squared angle: a constant reward alone leads to strange poses."""
SPEED_WEIGHT = 0.02
"""Of each joint's squared velocity."""
CTRL_COST_WEIGHT = 0.02
JOINTS = range(3, 7)


def stand(env: MujocoEnv, arguments: Mapping[str, Any]) -> Dynamics:  # noqa: ARG001  # it has no levels
    """Stand's dynamics. Source: mjcf/stand/environment.py."""
    return Dynamics(
        reset=reset(
            env,
            UniformDraw(target="qpos", start=2, stop=7, low=-LEAN, high=LEAN),
            UniformDraw(target="qvel", start=0, stop=7, low=-SPEED, high=SPEED),
        ),
        reward=[
            ConstantReward(name="reward_alive", weight=HEALTHY_REWARD),
            StateReward(name="reward_position", source="qpos", index=0, power=2, weight=-POSITION_WEIGHT),
            StateReward(name="reward_pitch", source="qpos", index=2, power=2, weight=-PITCH_WEIGHT),
            *(
                StateReward(name=f"reward_posture_{i - 3}", source="qpos", index=i, power=2, weight=-POSTURE_WEIGHT)
                for i in JOINTS
            ),
            *(
                StateReward(name=f"reward_speed_{i - 3}", source="qvel", index=i, power=2, weight=-SPEED_WEIGHT)
                for i in JOINTS
            ),
            ControlCost(name="reward_ctrl", weight=-CTRL_COST_WEIGHT),
        ],
        termination=Termination(
            healthy=[Condition(source="qpos", index=1, above=LOWEST)],
            terminate_when_unhealthy=True,
        ),
    )
