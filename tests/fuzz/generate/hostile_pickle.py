"""What may stand anywhere in a pickle, whatever it is a pickle of."""

import struct
from random import Random
from typing import Any

from tests.fuzz.generate import values
from tests.fuzz.generate.numpy_pickle import hostile_array, hostile_dtype, hostile_scalar
from tests.fuzz.generate.pickle_tree import (
    Build,
    Global,
    NewObject,
    Opcodes,
    Persistent,
    Reduce,
    Shared,
    changed_somewhere,
    opcodes,
)

_GLOBALS = (
    *(("os", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("numpy", "fromfile"), ("numpy", "ndarray")),
    *(
        ("collections", "OrderedDict"),
        ("torch", "Tensor"),
        ("numpy", "dtype"),
        ("", ""),
        ("²", "a.b"),
        ("x" * 3000, "y"),
    ),
    *(("torch._utils", "_rebuild_tensor_v2"), ("numpy.core.multiarray", "_reconstruct"), ("_codecs", "encode")),
    *(
        ("copyreg", "_reconstructor"),
        ("gym.spaces.box", "Box"),
        ("torch.nn.modules.linear", "Linear"),
        ("a\x1b[2J", "b"),
    ),
    ("stable_baselines3.common.running_mean_std", "RunningMeanStd"),
)
_FORGED = (
    b"B" + struct.pack("<I", 2**31),
    b"\x8e" + struct.pack("<Q", 2**62),
    b"X" + struct.pack("<I", 2**32 - 1),
    b"\x8d" + struct.pack("<Q", 2**63),
    b"\x8b" + struct.pack("<i", -1),
    b"\x8b" + struct.pack("<i", 2**31 - 1) + b"\xff",
    b"h\xff",
    b"j\xff\xff\xff\xff",
    b"g-1\n",
    b"0",
    b"1",
    b"t",
    b"2",
    b"e",
    b"u",
    b"s",
    b"a",
    b"R",
    b"b",
    b"\x81",
    b"\x92",
    b"Q",
    b"Ppid\n",
    b"\x82\x01",
    b"\x84" + struct.pack("<i", -5),
    b"(ios\nsystem\n",
    b"(oq\x00",
    b"\x96" + struct.pack("<Q", 2**40),
    b"\x97",
    b"\x98",
    b"\x95" + struct.pack("<Q", 2**60),
    b"\x80\xff",
    b"I" + b"9" * 5000 + b"\n",
    b"L" + b"9" * 5000 + b"L\n",
    b"Fnan\n",
    b"F1e999\n",
    b"S'unclosed\n",
    b"V\\ud800\n",
    b"(((((",
    b"]\x94r\xff\xff\xff\xff",
    b"N0N0N",
    b"r\xff\xff\xff\x7f",
)
"""Opcodes whose lengths, memo places or operands are not there."""


def forged(rng: Random, tree: Any, protocol: int) -> Any:  # every protocol reads every opcode
    """The tree after one to four changes."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        tree = changed_somewhere(rng, tree, _replacement)
    return tree


def _replacement(rng: Random, part: Any) -> Any:
    return rng.choice(_REPLACEMENTS)(rng, part)


def shared_bomb(rng: Random, leaf: Any = 1) -> Any:
    """Lists of one shared list: some bytes that stand for 2^n numbers once they are copied or printed."""
    width = rng.choice((2, 10))
    tree: Any = [leaf]
    for key in range(900, 900 + rng.choice((10, 25, 40))):
        shared = Shared(key, tree)
        tree = rng.choice(([shared] * width, (shared,) * width))
    return opcodes(tree)


def _deep(rng: Random, part: Any) -> Any:
    """Nested too deeply for a recursive reader."""
    depth = rng.choice((100, 2_000, 100_000))
    kind = rng.randrange(3)
    if kind == 0:
        return Opcodes(b"(" * depth + b"N" + b"t" * depth)
    if kind == 1:
        return Opcodes(b"]" * depth + b"a" * (depth - 1))
    return Opcodes(b"N" + b"\x85" * depth)


def _itself(rng: Random, part: Any) -> Any:
    """A list or mapping that contains itself."""
    return Opcodes(rng.choice((b"]r\x00\x03\x00\x00j\x00\x03\x00\x00a", b"}r\x00\x03\x00\x00K\x01j\x00\x03\x00\x00s")))


def _called(rng: Random, part: Any) -> Any:
    arguments = rng.choice(((part,), (), ("touch executed",), part, ([0] * 3, part)))
    return Reduce(Global(*rng.choice(_GLOBALS)), arguments)


_REPLACEMENTS = (
    lambda rng, part: values.scalar(rng),
    lambda rng, part: values.number(rng),
    lambda rng, part: rng.choice(([part], (part,), {"a": part}, [part, part], (part, part, part))),
    lambda rng, part: Global(*rng.choice(_GLOBALS)),
    lambda rng, part: Build(part, values.document(rng, 1)),
    lambda rng, part: NewObject(Global(*rng.choice(_GLOBALS)), rng.choice(((), (part,), part))),
    lambda rng, part: Persistent(rng.choice((part, "0", ("storage", part, "0", "cpu", 3), None))),
    lambda rng, part: Opcodes(rng.choice(_FORGED)),
    lambda rng, part: hostile_array(rng, [1.0, 2.0, 3.0]),
    lambda rng, part: hostile_dtype(rng),
    lambda rng, part: hostile_scalar(rng),
    lambda rng, part: shared_bomb(rng, part),
    lambda rng, part: rng.randbytes(rng.choice((0, 1, 8, 100))),
    _called,
    _deep,
    _itself,
)
