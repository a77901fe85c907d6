"""The deterministic policy as data: layers, the activation between them, the action transform."""

from dataclasses import dataclass, fields
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
class GateWeights:
    """What one layer of an LSTM or a GRU computes its gates with, stacked in torch's order.

    The gates are input, forget, cell, output of an LSTM; reset, update, new of a GRU.

    Args:
        input_weight: [gates * h, n] float32.
        input_bias: [gates * h] float32.
        hidden_weight: [gates * h, h] float32.
        hidden_bias: [gates * h] float32.
    """

    input_weight: Float32
    input_bias: Float32
    hidden_weight: Float32
    hidden_bias: Float32

    @property
    def parts(self) -> dict[str, Float32]:
        """The weights by name, in the order of the fields."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


@dataclass(frozen=True)
class Recurrent:
    """Recurrent layers, as torch's `LSTM` or `GRU` computes them: each is given the hidden state of the one before.

    The state [s] has the hidden state [h] of each layer and, of an LSTM, its cell state [h] behind it; all are zeros
    when an episode begins.
    """

    kind: RecurrentKind
    layers: tuple[GateWeights, ...]

    @property
    def inputs(self) -> int:
        """Numbers in."""
        return int(self.layers[0].input_weight.shape[1])

    @property
    def hidden(self) -> int:
        """Numbers out: the hidden state of the last layer, of which all have the same size."""
        return int(self.layers[0].hidden_weight.shape[1])

    @property
    def layer_state(self) -> int:
        """Numbers that a layer keeps from one step to the next."""
        return self.hidden * (2 if self.kind == "lstm" else 1)

    @property
    def state(self) -> int:
        """Numbers that all keep."""
        return self.layer_state * len(self.layers)

    @property
    def parts(self) -> dict[str, Float32]:
        """The weights by name, `0.input_weight` for instance, layer by layer."""
        return {f"{k}.{name}": part for k, layer in enumerate(self.layers) for name, part in layer.parts.items()}


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
