"""How a robot walks: seeded commands and pushes, in its own control loop; distance, falls and how well it follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.errors import UsageError
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.mjcf.perturbation import Perturbation
from bbconvert.mjcf.robot_env import RobotEnv

SECONDS = 20.0
SETTLED = 1.0
"""Seconds before velocity is compared with the command."""
IMPULSE = 0.5
"""Of the strongest push, N·s for each kilogram of the robot; one every two to four seconds."""


@dataclass(frozen=True)
class Walk:
    """One walk.

    Args:
        seed: draws the command and the pushes.
        command: forward and to the left (m/s), and the turn (rad/s) where it takes one.
        seconds: until it fell, or SECONDS.
        fell: it did.
        distance: of the base between beginning and end, in the plane, metres.
        speed_error: mean distance of the base's velocity from the command, in its own frame, m/s.
        turn_error: the same of the turn, rad/s; None where it takes no such command.
    """

    seed: int
    command: list[float]
    seconds: float
    fell: bool
    distance: float
    speed_error: float
    turn_error: float | None


def evaluate_robot(bundle: Bundle, seeds: Sequence[int], advance: Callable[[int], None]) -> list[Walk]:
    """A walk for each seed; `advance` is told of each.

    Raises:
        UsageError: the policy takes no command of two numbers or more.
    """
    command = bundle.manifest.env.command
    if command is None or len(command.names) < 2:
        raise UsageError(f"{bundle.manifest.name} takes no command to walk forward and to the left.")
    env = rebuild_environment(bundle.manifest, bundle.folder)
    inner = mujoco_env(env)
    mass = float(inner.model.body_subtreemass[0])
    base = inner.model.body(1).name
    pushed = Perturbation(env, bodies=[base], impulse=(0.0, IMPULSE * mass), every=(2.0, 4.0))
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization, bundle.manifest.observation.zeroed)
    walks = []
    try:
        for seed in seeds:
            drawn = np.random.default_rng([seed, 0xC0D]).uniform(command.low, command.high)
            walks.append(_walk(pushed, policy, seed, drawn))
            advance(1)
    finally:
        env.close()
    return walks


def _walk(env: Perturbation, policy: OnnxPolicy, seed: int, command: NDArray[np.float64]) -> Walk:
    policy.reset_statistics()
    policy.begin()
    env.reset(seed=seed)
    robot = cast("RobotEnv", env.unwrapped)
    robot.command = command
    observation = robot.observe()
    policy.observe(observation)
    data: Any = robot.data
    start, errors, turns = data.qpos[:2].copy(), [], []
    terminated, step = False, 0
    while not terminated and step < round(SECONDS / robot.dt):
        observation, _, terminated, _, _ = env.step(policy(observation))
        policy.observe(observation)
        step += 1
        if step * robot.dt > SETTLED:
            errors.append(float(np.linalg.norm(_velocity(data) - command[:2])))
            turns.append(abs(float(data.qvel[5] - command[2])) if command.size > 2 else 0.0)
    return Walk(
        seed=seed,
        command=command.tolist(),
        seconds=step * robot.dt,
        fell=terminated,
        distance=float(np.linalg.norm(data.qpos[:2] - start)),
        speed_error=float(np.mean(errors or [float(np.linalg.norm(command[:2]))])),
        turn_error=float(np.mean(turns or [abs(float(command[2]))])) if command.size > 2 else None,
    )


def _velocity(data: Any) -> NDArray[np.float64]:
    """The base's velocity forward and to the left, m/s, in a frame that turns with it about the vertical."""
    w, x, y, z = data.qpos[3:7]
    yaw = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    forward, left = data.qvel[0], data.qvel[1]
    return np.array([np.cos(yaw) * forward + np.sin(yaw) * left, np.cos(yaw) * left - np.sin(yaw) * forward])
