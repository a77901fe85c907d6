"""The other files of a bundle that is otherwise intact: policy.onnx, golden.safetensors, tfjs/model.json."""

import json
import struct
from functools import cache
from random import Random
from typing import Any

import onnx

from tests.fuzz.generate import json_text, values
from tests.fuzz.generate.manifest import BUNDLE
from tests.fuzz.generate.onnx_graph import changed
from tests.fuzz.generate.safetensors_bytes import changed_header

_GOLDEN = {
    "seed": ("I64", (1,)), "qpos": ("F64", (3, 7)), "qvel": ("F64", (3, 6)), "observation": ("F64", (3, 10)),
    "action": ("F32", (2, 3)), "reward": ("F64", (2,)), "terminated": ("U8", (2,)), "truncated": ("U8", (2,)),
}  # fmt: skip
_BYTES = {"F64": 8, "F32": 4, "I64": 8, "U8": 1}


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
    header, data = _golden(rng)
    document = json.dumps(header).encode()
    return struct.pack("<Q", len(document)) + document + data


def hostile_golden(rng: Random) -> bytes:
    """Offsets, shapes, types and names that lie, or another header."""
    header, data = _golden(rng)
    if rng.random() < 0.4:
        header[rng.choice(sorted(header))]["shape"] = rng.choice(([0], [0, 7], [], [3, 7, 1], [1, 21]))
    return changed_header(rng, header, data)


def _golden(rng: Random) -> tuple[dict[str, Any], bytes]:
    header: dict[str, Any] = {}
    data = b""
    for name, (kind, shape) in _GOLDEN.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1) * _BYTES[kind]
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [len(data), len(data) + count]}
        data += bytes(count) if rng.random() < 0.8 else rng.randbytes(count)
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
