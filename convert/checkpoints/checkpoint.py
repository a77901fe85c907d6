"""What every reader returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convert.network import PolicyNetwork


@dataclass(frozen=True)
class ObservationStatistics:
    """Mean and variance [n] float64 that training normalised with, the count of observations behind them."""

    mean: NDArray[np.float64]
    var: NDArray[np.float64]
    count: float


@dataclass(frozen=True)
class Checkpoint:
    """A policy as read from a file.

    Args:
        library: `cleanrl`, for instance.
        algorithm: in the library's own words, `ppo_continuous_action` for instance.
        network: the deterministic policy.
        normalizes: training saw normalised observations.
        statistics: what they were normalised with, where the file has it.
        epsilon: added to the variance under the root.
        clip: bound of the normalised observation, or None.
        notes: what whoever converts it should be told, a sentence each.
    """

    library: str
    algorithm: str
    network: PolicyNetwork
    normalizes: bool
    statistics: ObservationStatistics | None
    epsilon: float
    clip: float | None
    notes: tuple[str, ...] = ()
