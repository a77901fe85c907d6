"""From two arrays to a row: shapes and finiteness first, then the largest difference with its place."""

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.parity import Check, Level

FAILED = 1e300
"""What a row reports where there is no number: shapes that differ, or values that are not finite."""


def largest_difference(
    level: Level, name: str, got: NDArray[np.floating], expected: NDArray[np.floating], tolerance: float
) -> Check:
    """`max |got - expected|`, its index in the metric; arrays of different shape or with NaN fail."""
    metric, value = "max |Δ|", 0.0
    if got.shape != expected.shape:
        metric, value = f"shape {got.shape}, expected {expected.shape}", FAILED
    elif not (np.all(np.isfinite(got)) and np.all(np.isfinite(expected))):
        metric, value = "values that are not finite", FAILED
    elif got.size:
        difference = np.abs(got.astype(np.float64) - expected.astype(np.float64))
        index = np.unravel_index(int(np.argmax(difference)), difference.shape)
        value = float(difference[index])
        if value > 0:
            metric += f" (at {', '.join(str(int(i)) for i in index)})"
    n = got.shape[0] if got.ndim else 1
    return row(level, name, metric=metric, value=value, tolerance=tolerance, n=n)


def unequal(level: Level, name: str, got: NDArray[np.generic], expected: NDArray[np.generic]) -> Check:
    """How many numbers are not equal to the last bit (dtype included); 0 is the only value that holds."""
    metric = "numbers not bit-equal"
    if got.shape != expected.shape or got.dtype != expected.dtype:
        metric = f"{got.dtype}{got.shape}, expected {expected.dtype}{expected.shape}"
        return row(level, name, metric=metric, value=FAILED, tolerance=0.0, n=len(expected))
    different = got.view(np.uint8).reshape(got.size, -1) != expected.view(np.uint8).reshape(got.size, -1)
    count = float(np.sum(np.any(different, axis=1)))
    return row(level, name, metric=metric, value=count, tolerance=0.0, n=len(expected))


def row(level: Level, name: str, *, metric: str, value: float, tolerance: float, n: int) -> Check:
    """A row that holds where `value` is at most `tolerance`."""
    return Check(level=level, name=name, metric=metric, value=value, tolerance=tolerance, n=n, ok=value <= tolerance)
