"""Loads a safetensors file, which holds arrays and their names and nothing to execute."""

from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray

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


def _array(name: str, dtype: str, shape: list[int], data: bytes) -> NDArray[Any]:
    if dtype not in _DTYPES:
        raise ValueError(f"{name[:80]} is of {dtype}, expected one of {', '.join(_DTYPES)}")
    array = np.frombuffer(data, _DTYPES[dtype]).reshape(shape)
    return (array.astype("<u4") << 16).view("<f4") if dtype == "BF16" else array
