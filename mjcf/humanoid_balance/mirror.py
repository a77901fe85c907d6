"""The humanoid in the mirror: its observation and action with left and right exchanged."""

from collections.abc import Sequence
from typing import Any, cast

import gymnasium
import mujoco
import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.mirror import Mirror, SignedPermutation

_VECTOR = [1, -1, 1]
"""Of a position, a velocity or a force in the mirror y = 0."""
_ROTATION = [-1, 1, -1]
"""Of an angular velocity or a torque."""
_QUATERNION = [1, -1, 1, -1]
_INERTIA = [1, 1, 1, -1, 1, -1, *_VECTOR, 1]
"""MuJoCo's cinert: Ixx Iyy Izz Ixy Ixz Iyz, mass times position, mass."""


def humanoid_mirror(env: gymnasium.Env[Any, Any]) -> Mirror:
    """Of Humanoid-v4's 376 numbers and 17 torques. Small differences of the body (a knee's spring) are ignored.

    Raises:
        ValueError: a joint's axis is not the mirror image of the other side's.
    """
    model = cast("MujocoEnv", env.unwrapped).model
    joints = [model.joint(i).name for i in range(1, model.njnt)]
    bodies = [model.body(i).name for i in range(model.nbody)]
    signs = [_sign(model, joint) for joint in joints]
    hinges = (_exchanged(joints), signs)
    root = (range(6), _VECTOR + _ROTATION)
    observation = (
        (range(5), [1, *_QUATERNION]),  # qpos without x and y
        hinges,
        root,  # qvel
        hinges,
        _per_body(bodies, _INERTIA),  # cinert
        _per_body(bodies, _ROTATION + _VECTOR),  # cvel
        root,  # qfrc_actuator
        hinges,
        _per_body(bodies, _ROTATION + _VECTOR),  # cfrc_ext
    )
    driven = [model.joint(model.actuator(i).trnid[0]).name for i in range(model.nu)]
    action = (_exchanged(driven), [signs[joints.index(joint)] for joint in driven])
    return Mirror(_joined(observation), _joined([action]))


def _exchanged(names: Sequence[str]) -> list[int]:
    return [names.index(_other(name)) for name in names]


def _other(name: str) -> str:
    return name.replace("right", "left") if "right" in name else name.replace("left", "right")


def _sign(model: mujoco.MjModel, joint: str) -> int:
    """1 where a joint's angle means on the other side what it means on this."""
    image = model.joint(joint).axis * _ROTATION
    other = model.joint(_other(joint)).axis
    for sign in (1, -1):
        if np.allclose(image, sign * other):
            return sign
    raise ValueError(f"the axis of {joint}, {image} in the mirror, is not that of {_other(joint)}, {other}")


def _per_body(bodies: Sequence[str], signs: Sequence[int]) -> tuple[list[int], list[int]]:
    width = len(signs)
    return [width * body + i for body in _exchanged(bodies) for i in range(width)], [*signs] * len(bodies)


def _joined(parts: Sequence[tuple[Sequence[int], Sequence[int]]]) -> SignedPermutation:
    order: list[int] = []
    signs: list[int] = []
    for part, part_signs in parts:
        order += [len(order) + i for i in part]  # evaluated before order grows
        signs += part_signs
    return SignedPermutation(np.array(order), np.array(signs, dtype=np.float64))
