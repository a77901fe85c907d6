"""The player's snapshot (docs/embedding.md) with NumPy arrays."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Hand:
    """What pulls: the body's name; point, target (metres) and force (newtons), [3] in the world frame."""

    body: str
    point: NDArray[np.float64]
    target: NDArray[np.float64]
    force: NDArray[np.float64]


@dataclass(frozen=True)
class Snapshot:
    """The state after a control step; its fields are the page's, its arrays float64."""

    episode: int
    step: int
    time: float
    seed: int
    qpos: NDArray[np.float64]
    qvel: NDArray[np.float64]
    ctrl: NDArray[np.float64]
    observation: NDArray[np.float64]
    action: NDArray[np.float64]
    reward: float
    episodeReturn: float  # noqa: N815
    episodeLength: int  # noqa: N815
    terminated: bool
    truncated: bool
    hand: Hand | None
    pins: list[Hand]

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """From the page's form, where arrays are lists. A field that is missing or unknown raises."""
        hands = {"hand": raw["hand"] and _hand(raw["hand"]), "pins": [_hand(pin) for pin in raw["pins"]]}
        fields: dict[str, Any] = {name: _array(value) for name, value in raw.items() if name not in hands}
        fields.update(hands)
        return cls(**fields)

    @property
    def bits(self) -> bytes:
        """qpos and qvel as they lie in memory: equal exactly where no bit differs."""
        return self.qpos.tobytes() + self.qvel.tobytes()


def _hand(raw: dict[str, Any]) -> Hand:
    return Hand(**{name: _array(value) for name, value in raw.items()})


def _array(value: Any) -> Any:
    return np.array(value, np.float64) if isinstance(value, list) else value
