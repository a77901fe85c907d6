"""Which environments' observations are known, by the id that `gymnasium.make` takes."""

from collections.abc import Callable
from typing import Any

from observation.humanoid import humanoid_v4
from observation.spec import ObservationTerm

OBSERVATIONS: dict[str, Callable[[dict[str, Any]], list[ObservationTerm]]] = {
    "Humanoid-v4": humanoid_v4,
    "bbconvert/HumanoidBalance-v0": humanoid_v4,
}
"""Environment id to a function of the constructor's keyword arguments."""
