"""An LSTM or a GRU in named arrays, as torch calls them."""

import re
from pathlib import Path

import numpy as np

from bbconvert.convert.checkpoints.tensors import Tensors, listed, single
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import GATES, GateWeights, Recurrent
from bbconvert.convert.safety.limits import MAX_RECURRENT_LAYERS, MAX_WIDTH

MEMORY = "memory_a.rnn."
"""What rsl_rl's names of the layers before the actor begin with."""
_PARTS = {
    "input_weight": "weight_ih_l",
    "input_bias": "bias_ih_l",
    "hidden_weight": "weight_hh_l",
    "hidden_bias": "bias_hh_l",
}
"""Our names, and torch's before the number of the layer."""
_NAME = re.compile(rf"(?:{'|'.join(_PARTS.values())})([0-9])")


def is_recurrent_part(name: str) -> bool:
    """Whether torch calls an array of a layer so."""
    return _NAME.fullmatch(name) is not None


def recurrent_network(path: Path, tensors: Tensors) -> Recurrent:
    """The layers whose arrays, four each, by torch's names, are `tensors`; the number of gates tells which kind it is.

    Raises:
        BBConvertError: other arrays, as two directions or a projection have; or of sizes that do not fit each other, or
            not finite.
    """
    count = sum(name.startswith("weight_hh_l") for name in tensors)
    expected = [f"{name}{k}" for k in range(count) for name in _PARTS.values()]
    if not 1 <= count <= MAX_RECURRENT_LAYERS or sorted(tensors) != sorted(expected):
        raise BBConvertError(
            f"{path} has a recurrent network of another kind than an LSTM or a GRU of up to {MAX_RECURRENT_LAYERS} "
            "layers, in one direction, with biases and without a projection, whose arrays are "
            f"{', '.join(f'{name}0' for name in _PARTS.values())}. It has {listed(tensors)}."
        )
    kept = tensors["weight_hh_l0"].shape
    kind = next((kind for kind, gates in GATES.items() if len(kept) == 2 and 0 < kept[0] == gates * kept[1]), None)
    layers = [{ours: tensors[f"{theirs}{k}"] for ours, theirs in _PARTS.items()} for k in range(count)]
    if kind is None or not all(_fits(layer, kept, of_hidden=k > 0) for k, layer in enumerate(layers)):
        raise BBConvertError(f"{path}: these are not the arrays of an LSTM or a GRU: {listed(tensors)}.")
    broken = [name for name, array in tensors.items() if not np.all(np.isfinite(array))]
    if broken:
        raise BBConvertError(f"{path}: {broken[0]} is not finite: the training diverged. Take an earlier checkpoint.")
    weights = [{name: single(path, f"its {name}", part) for name, part in layer.items()} for layer in layers]
    return Recurrent(kind, tuple(GateWeights(**each) for each in weights))


def _fits(layer: Tensors, kept: tuple[int, ...], *, of_hidden: bool) -> bool:
    """Whether the arrays are a layer's, of gates and hidden state as `kept` [gates * h, h] has them."""
    rows, hidden = kept
    seen = layer["input_weight"].shape
    return (
        all(array.dtype.kind in "fiu" for array in layer.values())
        and layer["hidden_weight"].shape == kept
        and len(seen) == 2
        and seen[0] == rows
        and (seen[1] == hidden if of_hidden else 0 < seen[1] <= MAX_WIDTH)
        and all(layer[name].shape == (rows,) for name in ("input_bias", "hidden_bias"))
    )
