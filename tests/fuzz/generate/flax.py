"""flax's msgpack: a tree of arrays."""

import struct
from itertools import pairwise
from random import Random
from typing import Any

import msgpack

from tests.fuzz.generate import values

_DTYPES = (
    "float32",
    "float64",
    "float16",
    "int64",
    "uint32",
    "object",
    "V8",
    "O",
    "complex64",
    "<f4",
    "bfloat16",
    "",
    "²",
)
_NAMES = ("Dense_²", "Dense_" + "9" * 5000, "Dense_-1", "Conv_0", "LSTMCell_0", "", "a/b", "Dense_0/kernel", "x" * 1000)


def valid(rng: Random) -> bytes:
    """CleanRL's TD3 or DDPG: an actor and its critics."""
    return bytes(msgpack.packb(_agent(rng)))


def hostile(rng: Random) -> bytes:
    """Arrays that lie, other trees, deep or wide ones, or a head that promises much."""
    agent = _agent(rng)
    match rng.randrange(6):
        case 0:
            return _packed(values.replaced_somewhere(rng, agent))
        case 1:
            tree = rng.choice(list(agent.values()))["params"]
            tree[rng.choice(list(tree))][rng.choice(("kernel", "bias"))] = _lie(rng)
            return _packed(agent)
        case 2:
            tree = rng.choice(list(agent.values()))["params"]
            tree[rng.choice(_NAMES)] = tree.pop(rng.choice(list(tree)))
            return _packed(agent)
        case 3:
            return _deep(rng)
        case 4:
            head = rng.choice((b"\xdd", b"\xdf", b"\xdb", b"\xc6", b"\xc9"))
            return b"\x81\xa10" + head + struct.pack(">I", rng.choice((2**31, 2**32 - 1, 2**24, 1000))) + b"\x90" * 50
        case _:
            names = {rng.choice((str(i), f"0{i}", f"{i}²", "9" * 4000)): agent["0"] for i in range(3)}
            return _packed(names)


def _packed(tree: Any) -> bytes:
    try:
        return bytes(msgpack.packb(tree, strict_types=False))
    except (OverflowError, ValueError, UnicodeEncodeError):
        return bytes(msgpack.packb({"0": {"params": str(type(tree))}}))


def _agent(rng: Random) -> dict[str, Any]:
    inputs, hidden, outputs = rng.randint(1, 3), rng.randint(1, 3), rng.randint(1, 2)
    actor = _mlp(rng, inputs, hidden, outputs)
    critics = [_mlp(rng, inputs + outputs, hidden, 1) for _ in range(rng.randint(1, 2))]
    return {str(i): {"params": tree} for i, tree in enumerate((actor, *critics))}


def _mlp(rng: Random, *sizes: int) -> dict[str, Any]:
    return {
        f"Dense_{i}": {"kernel": _array(rng, (inputs, outputs)), "bias": _array(rng, (outputs,))}
        for i, (inputs, outputs) in enumerate(pairwise(sizes))
    }


def _array(rng: Random, shape: tuple[int, ...]) -> msgpack.ExtType:
    count = shape[0] * (shape[1] if len(shape) > 1 else 1)
    content = struct.pack(f"<{count}f", *(rng.uniform(-1, 1) for _ in range(count)))
    return msgpack.ExtType(1, msgpack.packb((shape, "float32", content)))


def _lie(rng: Random) -> Any:
    shape = rng.choice(([2], [-1], [2**40], [2**62, 4], [0], [], [2.0], "2", [1] * 40, [True], [0, 2**62, 2**62]))
    content = rng.choice((b"", bytes(8), bytes(16), struct.pack("<2d", 1e300, 1e39), b"\xff" * 8, "text", [1.0]))
    triple: Any = [shape, rng.choice(_DTYPES), content]
    if rng.random() < 0.2:
        triple = rng.choice((triple[:2], [*triple, 1], {"shape": shape}, 1, None))
    nested = msgpack.packb(triple)
    code = rng.choice((1, 1, 1, 2, 3, -1, 127))
    if rng.random() < 0.1:
        nested = rng.choice((b"\xdd\xff\xff\xff\xff", b"\x91" * 3000, b"", nested[:-1]))
    return rng.choice((msgpack.ExtType(code, nested) if code >= 0 else msgpack.Timestamp(1, 5), values.scalar(rng)))


def _deep(rng: Random) -> bytes:
    """A tree whose paths are long: each level repeats the whole path in the names below it."""
    depth = rng.choice((50, 400, 900))
    name = "n" * rng.choice((1, 10, 100, 1000) if depth < 900 else (1, 10))
    leaf: Any = _array(rng, (1,))
    for _ in range(depth):
        leaf = {name: leaf}
    wide = rng.choice((1, 1, 20)) if depth * len(name) < 50_000 else 1
    try:
        return bytes(msgpack.packb({f"{i}": leaf for i in range(wide)}))
    except ValueError:  # msgpack itself goes 511 deep
        return bytes((b"\x81" + msgpack.packb(name)) * depth + msgpack.packb(_array(rng, (1,))))
