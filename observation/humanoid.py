"""Gymnasium's Humanoid and HumanoidStandup: what they observe, term by term."""

from collections.abc import Mapping
from typing import Any

from bbconvert.observation.spec import ObservationTerm

WORLD, ROOT_DOFS = 1, 6
"""From v5 on the world body's rows and the root's actuator forces, always 0, are left out."""


def humanoid_v4(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    """376 numbers (378 with the horizontal position). HumanoidStandup-v4 takes no argument.

    Source: gymnasium/envs/mujoco/humanoid_v4.py and humanoidstandup_v4.py, `_get_obs`.
    """
    first = 2 if arguments.get("exclude_current_positions_from_observation", True) else 0
    return [
        ObservationTerm(name="position", source="qpos", start=first),
        ObservationTerm(name="velocity", source="qvel"),
        ObservationTerm(name="com_inertia", source="cinert"),
        ObservationTerm(name="com_velocity", source="cvel"),
        ObservationTerm(name="actuator_forces", source="qfrc_actuator"),
        ObservationTerm(name="external_contact_forces", source="cfrc_ext"),
    ]


def humanoid_v5(arguments: Mapping[str, Any]) -> list[ObservationTerm]:
    """348 numbers, less what the arguments exclude.

    Source: gymnasium/envs/mujoco/humanoid_v5.py and humanoidstandup_v5.py, `_get_obs`.
    """
    position, velocity, *switched = humanoid_v4(arguments)
    included = {
        "cinert": ("include_cinert_in_observation", 10 * WORLD),
        "cvel": ("include_cvel_in_observation", 6 * WORLD),
        "qfrc_actuator": ("include_qfrc_actuator_in_observation", ROOT_DOFS),
        "cfrc_ext": ("include_cfrc_ext_in_observation", 6 * WORLD),
    }
    terms = [position, velocity]
    for term in switched:
        switch, first = included[term.source]
        if arguments[switch]:
            terms.append(term.model_copy(update={"start": first}))
    return terms
