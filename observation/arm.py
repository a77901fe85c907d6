"""Gymnasium's Reacher and Pusher: what they observe, term by term."""

from collections.abc import Mapping
from typing import Any

from bbconvert.observation.spec import ObservationTerm

ARM = 7
"""Joints of the pusher's arm."""


def reacher_v4(arguments: Mapping[str, Any]) -> list[ObservationTerm]:  # noqa: ARG001
    """11 numbers. Source: gymnasium/envs/mujoco/reacher_v4.py."""
    return [
        ObservationTerm(name="angle_cos", source="qpos", stop=2, function="cos"),
        ObservationTerm(name="angle_sin", source="qpos", stop=2, function="sin"),
        ObservationTerm(name="goal", source="qpos", start=2),
        ObservationTerm(name="velocity", source="qvel", stop=2),
        ObservationTerm(name="fingertip_from_target", source="xpos", body="fingertip", minus="target"),
    ]


def reacher_v5(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    """10 numbers: the distance in the plane alone. Source: gymnasium/envs/mujoco/reacher_v5.py."""
    *terms, distance = reacher_v4(arguments)
    return [*terms, distance.model_copy(update={"stop": 2})]


def pusher_v5(arguments: Mapping[str, Any]) -> list[ObservationTerm]:  # noqa: ARG001
    """23 numbers. Source: gymnasium/envs/mujoco/pusher_v5.py."""
    return [
        ObservationTerm(name="position", source="qpos", stop=ARM),
        ObservationTerm(name="velocity", source="qvel", stop=ARM),
        ObservationTerm(name="fingertip", source="xpos", body="tips_arm"),
        ObservationTerm(name="object", source="xpos", body="object"),
        ObservationTerm(name="goal", source="xpos", body="goal"),
    ]
