"""A recurrent layer in TensorFlow.js' Layers format: a dense layer for each gate, and the state as inputs and outputs.

TensorFlow.js has layers `LSTM` and `GRU`, but its GRU resets before it multiplies, where torch's does it after.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.network import Recurrent, RecurrentKind

PREFIX = "recurrent_"
"""What the names of these layers begin with."""
_GATES: dict[RecurrentKind, tuple[str, ...]] = {
    "lstm": ("input_gate", "forget_gate", "candidate", "output_gate"),
    "gru": ("reset_gate", "update_gate", "candidate"),
}
_SIDES = {"input": "observation", "hidden": "hidden"}
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
    """The layers up to the hidden state that follows, which is the last of them; their weights come behind `weights`.

    The input is the layer `observation`, which stands before them.
    """
    h = recurrent.hidden
    layers = [following(input_layer(name, h)) for name in _states(recurrent)]
    for k, gate in enumerate(_GATES[recurrent.kind]):
        for side, source in _SIDES.items():
            name, rows = f"{PREFIX}{side}_{gate}", slice(k * h, (k + 1) * h)
            weights.append((f"{name}/kernel", recurrent.parts[f"{side}_weight"][rows].T))
            weights.append((f"{name}/bias", recurrent.parts[f"{side}_bias"][rows]))
            layers.append(following(dense(name, h, "linear"), source))
    return layers + (_lstm() if recurrent.kind == "lstm" else _gru())


def ends(recurrent: Recurrent, output: str) -> dict[str, Any]:
    """What the whole model takes and gives: the observation and the state; the action, and the state that follows."""
    states = _states(recurrent)
    return {
        "input_layers": [[name, 0, 0] for name in ("observation", *states)],
        "output_layers": [[name, 0, 0] for name in (output, *(f"next_{state}" for state in states))],
    }


def read_recurrent(arrays: Mapping[str, NDArray[np.float32]]) -> Recurrent | None:
    """The layer whose weights these are, by their names; None where none of them is recurrent.

    Raises:
        KeyError: a gate's weights are missing.
        ValueError: the gates have different sizes.
    """
    if not any(name.startswith(PREFIX) for name in arrays):
        return None
    kind: RecurrentKind = "gru" if f"{PREFIX}input_reset_gate/kernel" in arrays else "lstm"
    parts: dict[str, NDArray[np.float32]] = {}
    for side in _SIDES:
        names = [f"{PREFIX}{side}_{gate}" for gate in _GATES[kind]]
        parts[f"{side}_weight"] = np.concatenate([arrays[f"{name}/kernel"].T for name in names])
        parts[f"{side}_bias"] = np.concatenate([arrays[f"{name}/bias"] for name in names])
    return Recurrent(kind=kind, **parts)


def _states(recurrent: Recurrent) -> tuple[str, ...]:
    return ("hidden", "cell") if recurrent.kind == "lstm" else ("hidden",)


def _layer(kind: str, name: str, **config: Any) -> Layer:
    return {"class_name": kind, "config": {"name": name, "trainable": True, "dtype": "float32", **config}}


def _gate(gate: str, activation: str) -> list[Layer]:
    """What the two dense layers of a gate add up to, and its activation."""
    total = f"{PREFIX}{gate}_sum"
    return [
        following(_layer("Add", total), f"{PREFIX}input_{gate}", f"{PREFIX}hidden_{gate}"),
        following(_layer("Activation", PREFIX + gate, activation=activation), total),
    ]


def _of_two(kind: str, name: str, one: str, other: str) -> Layer:
    return following(_layer(kind, name), one, other)


def _lstm() -> list[Layer]:
    gates = (("input_gate", "sigmoid"), ("forget_gate", "sigmoid"), ("candidate", "tanh"), ("output_gate", "sigmoid"))
    layers = [layer for gate, activation in gates for layer in _gate(gate, activation)]
    return [
        *layers,
        _of_two("Multiply", f"{PREFIX}old_cell", f"{PREFIX}forget_gate", "cell"),
        _of_two("Multiply", f"{PREFIX}new_cell", f"{PREFIX}input_gate", f"{PREFIX}candidate"),
        _of_two("Add", "next_cell", f"{PREFIX}old_cell", f"{PREFIX}new_cell"),
        following(_layer("Activation", f"{PREFIX}squashed", activation="tanh"), "next_cell"),
        _of_two("Multiply", "next_hidden", f"{PREFIX}output_gate", f"{PREFIX}squashed"),
    ]


def _gru() -> list[Layer]:
    layers = [layer for gate in ("reset_gate", "update_gate") for layer in _gate(gate, "sigmoid")]
    return [
        *layers,
        _of_two("Multiply", f"{PREFIX}kept", f"{PREFIX}reset_gate", f"{PREFIX}hidden_candidate"),
        _of_two("Add", f"{PREFIX}candidate_sum", f"{PREFIX}input_candidate", f"{PREFIX}kept"),
        following(_layer("Activation", f"{PREFIX}candidate", activation="tanh"), f"{PREFIX}candidate_sum"),
        following(_layer("Rescaling", f"{PREFIX}share", scale=-1.0, offset=1.0), f"{PREFIX}update_gate"),
        _of_two("Multiply", f"{PREFIX}new", f"{PREFIX}share", f"{PREFIX}candidate"),
        _of_two("Multiply", f"{PREFIX}old", f"{PREFIX}update_gate", "hidden"),
        _of_two("Add", "next_hidden", f"{PREFIX}new", f"{PREFIX}old"),
    ]
