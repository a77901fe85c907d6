"""BalanceBot: what it observes, term by term."""

from collections.abc import Mapping
from typing import Any

from bbconvert.observation.spec import ObservationTerm


def balance_bot(arguments: Mapping[str, Any]) -> list[ObservationTerm]:  # noqa: ARG001  # all levels observe alike
    """10 numbers. Source: mjcf/balance_bot/environment.py, `observe`."""
    return [
        ObservationTerm(name="tilt", source="xmat", body="bot", start=6, stop=8),
        ObservationTerm(name="heading", source="xmat", body="bot", start=3, stop=4),
        ObservationTerm(name="angular_velocity", source="qvel", start=5, stop=8),
        ObservationTerm(name="position", source="qpos", start=2, stop=4),
        ObservationTerm(name="velocity", source="qvel", start=2, stop=4),
    ]
