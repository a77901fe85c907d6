"""Reorient: what it observes, term by term."""

from collections.abc import Mapping
from typing import Any

from bbconvert.observation.spec import ObservationTerm


def reorient(arguments: Mapping[str, Any]) -> list[ObservationTerm]:  # noqa: ARG001  # it has no levels
    """10 numbers. Source: mjcf/reorient/environment.py, `observe`."""
    return [
        ObservationTerm(name="quaternion", source="xquat", body="lander"),
        ObservationTerm(name="up", source="xmat", body="lander", start=6, stop=9),
        ObservationTerm(name="angular_velocity", source="qvel"),
    ]
