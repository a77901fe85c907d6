"""Gymnasium's HalfCheetah, Hopper, Walker2d and Swimmer: joint positions and velocities, term by term."""

from collections.abc import Mapping
from typing import Any

from bbconvert.observation.spec import ObservationTerm


def half_cheetah(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    """17 numbers. Source: gymnasium/envs/mujoco/half_cheetah_v4.py, half_cheetah_v5.py."""
    return [_position(arguments, excluded=1), ObservationTerm(name="velocity", source="qvel")]


def hopper(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    """11 numbers. Source: gymnasium/envs/mujoco/hopper_v4.py, hopper_v5.py."""
    return [_position(arguments, excluded=1), _bounded_velocity()]


def walker2d(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    """17 numbers. Source: gymnasium/envs/mujoco/walker2d_v4.py, walker2d_v5.py."""
    return [_position(arguments, excluded=1), _bounded_velocity()]


def swimmer(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    """8 numbers. Source: gymnasium/envs/mujoco/swimmer_v4.py, swimmer_v5.py."""
    return [_position(arguments, excluded=2), ObservationTerm(name="velocity", source="qvel")]


def _position(arguments: Mapping[str, Any], excluded: int) -> ObservationTerm:
    first = excluded if arguments["exclude_current_positions_from_observation"] else 0
    return ObservationTerm(name="position", source="qpos", start=first)


def _bounded_velocity() -> ObservationTerm:
    return ObservationTerm(name="velocity", source="qvel", clip=(-10.0, 10.0))
