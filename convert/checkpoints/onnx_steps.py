"""What a few steps of an ONNX graph compute together: an affine map of every number, or bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.checkpoints.onnx_chain import Step
from bbconvert.convert.errors import BBConvertError

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Affine:
    """`scale * x + shift`, each [n]."""

    scale: Float64
    shift: Float64


def read_affine(steps: Sequence[Step], size: int | None) -> tuple[Affine | None, Sequence[Step]]:
    """The constants that the first steps add, subtract, multiply with and divide by; and the steps behind them."""
    n = size or 1
    scale, shift = np.ones(n), np.zeros(n)
    count = 0
    for step in steps:
        place = 0 if step.operator in ("Add", "Mul") and 0 in step.constants else 1
        constant = step.constants.get(place)
        if step.operator not in ("Add", "Sub", "Mul", "Div") or constant is None or constant.size not in (1, n):
            break
        value = constant.astype(np.float64).reshape(-1)
        if step.operator in ("Add", "Sub"):
            shift = shift + value if step.operator == "Add" else shift - value
        else:
            if step.operator == "Div" and np.any(value == 0):
                break
            factor = value if step.operator == "Mul" else 1 / value
            scale, shift = scale * factor, shift * factor
        count += 1
    return (Affine(scale, shift) if count else None), steps[count:]


def bounds(steps: Sequence[Step]) -> tuple[Float64, Float64, Sequence[Step]]:
    """What the first steps bound the value to, each [n] or [1], infinite where they do not; and the steps behind."""
    low, high = np.full(1, -np.inf), np.full(1, np.inf)
    count = 0
    for step in steps:
        if step.operator == "Clip" and set(step.sources) == {0}:
            smallest, largest = _clip(step, 1, "min"), _clip(step, 2, "max")
        elif step.operator in ("Max", "Min") and len(step.constants) == 1 and len(step.sources) == 1:
            value = next(iter(step.constants.values()))
            smallest, largest = (value, None) if step.operator == "Max" else (None, value)
        else:
            break
        low = low if smallest is None else np.maximum(low, smallest.astype(np.float64).reshape(-1))
        high = high if largest is None else np.minimum(high, largest.astype(np.float64).reshape(-1))
        count += 1
    return low, high, steps[count:]


def symmetric(path: Path, low: Float64, high: Float64, what: str) -> float | None:
    """The one number c of the bounds [-c, c]; None where there are none.

    Raises:
        BBConvertError: bounds of another form.
    """
    if np.all(np.isinf(low)) and np.all(np.isinf(high)):
        return None
    numbers = np.unique(np.concatenate([-low, high]))
    if numbers.size != 1 or numbers[0] <= 0:
        raise BBConvertError(
            f"{path}: {what} to [{low.tolist()}, {high.tolist()}]; bbconvert's bounds there are [-c, c], the same for "
            "every number."
        )
    return float(numbers[0])


def _clip(step: Step, place: int, attribute: str) -> NDArray[Any] | None:
    """A bound of Clip: an input since opset 11, an attribute before."""
    value = step.attributes.get(attribute)
    return step.constants.get(place) if value is None else np.array(value)
