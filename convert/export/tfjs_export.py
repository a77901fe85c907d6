"""Writes the actor in TensorFlow.js' documented Layers format: `model.json` and one `weights.bin`.

Our own writer, since Python's tensorflowjs is unmaintained. tests/unit/export/test_tfjs_export.py compares both.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.activation import Activation
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.export.tfjs_recurrent import (
    PREFIX,
    add_recurrent,
    dense,
    ends,
    following,
    input_layer,
    read_recurrent,
)
from bbconvert.convert.network import LEAKY_SLOPE, MLP, Dense, PolicyNetwork
from bbconvert.convert.safety.bounded_json import bounded_json
from bbconvert.convert.safety.limits import MAX_MANIFEST_BYTES, MAX_POLICY_BYTES

Array = NDArray[np.float32]
_NAMES: dict[Activation, str] = {name: name for name in get_args(Activation)} | {"silu": "swish"}


def export_tfjs(network: PolicyNetwork, folder: Path) -> None:
    """Writes a Sequential model: normalised observation [batch, n] float32 in, pre-transform action [batch, m] out.

    Of a recurrent network it is a Functional one, whose further inputs and outputs are the hidden state [batch, h] and,
    of an LSTM, the cell state [batch, h].
    """
    folder.mkdir(parents=True, exist_ok=True)
    layers = [input_layer("observation", network.inputs)]
    weights: list[tuple[str, Array]] = []
    if network.recurrent is not None:
        layers = [following(layers[0]), *add_recurrent(network.recurrent, weights)]
    for layer in _dense_layers(network.actor, weights):
        layers.append(layer if network.recurrent is None else following(layer, layers[-1]["name"]))
    config: dict[str, Any] = {"name": "policy", "layers": layers}
    if network.recurrent is not None:
        config |= ends(network.recurrent, layers[-1]["name"])
    described, data = [], bytearray()
    for name, array in weights:
        described.append({"name": name, "shape": list(array.shape), "dtype": "float32"})
        data += np.ascontiguousarray(array, dtype="<f4").tobytes()
    model = {
        "format": "layers-model",
        "generatedBy": "bbconvert",
        "convertedBy": "bbconvert",
        "modelTopology": {
            "keras_version": "2.19.0",
            "backend": "tensorflow",
            "model_config": {
                "class_name": "Sequential" if network.recurrent is None else "Functional",
                "config": config,
            },
        },
        "weightsManifest": [{"paths": ["weights.bin"], "weights": described}],
    }
    (folder / "model.json").write_text(json.dumps(model, indent=1) + "\n")
    (folder / "weights.bin").write_bytes(bytes(data))


def _dense_layers(actor: MLP, weights: list[tuple[str, Array]]) -> Iterator[dict[str, Any]]:
    last = len(actor.layers) - 1
    for i, layer in enumerate(actor.layers):
        name = f"dense_{i}"
        # Keras calls SiLU swish, and has the leaky ReLU as a layer of its own only.
        activation = "linear" if i == last or actor.activation == "leaky_relu" else _NAMES[actor.activation]
        weights += [(f"{name}/kernel", layer.weight.T), (f"{name}/bias", layer.bias)]
        yield dense(name, int(layer.weight.shape[0]), activation)
        if i < last and actor.activation == "leaky_relu":
            leaky = {"name": f"leaky_relu_{i}", "trainable": True, "dtype": "float32", "alpha": LEAKY_SLOPE}
            yield {"class_name": "LeakyReLU", "config": leaky}


def read_tfjs(folder: Path) -> PolicyNetwork:
    """The actor, and what is recurrent before it, inside a folder that `export_tfjs` wrote, weights to the last bit.

    Raises:
        BBConvertError: the files are missing, or their sizes do not agree.
    """
    try:
        model = bounded_json((folder / "model.json").read_bytes(), most=MAX_MANIFEST_BYTES)
        size = (folder / "weights.bin").stat().st_size
        if size > MAX_POLICY_BYTES or size % 4:
            raise ValueError(f"weights.bin has {size:,} bytes")
        data = np.frombuffer((folder / "weights.bin").read_bytes(), dtype="<f4")
        layers_json = model["modelTopology"]["model_config"]["config"]["layers"]
        activation = _activation(layers_json)
        entries = [(str(entry["name"]), _shape(entry["shape"])) for entry in model["weightsManifest"][0]["weights"]]
        if not entries or [len(shape) for _, shape in entries] != [2, 1] * (len(entries) // 2):
            raise ValueError("its weights are not kernels with a bias each")
        wanted = sum(math.prod(shape) for _, shape in entries)
        if data.size != wanted:
            raise ValueError(f"weights.bin has {data.size} numbers, model.json asks for {wanted}")
        arrays: dict[str, Array] = {}
        offset = 0
        for name, shape in entries:
            arrays[name] = data[offset : (offset := offset + math.prod(shape))].reshape(shape)
        recurrent = read_recurrent(arrays)
        names = [name.removesuffix("/kernel") for name in arrays if name.endswith("/kernel")]
        layers = [
            Dense(np.ascontiguousarray(arrays[f"{name}/kernel"].T), arrays[f"{name}/bias"])
            for name in names
            if not name.startswith(PREFIX)
        ]
        if not layers:
            raise ValueError("it has no dense layer")
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise BBConvertError(
            f"{folder} is not a TF.js Layers model ({str(error)[:160]}). Convert the checkpoint again."
        ) from error
    return PolicyNetwork(actor=MLP(tuple(layers), activation), recurrent=recurrent)


def _shape(sizes: Any) -> tuple[int, ...]:
    if not all(isinstance(size, int) and size > 0 for size in sizes):
        raise ValueError("a shape is not made of whole numbers from 1 on")
    return tuple(sizes)


def _activation(layers: list[dict[str, Any]]) -> Activation:
    """What stands between the dense layers."""
    if any(layer["class_name"] == "LeakyReLU" for layer in layers):
        return "leaky_relu"
    actor = [layer["config"] for layer in layers if layer["class_name"] == "Dense"]
    dense = [config["activation"] for config in actor if not config["name"].startswith(PREFIX)]
    return next((name for name, keras in _NAMES.items() if len(dense) > 1 and keras == dense[0]), "linear")
