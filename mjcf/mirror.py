"""What a mirror does to an environment's observation and action, where a body is the same on both sides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class SignedPermutation:
    """The mirror image of a vector: `image[i] = signs[i] * vector[order[i]]`. The image's image is the vector.

    Args:
        order: [n] int64.
        signs: [n] float64, 1 or -1.

    Raises:
        ValueError: it is not its own inverse.
    """

    order: NDArray[np.int64]
    signs: Float64

    def __post_init__(self) -> None:
        back = self.order[self.order]
        if not (np.array_equal(back, np.arange(len(back))) and np.all(self.signs * self.signs[self.order] == 1)):
            raise ValueError("a mirror image's mirror image is the original; here it is not")

    def image(self, vectors: Float64) -> Float64:
        """Of vectors along the last axis."""
        return vectors[..., self.order] * self.signs


@dataclass(frozen=True)
class Mirror:
    """What the mirror does to an environment's observation and action."""

    observation: SignedPermutation
    action: SignedPermutation
