"""safetensors: a header in JSON and the tensors behind it."""

import json
import struct
from random import Random
from typing import Any

from tests.fuzz.generate import json_text, values
from tests.fuzz.generate.torch_tree import _NAMES, actor, plain, ppo

_DTYPES = (
    "F32",
    "F64",
    "F16",
    "BF16",
    "I64",
    "I32",
    "U8",
    "BOOL",
    "F8_E4M3",
    "F8_E5M2",
    "C64",
    "U16",
    "F4",
    "X",
    "",
    "²",
)


def valid(rng: Random) -> bytes:
    """A policy of float32."""
    return _file(*_policy(rng))


def hostile(rng: Random) -> bytes:
    """Offsets, shapes, types and names that lie, or another header."""
    return changed_header(rng, *_policy(rng))


def changed_header(rng: Random, header: dict[str, Any], data: bytes) -> bytes:
    """The file with one lie in its header."""
    name = rng.choice(list(header))
    match rng.randrange(6):
        case 0:
            header[name]["dtype"] = rng.choice(_DTYPES)
        case 1:
            header[name]["shape"] = rng.choice(([2**40], [-1], [2**62, 4], [], [0], [1] * 50, "3", [1.5], [2**64]))
        case 2:
            header[name]["data_offsets"] = rng.choice(([0, 2**40], [8, 0], [0, 0], [-1, 4], [0], "0", [0, 2**64]))
        case 3:
            header[rng.choice(_NAMES)] = header.pop(name)
        case 4:
            size = len(data)
            numbers = [rng.choice((1e300, -1e39, float("nan"), float("inf"), 1.0)) for _ in range(2)]
            data += struct.pack("<2d", *numbers)
            header[name] = {"dtype": rng.choice(("F64", "C64", "I64")), "shape": [2], "data_offsets": [size, size + 16]}
        case _:
            document = json_text.hostile(rng, values.replaced_somewhere(rng, header))
            size = rng.choice((len(document), len(document), 0, 2**40, 2**63, len(document) * 2))
            return struct.pack("<Q", size) + document + data
    return _file(header, data)


def _policy(rng: Random) -> tuple[dict[str, Any], bytes]:
    header: dict[str, Any] = {}
    data = b""
    for name, shape in rng.choice((ppo, actor, plain))(rng).items():
        count = 1
        for size in shape:
            count *= size
        content = struct.pack(f"<{count}f", *(rng.uniform(-1, 1) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    return header, data


def _file(header: dict[str, Any], data: bytes) -> bytes:
    document = json.dumps(header).encode()
    return struct.pack("<Q", len(document)) + document + data
