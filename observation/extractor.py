"""Evaluates an observation spec with NumPy, from MuJoCo's model and data alone."""

from collections.abc import Callable, Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

from bbconvert.observation.spec import ObservationTerm

Array = NDArray[np.float64]

_FUNCTIONS: dict[str, Callable[[Array], Array]] = {"sin": np.sin, "cos": np.cos}


class ObservationExtractor:
    """The NumPy interpreter of observation terms.

    Args:
        model: the MuJoCo model that the terms index into.
        terms: the manifest's `observation.terms`, in order.

    Raises:
        ValueError: a term names a body or elements that the model does not have.
    """

    def __init__(self, model: mujoco.MjModel, terms: Sequence[ObservationTerm]) -> None:
        data = mujoco.MjData(model)
        self._terms = list(terms)
        self._rows = [(_row(model, term, term.body), _row(model, term, term.minus)) for term in terms]
        for term, (row, _) in zip(self._terms, self._rows, strict=True):
            if term.source == "time_left":
                continue
            available = _flat(data, term.source, row).size
            stop = available if term.stop is None else term.stop
            if not term.start < stop <= available:
                raise ValueError(
                    f"observation term {term.name!r} reads {term.source}[{term.start}:{stop}], "
                    f"but the model's {term.source} has {available} numbers"
                )
        self.term_sizes = [
            _evaluate(data, term, *rows).size for term, rows in zip(self._terms, self._rows, strict=True)
        ]
        self.size = sum(self.term_sizes)

    def __call__(self, data: mujoco.MjData) -> Array:
        """The observation [size] float64 of `data` as it stands; nothing is recomputed."""
        return np.concatenate(
            [_evaluate(data, term, *rows) for term, rows in zip(self._terms, self._rows, strict=True)]
        )


def _evaluate(data: mujoco.MjData, term: ObservationTerm, row: int | None, minus: int | None) -> Array:
    if term.period is not None and term.steps is not None:
        return np.array([1 - round(data.time / term.period) / term.steps])
    value = _flat(data, term.source, row)[term.start : term.stop]
    if minus is not None:
        value = value - _flat(data, term.source, minus)[term.start : term.stop]
    if term.function is not None:
        value = _FUNCTIONS[term.function](value)
    if term.clip is not None:
        value = np.clip(value, *term.clip)
    return value


def _flat(data: mujoco.MjData, source: str, row: int | None) -> Array:
    array: Array = getattr(data, source)
    return (array if row is None else array[row]).ravel()


def _row(model: mujoco.MjModel, term: ObservationTerm, body: str | None) -> int | None:
    if body is None:
        return None
    row = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, body)
    if row < 0:
        names = ", ".join(model.body(i).name for i in range(model.nbody))
        raise ValueError(f"observation term {term.name!r} names body {body!r}; the model's bodies are {names}")
    return int(row)
