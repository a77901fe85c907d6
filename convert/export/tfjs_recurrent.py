"""Recurrent layers in TensorFlow.js' Layers format: a dense layer for each gate, and the state as inputs and outputs.

TensorFlow.js has layers `LSTM` and `GRU`, but its GRU resets before it multiplies, where torch's does it after.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.network import GateWeights, Recurrent, RecurrentKind

PREFIX = "recurrent_"
"""What the names of these layers begin with."""
_GATES: dict[RecurrentKind, tuple[str, ...]] = {
    "lstm": ("input_gate", "forget_gate", "candidate", "output_gate"),
    "gru": ("reset_gate", "update_gate", "candidate"),
}
_SIDES = ("input", "hidden")
Layer = dict[str, Any]


def input_layer(name: str, size: int) -> Layer:
    """[batch, size] float32."""
    config = {"batch_input_shape": [None, size], "dtype": "float32", "sparse": False, "ragged": False, "name": name}
    return {"class_name": "InputLayer", "config": config}


def dense(name: str, units: int, activation: str) -> Layer:
    """`activation(x @ kernel + bias)`."""
    return _layer("Dense", name, units=units, activation=activation, use_bias=True)


def following(layer: Layer, *before: str) -> Layer:
    """The layer as one of a Functional model: it is given what those before it give."""
    name = layer["config"]["name"]
    return {**layer, "name": name, "inbound_nodes": [[[one, 0, 0, {}] for one in before]] if before else []}


def add_recurrent(recurrent: Recurrent, weights: list[tuple[str, NDArray[np.float32]]]) -> list[Layer]:
    """The layers up to the last hidden state that follows, which is the last of them; weights come behind `weights`.

    The input is the layer `observation`, which stands before them.
    """
    layers = [following(input_layer(name, recurrent.hidden)) for name in _states(recurrent)]
    before = "observation"
    for k, layer in enumerate(recurrent.layers):
        layers += _add_layer(recurrent.kind, k, layer, before, weights)
        before = f"next_hidden_{k}"
    return layers


def _add_layer(
    kind: RecurrentKind, k: int, layer: GateWeights, before: str, weights: list[tuple[str, NDArray[np.float32]]]
) -> list[Layer]:
    h = layer.hidden_weight.shape[1]
    layers = []
    for i, gate in enumerate(_GATES[kind]):
        for side, source in zip(_SIDES, (before, f"hidden_{k}"), strict=True):
            name, rows = f"{_prefix(k)}{side}_{gate}", slice(i * h, (i + 1) * h)
            weights.append((f"{name}/kernel", layer.parts[f"{side}_weight"][rows].T))
            weights.append((f"{name}/bias", layer.parts[f"{side}_bias"][rows]))
            layers.append(following(dense(name, h, "linear"), source))
    return layers + (_lstm(k) if kind == "lstm" else _gru(k))


def ends(recurrent: Recurrent, output: str) -> dict[str, Any]:
    """What the whole model takes and gives: the observation and the state; the action, and the state that follows."""
    states = _states(recurrent)
    return {
        "input_layers": [[name, 0, 0] for name in ("observation", *states)],
        "output_layers": [[name, 0, 0] for name in (output, *(f"next_{state}" for state in states))],
    }


def read_recurrent(arrays: Mapping[str, NDArray[np.float32]]) -> Recurrent | None:
    """The layers whose weights these are, by their names; None where none of them is recurrent.

    Raises:
        KeyError: a gate's weights are missing.
        ValueError: the gates have different sizes.
    """
    if not any(name.startswith(PREFIX) for name in arrays):
        return None
    kind: RecurrentKind = "gru" if f"{_prefix(0)}input_reset_gate/kernel" in arrays else "lstm"
    layers: list[GateWeights] = []
    while not layers or any(name.startswith(_prefix(len(layers))) for name in arrays):
        parts: dict[str, NDArray[np.float32]] = {}
        for side in _SIDES:
            names = [f"{_prefix(len(layers))}{side}_{gate}" for gate in _GATES[kind]]
            parts[f"{side}_weight"] = np.concatenate([arrays[f"{name}/kernel"].T for name in names])
            parts[f"{side}_bias"] = np.concatenate([arrays[f"{name}/bias"] for name in names])
        layers.append(GateWeights(**parts))
    return Recurrent(kind, tuple(layers))


def _prefix(k: int) -> str:
    return f"{PREFIX}{k}_"


def _states(recurrent: Recurrent) -> list[str]:
    parts = ("hidden", "cell") if recurrent.kind == "lstm" else ("hidden",)
    return [f"{part}_{k}" for k in range(len(recurrent.layers)) for part in parts]


def _layer(kind: str, name: str, **config: Any) -> Layer:
    return {"class_name": kind, "config": {"name": name, "trainable": True, "dtype": "float32", **config}}


def _gate(k: int, gate: str, activation: str) -> list[Layer]:
    """What the two dense layers of a gate add up to, and its activation."""
    p = _prefix(k)
    return [
        following(_layer("Add", f"{p}{gate}_sum"), f"{p}input_{gate}", f"{p}hidden_{gate}"),
        following(_layer("Activation", p + gate, activation=activation), f"{p}{gate}_sum"),
    ]


def _of_two(kind: str, name: str, one: str, other: str) -> Layer:
    return following(_layer(kind, name), one, other)


def _lstm(k: int) -> list[Layer]:
    p = _prefix(k)
    gates = (("input_gate", "sigmoid"), ("forget_gate", "sigmoid"), ("candidate", "tanh"), ("output_gate", "sigmoid"))
    layers = [layer for gate, activation in gates for layer in _gate(k, gate, activation)]
    return [
        *layers,
        _of_two("Multiply", f"{p}old_cell", f"{p}forget_gate", f"cell_{k}"),
        _of_two("Multiply", f"{p}new_cell", f"{p}input_gate", f"{p}candidate"),
        _of_two("Add", f"next_cell_{k}", f"{p}old_cell", f"{p}new_cell"),
        following(_layer("Activation", f"{p}squashed", activation="tanh"), f"next_cell_{k}"),
        _of_two("Multiply", f"next_hidden_{k}", f"{p}output_gate", f"{p}squashed"),
    ]


def _gru(k: int) -> list[Layer]:
    p = _prefix(k)
    layers = [layer for gate in ("reset_gate", "update_gate") for layer in _gate(k, gate, "sigmoid")]
    return [
        *layers,
        _of_two("Multiply", f"{p}kept", f"{p}reset_gate", f"{p}hidden_candidate"),
        _of_two("Add", f"{p}candidate_sum", f"{p}input_candidate", f"{p}kept"),
        following(_layer("Activation", f"{p}candidate", activation="tanh"), f"{p}candidate_sum"),
        following(_layer("Rescaling", f"{p}share", scale=-1.0, offset=1.0), f"{p}update_gate"),
        _of_two("Multiply", f"{p}new", f"{p}share", f"{p}candidate"),
        _of_two("Multiply", f"{p}old", f"{p}update_gate", f"hidden_{k}"),
        _of_two("Add", f"next_hidden_{k}", f"{p}new", f"{p}old"),
    ]
