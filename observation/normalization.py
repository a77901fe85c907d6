"""Observation statistics: none, frozen, or running exactly as Gymnasium's wrapper."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Statistic = NDArray[np.floating]
"""float32 before the first update, float64 from then on."""


class RunningStatistics:
    """Mean, variance and count of all observations so far, [n] float64 each (the count a float).

    Equal to `gymnasium.wrappers.NormalizeObservation`'s to the last bit. Source: gymnasium/wrappers/utils.py,
    RunningMeanStd: its first arrays are float32, so that the very first update rounds `var * count` to float32.
    """

    EPSILON_COUNT = 1e-4

    def __init__(self, size: int) -> None:
        self.mean: Statistic = np.zeros(size, np.float32)
        self.var: Statistic = np.ones(size, np.float32)
        self.count = self.EPSILON_COUNT

    def update(self, observation: Array) -> None:
        """Takes one raw observation [n] float64 in."""
        delta = observation - self.mean
        total = self.count + 1
        squares = self.var * self.count + np.square(delta) * self.count * 1 / total
        self.mean = self.mean + delta * 1 / total
        self.var = squares / total
        self.count = total


def normalize(
    observation: Array, mean: Statistic, var: Statistic, epsilon: float, clip: float | None
) -> NDArray[np.float32]:
    """`clip((observation - mean) / sqrt(var + epsilon))` in float64, rounded once to float32: a network's input [n]."""
    value = (observation - mean) / np.sqrt(var + epsilon)
    if clip is not None:
        value = np.clip(value, -clip, clip)
    rounded: NDArray[np.float32] = value.astype(np.float32)
    return rounded
