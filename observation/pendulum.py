"""Gymnasium's InvertedPendulum and InvertedDoublePendulum: what they observe, term by term."""

from collections.abc import Mapping
from typing import Any

from bbconvert.observation.spec import ObservationTerm


def inverted_pendulum(arguments: Mapping[str, Any]) -> list[ObservationTerm]:  # noqa: ARG001
    """4 numbers. Source: gymnasium/envs/mujoco/inverted_pendulum_v4.py, inverted_pendulum_v5.py."""
    return [ObservationTerm(name="position", source="qpos"), ObservationTerm(name="velocity", source="qvel")]


def inverted_double_pendulum_v4(arguments: Mapping[str, Any]) -> list[ObservationTerm]:  # noqa: ARG001
    """11 numbers. Source: gymnasium/envs/mujoco/inverted_double_pendulum_v4.py."""
    return [
        ObservationTerm(name="position", source="qpos", stop=1),
        ObservationTerm(name="angle_sin", source="qpos", start=1, function="sin"),
        ObservationTerm(name="angle_cos", source="qpos", start=1, function="cos"),
        ObservationTerm(name="velocity", source="qvel", clip=(-10.0, 10.0)),
        ObservationTerm(name="constraint_forces", source="qfrc_constraint", clip=(-10.0, 10.0)),
    ]


def inverted_double_pendulum_v5(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    """9 numbers: of the constraint forces the cart's alone.

    Source: gymnasium/envs/mujoco/inverted_double_pendulum_v5.py.
    """
    *terms, forces = inverted_double_pendulum_v4(arguments)
    return [*terms, forces.model_copy(update={"stop": 1})]
