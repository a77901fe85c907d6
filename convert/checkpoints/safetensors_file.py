"""Loads a safetensors file, which holds arrays and their names and nothing to execute."""

from pathlib import Path
from typing import Any, get_args

import numpy as np
import safetensors
from numpy.typing import NDArray

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints.checkpoint import Unsaid
from bbconvert.convert.errors import BBConvertError

_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "<u1",
    "BOOL": "?",
}
"""The format's names; a BF16 is the upper half of a float32."""


def load_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of the file in its order, BF16 widened to float32.

    Raises:
        BBConvertError: damaged, cut short, or of a type that is not a real number.
    """
    try:
        return {name: _array(name, **tensor) for name, tensor in safetensors.deserialize(path.read_bytes())}
    except (safetensors.SafetensorError, ValueError, TypeError, OSError, OverflowError) as error:
        raise BBConvertError(
            f"{path} is not a whole safetensors file ({str(error).splitlines()[0][:120]}). If it was downloaded, "
            "download it again."
        ) from error


def said_in(path: Path) -> Unsaid:
    """What the file's metadata says of its network, as `bbconvert repair` writes it; nothing where it does not."""
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            said = file.metadata() or {}
    except (safetensors.SafetensorError, OSError, ValueError, TypeError):
        return Unsaid()
    activation, output, prefix = (said.get(f"bbconvert:{key}") for key in ("activation", "output", "prefix"))
    if activation not in get_args(Activation) or output not in ("clip", "tanh"):
        return Unsaid()
    return Unsaid(activation, output, prefix)


def _array(name: str, dtype: str, shape: list[int], data: bytes) -> NDArray[Any]:
    if dtype not in _DTYPES:
        raise ValueError(f"{name[:80]} is of {dtype}, expected one of {', '.join(_DTYPES)}")
    array = np.frombuffer(data, _DTYPES[dtype]).reshape(shape)
    return (array.astype("<u4") << 16).view("<f4") if dtype == "BF16" else array
