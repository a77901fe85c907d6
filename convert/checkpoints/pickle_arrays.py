"""NumPy's arrays and numbers, made from what a pickle says of them: a dtype from a fixed list, and checked bytes."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.checkpoints.pickle_machine import Global, Instance, MalformedPickleError
from bbconvert.convert.safety.limits import MAX_RANK

DTYPES = {"f4": 4, "f8": 8, "i4": 4, "i8": 8, "u1": 1, "u4": 4, "b1": 1}
"""The dtypes that are made, with their sizes in bytes; an object, a structure or text is not among them."""

GLOBALS = {
    "numpy.ndarray",
    "numpy.dtype",
    "numpy.core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy.core.numeric._frombuffer",
    "_codecs.encode",
}
"""What arrays and numbers are pickled with, by the names of NumPy 1 (see `older_name`)."""
JAX_ARRAY = "jax._src.array._reconstruct_array"
"""A JAX array: what NumPy would call for it, with which arguments and state, then JAX's own flags."""
JAX_ARRAYS = {JAX_ARRAY, "jax._src.device_array.reconstruct_device_array"}
"""What JAX calls that, and what it called it before version 0.4."""


def older_name(name: str) -> str:
    """The name as NumPy 1 and gym wrote it."""
    if name.startswith("numpy._core."):
        return name.replace("numpy._core.", "numpy.core.", 1)
    return name.replace("gymnasium.", "gym.", 1) if name.startswith("gymnasium.") else name


def array_of(value: Any) -> NDArray[Any]:
    """The array that the description tells of; it is read-only, as it lies on the pickle's own bytes.

    Raises:
        MalformedPickleError: not an array, of another dtype than `DTYPES`, or its bytes do not fill its shape.
    """
    match value:
        case Instance(Global(name), arguments) if older_name(name) == "numpy.core.multiarray._reconstruct":
            match arguments, value.state:
                case (Global("numpy.ndarray"), *_), (_, shape, dtype, bool(fortran), content):
                    return _array(dtype, shape, content, "F" if fortran else "C")
        case Instance(Global(name), (Global(inner) as made_by, tuple(arguments), state, *_)) if (
            name in JAX_ARRAYS and inner not in JAX_ARRAYS
        ):
            return array_of(Instance(made_by, arguments, state))
        case Instance(Global(name), (content, dtype, shape, "C" | "F" as order)) if (
            older_name(name) == "numpy.core.numeric._frombuffer"
        ):
            return _array(dtype, shape, content, order)
    raise MalformedPickleError(f"{_described(value)} stands where an array is expected")


def number_of(value: Any) -> float:
    """A number, Python's or NumPy's.

    Raises:
        MalformedPickleError: anything else.
    """
    match value:
        case bool() | int() | float():
            try:
                return float(value)
            except OverflowError as error:
                raise MalformedPickleError("an integer is larger than a float64 can be") from error
        case Instance(Global(name), (dtype, content)) if older_name(name) == "numpy.core.multiarray.scalar":
            return float(_array(dtype, (), content, "C"))
    raise MalformedPickleError(f"{_described(value)} stands where a number is expected")


def _array(dtype: Any, shape: Any, content: Any, order: Any) -> NDArray[Any]:
    kind, width = _dtype(dtype)
    if not isinstance(shape, tuple) or len(shape) > MAX_RANK or not all(_is_size(size) for size in shape):
        raise MalformedPickleError("the shape of an array is not a short tuple of sizes")
    data = _bytes(content)
    if len(data) != math.prod(shape) * width:
        raise MalformedPickleError(f"an array of shape {shape} and dtype {kind} has {len(data)} bytes")
    return np.frombuffer(data, kind).reshape(shape, order=order)


def _is_size(size: Any) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**40


def _dtype(value: Any) -> tuple[str, int]:
    """The dtype as text, `<f8` for instance, and its size in bytes."""
    match value:
        case Instance(Global("numpy.dtype"), (str(text), *_), state):
            plain = text.lstrip("<>=|")
            order = state[1] if isinstance(state, tuple) and len(state) > 1 else "="
            if plain in DTYPES and order in ("<", ">", "=", "|"):
                return f"{'<' if order in '=|' else order}{plain}", DTYPES[plain]
            raise MalformedPickleError(f"an array has the dtype {text[:20]!r}, expected one of {', '.join(DTYPES)}")
    raise MalformedPickleError(f"{_described(value)} stands where a dtype is expected")


def _bytes(value: Any) -> bytes:
    """Bytes: as such, as the text of Python 2's pickles, or as text with the call that encodes it."""
    match value:
        case bytes() | bytearray():
            return bytes(value)
        case Instance(Global("_codecs.encode"), (str(text), "latin1" | "latin-1")) | str(text):
            try:
                return text.encode("latin-1")
            except UnicodeEncodeError as error:
                raise MalformedPickleError("the bytes of an array are text beyond latin-1") from error
    raise MalformedPickleError(f"{_described(value)} stands where the bytes of an array are expected")


def _described(value: Any) -> str:
    return value.made_by.name[:80] if isinstance(value, Instance) else f"a {type(value).__name__}"
