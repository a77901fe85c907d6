"""An LSTM or a GRU of one layer in named arrays, as torch calls them."""

from pathlib import Path

import numpy as np

from bbconvert.convert.checkpoints.tensors import Tensors, listed, single
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import GATES, Recurrent
from bbconvert.convert.safety.limits import MAX_WIDTH

MEMORY = "memory_a.rnn."
"""What rsl_rl's names of the layer before the actor begin with."""
PARTS = {
    "input_weight": "weight_ih_l0",
    "input_bias": "bias_ih_l0",
    "hidden_weight": "weight_hh_l0",
    "hidden_bias": "bias_hh_l0",
}
"""Our names, and torch's."""


def recurrent_layer(path: Path, tensors: Tensors) -> Recurrent:
    """The layer whose four arrays, by torch's names, are `tensors`; the number of gates tells which of the two it is.

    Raises:
        BBConvertError: other arrays, as several layers, two directions or a projection have; or of sizes that do not
            fit each other, or not finite.
    """
    if sorted(tensors) != sorted(PARTS.values()):
        raise BBConvertError(
            f"{path} has a recurrent layer of another kind than an LSTM or a GRU of one layer, in one direction, with "
            f"biases and without a projection, whose arrays are {', '.join(PARTS.values())}. It has {listed(tensors)}."
        )
    kept = tensors[PARTS["hidden_weight"]]
    hidden = kept.shape[-1] if kept.ndim == 2 else 0
    kind = next((kind for kind, gates in GATES.items() if hidden and kept.shape[0] == gates * hidden), None)
    rows, seen = kept.shape[:1], tensors[PARTS["input_weight"]]
    fits = (
        kind is not None
        and seen.ndim == 2
        and 0 < seen.shape[1] <= MAX_WIDTH
        and all(array.dtype.kind in "fiu" and array.shape[:1] == rows for array in tensors.values())
        and all(tensors[PARTS[name]].ndim == 1 for name in ("input_bias", "hidden_bias"))
    )
    if kind is None or not fits:
        raise BBConvertError(f"{path}: these are not the arrays of an LSTM or a GRU: {listed(tensors)}.")
    broken = [name for name, array in tensors.items() if not np.all(np.isfinite(array))]
    if broken:
        raise BBConvertError(f"{path}: {broken[0]} is not finite: the training diverged. Take an earlier checkpoint.")
    return Recurrent(kind, **{ours: single(path, theirs, tensors[theirs]) for ours, theirs in PARTS.items()})
