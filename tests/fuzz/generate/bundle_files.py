"""The other files of a bundle that is otherwise intact: policy.onnx, golden.safetensors, tfjs/model.json."""

import json
import struct
from functools import cache
from random import Random
from typing import Any

import numpy as np
import onnx
from safetensors.numpy import load_file

from tests.fuzz.generate import json_text, values
from tests.fuzz.generate.manifest import BUNDLE
from tests.fuzz.generate.onnx_graph import changed
from tests.fuzz.generate.safetensors_bytes import changed_header

STEPS = 2
"""Of the golden rollout: the first ones of the shipped one's."""


@cache
def _policy() -> bytes:
    return (BUNDLE / "policy.onnx").read_bytes()


@cache
def _tfjs() -> Any:
    return json.loads((BUNDLE / "tfjs" / "model.json").read_text(encoding="utf-8"))


def valid_policy(rng: Random) -> bytes:
    """The shipped one, called otherwise."""
    model = onnx.load_model_from_string(_policy())
    model.doc_string = str(rng.random())
    return bytes(model.SerializeToString(deterministic=True))


def hostile_policy(rng: Random) -> bytes:
    """Changes to its nodes and tensors."""
    return changed(rng, onnx.load_model_from_string(_policy()))


def valid_golden(rng: Random) -> bytes:
    """A rollout of two steps."""
    header, data = _golden()
    header["__metadata__"] = {"made": str(rng.random())}
    document = json.dumps(header).encode()
    return struct.pack("<Q", len(document)) + document + data


def hostile_golden(rng: Random) -> bytes:
    """Offsets, shapes, types and names that lie, or another header."""
    header, data = _golden()
    if rng.random() < 0.2:
        data = rng.randbytes(len(data))
    if rng.random() < 0.4:
        header[rng.choice(sorted(header))]["shape"] = rng.choice(([0], [0, 7], [], [3, 7, 1], [1, 21]))
    return changed_header(rng, header, data)


@cache
def _shipped() -> dict[str, np.ndarray[Any, Any]]:
    return load_file(BUNDLE / "golden.safetensors")


def _golden() -> tuple[dict[str, Any], bytes]:
    header: dict[str, Any] = {}
    data = b""
    for name, whole in _shipped().items():
        array = whole if name == "seed" else whole[: STEPS + (name in ("qpos", "qvel", "observation"))]
        content = array.tobytes()
        header[name] = {
            "dtype": {"float64": "F64", "float32": "F32", "int64": "I64", "uint8": "U8"}[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(content)],
        }
        data += content
    return header, data


def valid_tfjs(rng: Random) -> bytes:
    """The shipped one, made by somebody else."""
    return json.dumps({**_tfjs(), "generatedBy": str(rng.random())}).encode()


def hostile_tfjs(rng: Random) -> bytes:
    """Other layers, shapes, types; other JSON."""
    model = _tfjs()
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        model = values.replaced_somewhere(rng, model)
    return json_text.hostile(rng, model)
