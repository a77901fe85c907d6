"""BalanceBall: what it observes, term by term."""

from collections.abc import Mapping
from typing import Any

from bbconvert.observation.spec import ObservationTerm


def balance_ball(arguments: Mapping[str, Any]) -> list[ObservationTerm]:  # noqa: ARG001  # all levels observe alike
    """60 numbers. Source: mjcf/balance_ball/environment.py, `observe`."""
    return [
        ObservationTerm(name="ball_position", source="qpos", start=0, stop=1),
        ObservationTerm(name="ball_roll", source="qpos", start=2, stop=3),
        ObservationTerm(name="plank", source="qpos", start=4, stop=6),
        ObservationTerm(name="torso_and_joints", source="qpos", start=7),
        ObservationTerm(name="plank_from_ball", source="xpos", body="plank", minus="ball"),
        ObservationTerm(name="torso_from_plank", source="xpos", body="torso", minus="plank"),
        ObservationTerm(name="torso_from_ball", source="xpos", body="torso", minus="ball"),
        ObservationTerm(name="left_foot", source="xpos", body="left_foot", minus="plank"),
        ObservationTerm(name="right_foot", source="xpos", body="right_foot", minus="plank"),
        ObservationTerm(name="left_hand", source="xpos", body="left_hand", minus="torso"),
        ObservationTerm(name="right_hand", source="xpos", body="right_hand", minus="torso"),
        ObservationTerm(name="velocities", source="qvel"),
        ObservationTerm(name="control", source="ctrl"),
    ]
