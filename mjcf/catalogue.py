"""Which environments' dynamics are known, by the id that `gymnasium.make` takes."""

from collections.abc import Callable
from typing import Any

from mjcf.humanoid import humanoid_v4
from mjcf.humanoid_balance.dynamics import humanoid_balance
from mjcf.spec import Dynamics

DYNAMICS: dict[str, Callable[[list[float], list[float], dict[str, Any]], Dynamics]] = {
    "Humanoid-v4": humanoid_v4,
    "bbconvert/HumanoidBalance-v0": humanoid_balance,
}
"""Environment id to a function of `init_qpos` [nq], `init_qvel` [nv] and the constructor's keyword arguments."""

BUILT_AS: dict[str, tuple[str, dict[str, Any]]] = {
    "Humanoid-v2": ("Humanoid-v4", {}),
    "Humanoid-v3": ("Humanoid-v4", {}),
}
"""An id that Gymnasium builds no more, to the id and the arguments that observe as it did."""
