"""The deterministic policy as data: layers, the activation between them, the action transform."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.activation import Activation

LEAKY_SLOPE = 0.01
"""Of `leaky_relu` below 0: torch's default."""
Float32 = NDArray[np.float32]
RECURRENT_STATE = "recurrent_state"
NEXT_RECURRENT_STATE = "next_recurrent_state"
"""Input and output of a recurrent `policy.onnx`."""


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


RecurrentKind = Literal["lstm", "gru"]


@dataclass(frozen=True)
class Recurrent:
    """A recurrent layer, as torch's `LSTM` or `GRU` of one layer computes it.

    Its state [s] is the hidden state [h] and, of an LSTM, the cell state [h] behind it; both are zeros when an episode
    begins. The gates are stacked in torch's order: input, forget, cell, output; or reset, update, new.

    Args:
        kind: which of the two.
        input_weight: [gates * h, n] float32.
        input_bias: [gates * h] float32.
        hidden_weight: [gates * h, h] float32.
        hidden_bias: [gates * h] float32.
    """

    kind: RecurrentKind
    input_weight: Float32
    input_bias: Float32
    hidden_weight: Float32
    hidden_bias: Float32

    @property
    def inputs(self) -> int:
        """Numbers in."""
        return int(self.input_weight.shape[1])

    @property
    def hidden(self) -> int:
        """Numbers out: the hidden state."""
        return int(self.hidden_weight.shape[1])

    @property
    def state(self) -> int:
        """Numbers that it keeps from one step to the next."""
        return self.hidden * (2 if self.kind == "lstm" else 1)

    @property
    def parts(self) -> dict[str, Float32]:
        """The weights by name, in the order of the fields."""
        names = ("input_weight", "input_bias", "hidden_weight", "hidden_bias")
        return {name: getattr(self, name) for name in names}


GATES: dict[RecurrentKind, int] = {"lstm": 4, "gru": 3}


@dataclass(frozen=True)
class Squash:
    """`tanh(x) * scale + bias`, scale and bias [actions] float32; None stands for the environment's own bounds."""

    scale: Float32 | None
    bias: Float32 | None


@dataclass(frozen=True)
class PolicyNetwork:
    """What plays: the actor's mean, before and after its action transform.

    Args:
        actor: normalised observation [n], or what `recurrent` makes of it, to the pre-transform action [m].
        squash: how the actor's output becomes an action; None: it is clipped to the environment's bounds.
        pre_clip: bound of the actor's output before that (the Hardtanh of gSDE), or None.
        log_std: [m] float32, the logarithm of the Gaussian's standard deviation where it does not depend on the state.
        critic: normalised observation [n] to the value estimate [1], where the checkpoint has one of that shape.
        recurrent: what stands before the actor, or None.
    """

    actor: MLP
    squash: Squash | None = None
    log_std: Float32 | None = None
    critic: MLP | None = None
    pre_clip: float | None = None
    recurrent: Recurrent | None = None

    @property
    def inputs(self) -> int:
        """Numbers in: those of the observation."""
        return self.actor.inputs if self.recurrent is None else self.recurrent.inputs

    @property
    def parameters(self) -> int:
        """Trained numbers of what plays."""
        recurrent = () if self.recurrent is None else self.recurrent.parts.values()
        return self.actor.parameters + sum(part.size for part in recurrent)
