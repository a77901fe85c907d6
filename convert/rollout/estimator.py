"""Runs a bundle's `pose.onnx`: from a picture to the observation terms that come from it."""

from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.manifest import Estimator
from bbconvert.convert.rollout.policy import onnx_session
from bbconvert.observation.spec import ObservationTerm

Float64 = NDArray[np.float64]


class AttitudeEstimator:
    """The network that sees, in ONNX Runtime.

    Args:
        content: of `pose.onnx`.

    Raises:
        BBConvertError: ONNX Runtime does not take it.
    """

    def __init__(self, content: bytes) -> None:
        self._session = onnx_session(content)

    def numbers(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Its output [6] for a picture [height, width, 3]."""
        (result,) = self._session.run(["rotation"], {"picture": picture})
        array: NDArray[np.float32] = result
        return array

    def rotation(self, picture: NDArray[np.uint8]) -> Float64:
        """The body's attitude, [3, 3], world from body."""
        return orthonormal(self.numbers(picture).astype(np.float64))


class SeenTerms:
    """The observation terms that an attitude can replace.

    Args:
        estimator: the manifest's section.
        terms: the observation's.
        sizes: how many numbers each of them has.
    """

    def __init__(self, estimator: Estimator, terms: Sequence[ObservationTerm], sizes: Sequence[int]) -> None:
        starts = np.cumsum([0, *sizes])
        self._terms = [
            (term, slice(start, start + size))
            for term, size, start in zip(terms, sizes, starts, strict=False)
            if term.name in estimator.terms
        ]

    def put(self, observation: Float64, rotation: Float64) -> Float64:
        """The observation [n] with these terms read from the attitude `rotation` [3, 3]."""
        seen = observation.copy()
        quaternion = np.empty(4)
        mujoco.mju_mat2Quat(quaternion, rotation.ravel())
        for term, place in self._terms:
            values = quaternion if term.source == "xquat" else rotation.ravel()
            seen[place] = values[term.start : term.stop]
        return seen


def orthonormal(numbers: Float64) -> Float64:
    """The rotation matrix [3, 3] whose first two columns are nearest, in their order, to the six numbers."""
    first = numbers[:3] / np.linalg.norm(numbers[:3])
    second = numbers[3:] - (first @ numbers[3:]) * first
    second /= np.linalg.norm(second)
    return np.column_stack([first, second, np.cross(first, second)])


def degrees_between(one: Float64, other: Float64) -> float:
    """The angle from one rotation [3, 3] to the other."""
    chord = np.linalg.norm(one - other) / np.sqrt(8)
    return float(np.degrees(2 * np.arcsin(min(1.0, chord))))


def noise_pictures(width: int, height: int, n: int) -> NDArray[np.uint8]:
    """The pictures [n, height, width, 3] whose outputs a manifest records."""
    uniform = np.random.default_rng(0).random((n, height, width, 3))
    return np.floor(256 * uniform).astype(np.uint8)
