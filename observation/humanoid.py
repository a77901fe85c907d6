"""Gymnasium's Humanoid: what it observes, term by term."""

from typing import Any

from observation.spec import ObservationTerm


def humanoid_v4(kwargs: dict[str, Any]) -> list[ObservationTerm]:
    """376 numbers (378 with the horizontal position). Source: gymnasium/envs/mujoco/humanoid_v4.py, `_get_obs`."""
    first = 2 if kwargs.get("exclude_current_positions_from_observation", True) else 0
    return [
        ObservationTerm(name="position", source="qpos", start=first),
        ObservationTerm(name="velocity", source="qvel"),
        ObservationTerm(name="com_inertia", source="cinert"),
        ObservationTerm(name="com_velocity", source="cvel"),
        ObservationTerm(name="actuator_forces", source="qfrc_actuator"),
        ObservationTerm(name="external_contact_forces", source="cfrc_ext"),
    ]
