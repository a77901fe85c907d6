"""Writes the actor in TensorFlow.js' documented Layers format: `model.json` and one `weights.bin`.

Our own writer, since Python's tensorflowjs is unmaintained. tests/unit/export/test_tfjs_export.py compares both.
"""

import json
import math
from pathlib import Path
from typing import Any, get_args

import numpy as np

from bbconvert.convert.activation import Activation
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import LEAKY_SLOPE, MLP, Dense, PolicyNetwork
from bbconvert.convert.safety.bounded_json import bounded_json
from bbconvert.convert.safety.limits import MAX_MANIFEST_BYTES, MAX_POLICY_BYTES

_NAMES: dict[Activation, str] = {name: name for name in get_args(Activation)} | {"silu": "swish"}


def export_tfjs(network: PolicyNetwork, folder: Path) -> None:
    """Writes a Sequential model: normalised observation [batch, n] float32 in, pre-transform action [batch, m] out."""
    folder.mkdir(parents=True, exist_ok=True)
    actor = network.actor
    last = len(actor.layers) - 1
    inputs = {"batch_input_shape": [None, actor.inputs], "dtype": "float32", "sparse": False, "ragged": False}
    layers: list[dict[str, Any]] = [{"class_name": "InputLayer", "config": {**inputs, "name": "observation"}}]
    weights: list[dict[str, Any]] = []
    data = bytearray()
    for i, layer in enumerate(actor.layers):
        name = f"dense_{i}"
        # Keras calls SiLU swish, and has the leaky ReLU as a layer of its own only.
        activation = "linear" if i == last or actor.activation == "leaky_relu" else _NAMES[actor.activation]
        config: dict[str, Any] = {
            "name": name,
            "trainable": True,
            "dtype": "float32",
            "units": int(layer.weight.shape[0]),
            "activation": activation,
            "use_bias": True,
        }
        layers.append({"class_name": "Dense", "config": config})
        if i < last and actor.activation == "leaky_relu":
            leaky = {"name": f"leaky_relu_{i}", "trainable": True, "dtype": "float32", "alpha": LEAKY_SLOPE}
            layers.append({"class_name": "LeakyReLU", "config": leaky})
        for part, array in (("kernel", layer.weight.T), ("bias", layer.bias)):
            weights.append({"name": f"{name}/{part}", "shape": list(array.shape), "dtype": "float32"})
            data += np.ascontiguousarray(array, dtype="<f4").tobytes()
    model = {
        "format": "layers-model",
        "generatedBy": "bbconvert",
        "convertedBy": "bbconvert",
        "modelTopology": {
            "keras_version": "2.19.0",
            "backend": "tensorflow",
            "model_config": {"class_name": "Sequential", "config": {"name": "policy", "layers": layers}},
        },
        "weightsManifest": [{"paths": ["weights.bin"], "weights": weights}],
    }
    (folder / "model.json").write_text(json.dumps(model, indent=1) + "\n")
    (folder / "weights.bin").write_bytes(bytes(data))


def read_tfjs(folder: Path) -> MLP:
    """The actor inside a folder that `export_tfjs` wrote, weights to the last bit.

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
        shapes = [_shape(weight["shape"]) for weight in model["weightsManifest"][0]["weights"]]
        if not shapes or [len(shape) for shape in shapes] != [2, 1] * (len(shapes) // 2):
            raise ValueError("its weights are not kernels with a bias each")
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise BBConvertError(
            f"{folder} is not a TF.js Layers model ({str(error)[:160]}). Convert the checkpoint again."
        ) from error
    wanted = sum(math.prod(shape) for shape in shapes)
    if data.size != wanted:
        raise BBConvertError(f"{folder}/weights.bin has {data.size} numbers, model.json asks for {wanted}.")
    arrays: list[np.ndarray[Any, np.dtype[np.float32]]] = []
    offset = 0
    for shape in shapes:
        size = math.prod(shape)
        arrays.append(data[offset : offset + size].reshape(shape))
        offset += size
    layers = [
        Dense(np.ascontiguousarray(kernel.T), bias) for kernel, bias in zip(arrays[::2], arrays[1::2], strict=True)
    ]
    return MLP(tuple(layers), activation)


def _shape(sizes: Any) -> tuple[int, ...]:
    if not all(isinstance(size, int) and size > 0 for size in sizes):
        raise ValueError("a shape is not made of whole numbers from 1 on")
    return tuple(sizes)


def _activation(layers: list[dict[str, Any]]) -> Activation:
    """What stands between the dense layers."""
    if any(layer["class_name"] == "LeakyReLU" for layer in layers):
        return "leaky_relu"
    dense = [layer["config"]["activation"] for layer in layers if layer["class_name"] == "Dense"]
    return next((name for name, keras in _NAMES.items() if len(dense) > 1 and keras == dense[0]), "linear")
