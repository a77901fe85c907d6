"""What every reader returns."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.activation import Activation
from bbconvert.convert.network import PolicyNetwork


@dataclass(frozen=True)
class ObservationStatistics:
    """Mean and variance [n] float64 that training normalised with, the count of observations behind them."""

    mean: NDArray[np.float64]
    var: NDArray[np.float64]
    count: float


@dataclass(frozen=True)
class Unsaid:
    """What a file of plain weights does not say about its network; None where the user did not say it either.

    Args:
        activation: between the layers.
        output: `clip`: the last layer's output is the action, clipped to the environment's bounds; `tanh`: it passes
            tanh and is stretched to them.
        prefix: what the names of the policy's tensors begin with, in a file that holds several networks.
    """

    activation: Activation | None = None
    output: Literal["clip", "tanh"] | None = None
    prefix: str | None = None

    @property
    def options(self) -> list[str]:
        """The options of `bbconvert convert` that were given for it."""
        given = {"--activation": self.activation, "--output": self.output, "--prefix": self.prefix}
        return [name for name, value in given.items() if value is not None]


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
        notes: what the user should be told, a sentence each.
        env_kwargs: the arguments of the environment that it was trained in, where the files beside it say so.
        time_feature: training stood in `TimeFeatureWrapper`; None: not said, so that the sizes decide.
    """

    library: str
    algorithm: str
    network: PolicyNetwork
    normalizes: bool
    statistics: ObservationStatistics | None
    epsilon: float
    clip: float | None
    notes: tuple[str, ...] = ()
    env_kwargs: dict[str, Any] = field(default_factory=dict)
    time_feature: bool | None = None
