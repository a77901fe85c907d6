"""CartPole: what it observes, term by term."""

from collections.abc import Mapping
from typing import Any

from bbconvert.observation.spec import ObservationTerm


def cart_pole(arguments: Mapping[str, Any]) -> list[ObservationTerm]:  # noqa: ARG001  # all levels observe alike
    """4 numbers. Source: mjcf/cart_pole/environment.py, `observe`."""
    return [
        ObservationTerm(name="position_and_angle", source="qpos"),
        ObservationTerm(name="velocities", source="qvel"),
    ]
