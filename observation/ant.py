"""Gymnasium's Ant: what it observes, term by term."""

import sys
from collections.abc import Mapping
from typing import Any

from bbconvert.observation.spec import ObservationTerm


def ant_v4(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    """27 numbers, 84 contact forces more with `use_contact_forces`. Source: gymnasium/envs/mujoco/ant_v4.py."""
    terms = _position_and_velocity(arguments)
    if arguments["use_contact_forces"]:
        terms.append(_contact_forces(arguments, first=0))
    return terms


def ant_v5(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    """105 numbers: the contact forces are there unless excluded, without the world's row.

    Source: gymnasium/envs/mujoco/ant_v5.py.
    """
    terms = _position_and_velocity(arguments)
    if arguments["include_cfrc_ext_in_observation"]:
        terms.append(_contact_forces(arguments, first=6))
    return terms


def _position_and_velocity(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    first = 2 if arguments["exclude_current_positions_from_observation"] else 0
    return [
        ObservationTerm(name="position", source="qpos", start=first),
        ObservationTerm(name="velocity", source="qvel"),
    ]


def _contact_forces(arguments: Mapping[str, Any], first: int) -> ObservationTerm:
    # JSON has no infinity: the largest float bounds as little.
    low, high = (max(-sys.float_info.max, min(sys.float_info.max, x)) for x in arguments["contact_force_range"])
    return ObservationTerm(name="external_contact_forces", source="cfrc_ext", start=first, clip=(low, high))
