"""NumPy's arrays, scalars and dtypes as they are pickled, intact and forged."""

import struct
from random import Random
from typing import Any

from tests.fuzz.generate import values
from tests.fuzz.generate.pickle_tree import Build, Entries, Global, Reduce

_DTYPES = (
    *("f8", "f4", "i8", "u1", "b1", "f2", "g", "c16", "c8", "O8", "O", "V8", "V1000000000", "S4", "U2", "M8[ns]"),
    *("m8", "", "f8,f8", "(1000,1000)f8", ">f8", "|O", "object", "i4", "(2,)O", "O8,f8", "S0", "V0", "T"),
)


def array(numbers: list[float], *, modern: bool = True) -> Any:
    """A vector of float64."""
    return raw_array((len(numbers),), dtype("f8"), struct.pack(f"<{len(numbers)}d", *numbers), modern=modern)


def raw_array(shape: Any, kind: Any, content: Any, *, fortran: Any = False, modern: bool = True) -> Any:
    """An array of whatever."""
    module = "numpy._core.multiarray" if modern else "numpy.core.multiarray"
    empty = Reduce(Global(module, "_reconstruct"), (Global("numpy", "ndarray"), (0,), b"b"))
    return Build(empty, (1, shape, kind, fortran, content))


def dtype(name: Any, state: Any = (3, "<", None, None, None, -1, -1, 0)) -> Any:
    """A dtype and the state that is set on it."""
    return Build(Reduce(Global("numpy", "dtype"), (name, False, True)), state)


def scalar(number: float) -> Any:
    """A NumPy float64."""
    return Reduce(Global("numpy._core.multiarray", "scalar"), (dtype("f8"), struct.pack("<d", number)))


def hostile_dtype(rng: Random) -> Any:
    """A dtype of another kind, or one whose state lies about itself."""
    if rng.random() < 0.3:
        # Flags that say "these are no pointers" about pointers.
        return dtype("O8", (3, "|", None, None, None, -1, -1, rng.choice((0, 0, 0, 1, 8, 16, 63))))
    state: list[Any] = [
        rng.choice((3, 3, 3, 4, 1, 0, -1)),
        rng.choice(("<", "|", ">", "=", "", "x")),
        rng.choice((None, None, (dtype("O8"), (2,)), (dtype("f8"), (10**9,)), (dtype("f8"), 3))),
        rng.choice((None, None, ("a",), ("a", "b"), ())),
        rng.choice((None, None, {"a": (dtype("O8"), 0)}, {"a": (dtype("f8"), -8)}, {"a": 1}, Entries(("a", "b", "a")))),
        rng.choice((-1, -1, 0, 1, 8, 2**31 - 1)),
        rng.choice((-1, -1, 0, 1, 8)),
        rng.choice((0, 0, 63, 27, 1, 255, -1)),
    ]
    if rng.random() < 0.3:
        state.append(rng.choice(({}, {"a": 1}, None, {"h5py": Global("os", "system")})))
    if rng.random() < 0.2:
        state = state[: rng.randrange(len(state))]
    return dtype(rng.choice((rng.choice(_DTYPES), "O8")), tuple(state))


def hostile_array(rng: Random, numbers: list[float]) -> Any:
    """An array that lies about its shape, dtype or content."""
    content = struct.pack(f"<{len(numbers)}d", *numbers)
    match rng.randrange(8):
        case 0 | 5 | 6 | 7:
            return raw_array((len(numbers),), hostile_dtype(rng), content)
        case 1:
            shape = rng.choice(
                ((2**40,), (-1,), (0,), (2**20, 2**20, 0), (len(numbers), 1), 5, (), (values.number(rng),))
            )
            return raw_array(shape, dtype("f8"), content)
        case 2:
            return raw_array(
                (len(numbers),), dtype("f8"), rng.choice((content[:-1], b"", "text", [1.0], None, content * 9))
            )
        case 3:
            raw = Global("numpy._core.numeric", "_frombuffer")
            shape = rng.choice(((len(numbers),), (2**40,), (-1,), (3, 3)))
            return Reduce(raw, (content, rng.choice((dtype("f8"), hostile_dtype(rng))), shape, rng.choice("CFKA")))
        case _:
            count = rng.choice((len(numbers), 10**12, -1))
            return Build(Reduce(Global("numpy", "ndarray"), ((count,), hostile_dtype(rng))), values.scalar(rng))


def hostile_scalar(rng: Random) -> Any:
    """A NumPy scalar that lies, or something else where a number stands."""
    content = rng.choice((struct.pack("<d", 1.0), b"", b"\x01" * 7, b"\x41" * 16, None))
    kind = rng.choice((dtype("f8"), hostile_dtype(rng), Global("numpy", "dtype"), "f8"))
    return rng.choice((Reduce(Global("numpy._core.multiarray", "scalar"), (kind, content)), values.scalar(rng)))
