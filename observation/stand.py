"""Stand: what it observes, term by term."""

from collections.abc import Mapping
from typing import Any

from bbconvert.observation.spec import ObservationTerm


def stand(arguments: Mapping[str, Any]) -> list[ObservationTerm]:  # noqa: ARG001  # it has no levels
    """30 numbers. Source: mjcf/stand/environment.py, `observe`."""
    return [
        ObservationTerm(name="positions", source="qpos", start=1),
        ObservationTerm(name="velocities", source="qvel"),
        ObservationTerm(name="control", source="ctrl"),
        ObservationTerm(name="left_foot", source="xpos", body="left_foot", minus="torso"),
        ObservationTerm(name="right_foot", source="xpos", body="right_foot", minus="torso"),
        ObservationTerm(name="actuator_forces", source="qfrc_actuator"),
    ]
