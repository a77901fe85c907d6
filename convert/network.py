"""The deterministic policy as data: dense layers, the activation between them, the action transform."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.activation import Activation

LEAKY_SLOPE = 0.01
"""Of `leaky_relu` below 0: torch's default."""
Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Dense:
    """`y = weight @ x + bias`: weight [outputs, inputs] and bias [outputs], float32 as trained."""

    weight: Float32
    bias: Float32


@dataclass(frozen=True)
class MLP:
    """Dense layers with one activation between them and none after the last."""

    layers: tuple[Dense, ...]
    activation: Activation

    @property
    def inputs(self) -> int:
        """Numbers in."""
        return int(self.layers[0].weight.shape[1])

    @property
    def widths(self) -> list[int]:
        """Outputs of each layer."""
        return [int(layer.weight.shape[0]) for layer in self.layers]

    @property
    def parameters(self) -> int:
        """Trained numbers."""
        return sum(layer.weight.size + layer.bias.size for layer in self.layers)


@dataclass(frozen=True)
class Squash:
    """`tanh(x) * scale + bias`, scale and bias [actions] float32; None stands for the environment's own bounds."""

    scale: Float32 | None
    bias: Float32 | None


@dataclass(frozen=True)
class PolicyNetwork:
    """What plays: the actor's mean, before and after its action transform.

    Args:
        actor: normalised observation [n] to the pre-transform action [m].
        squash: how the actor's output becomes an action; None: it is clipped to the environment's bounds.
        pre_clip: bound of the actor's output before that (the Hardtanh of gSDE), or None.
        log_std: [m] float32, the logarithm of the Gaussian's standard deviation where it does not depend on the state.
        critic: normalised observation [n] to the value estimate [1], where the checkpoint has one of that shape.
    """

    actor: MLP
    squash: Squash | None = None
    log_std: Float32 | None = None
    critic: MLP | None = None
    pre_clip: float | None = None
