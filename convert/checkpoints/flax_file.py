"""Loads what `flax.serialization.to_bytes` wrote, with msgpack alone: JAX is not imported."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_FLAX_BYTES, MAX_RANK, MAX_TENSOR_NAME, MAX_TENSORS, MEBIBYTE

_NDARRAY = 1
"""flax's msgpack extension for an array: a triple of shape, name of the dtype, bytes in C order.

Source: flax/serialization.py, class _MsgpackExtType.
"""
_DTYPES = ("float16", "float32", "float64", "int32", "int64", "uint32")
# What one header may promise: a list or mapping is allocated before its content is read.
_LIMITS = {"max_array_len": MAX_RANK, "max_map_len": 1024, "max_str_len": MAX_TENSOR_NAME}


def load_flax(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of the tree by their path in it, `0/params/Dense_0/kernel` for instance, in the file's order.

    Raises:
        BBConvertError: damaged or cut short, or not a tree of arrays alone.
    """
    size = path.stat().st_size
    if size > MAX_FLAX_BYTES:
        raise BBConvertError(
            f"{path} has {size / MEBIBYTE:.0f} MiB, more than the {MAX_FLAX_BYTES // MEBIBYTE} MiB that CleanRL's "
            "agents in JAX may take."
        )
    count = _Containers().count
    try:
        tree = msgpack.unpackb(
            path.read_bytes(), ext_hook=_array, list_hook=count, object_hook=count, strict_map_key=True, **_LIMITS
        )
        return dict(_leaves(tree, "", 0))
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.exceptions.UnpackException) as error:
        why = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise BBConvertError(
            f"{path} is not a flax checkpoint, or is damaged or cut short ({why}). Expected a msgpack tree of arrays, "
            "such as CleanRL's td3_continuous_action_jax.py saves. If it was downloaded, download it again."
        ) from error


class _Containers:
    """Counts the lists and mappings of a file: an empty one has one byte and takes 64 in memory."""

    def __init__(self) -> None:
        self._seen = 0

    def count(self, container: Any) -> Any:
        """Called for each; gives it back."""
        self._seen += 1
        if self._seen > MAX_TENSORS:
            raise ValueError(f"it has more than {MAX_TENSORS:,} lists and mappings")
        return container


def _array(code: int, data: bytes) -> NDArray[Any]:
    if code != _NDARRAY:
        raise ValueError(f"it has a msgpack extension of type {code}, flax's arrays have {_NDARRAY}")
    triple = msgpack.unpackb(data, strict_map_key=True, **_LIMITS)
    if not isinstance(triple, list) or len(triple) != 3:
        raise ValueError("an array is not a triple of shape, dtype and bytes")
    shape, dtype, content = triple
    if dtype not in _DTYPES or not isinstance(content, bytes):
        raise ValueError(f"an array has the dtype {dtype}, expected {', '.join(_DTYPES)}")
    if not isinstance(shape, list) or not all(isinstance(size, int) and size >= 0 for size in shape):
        raise ValueError(f"an array has the shape {shape}")
    array = np.frombuffer(content, np.dtype(dtype).newbyteorder("<"))
    if array.size != math.prod(shape):
        raise ValueError(f"an array of shape {shape} has {array.size} numbers")
    return array.reshape(shape)


def _leaves(tree: Any, path: str, depth: int) -> Iterator[tuple[str, NDArray[Any]]]:
    if len(path) > MAX_TENSOR_NAME or depth > MAX_RANK:
        raise ValueError(f"{path[:60]}… is nested more than {MAX_RANK} deep, or its name is longer than it may be")
    if isinstance(tree, np.ndarray):
        yield path, tree
    elif isinstance(tree, dict):
        for name, branch in tree.items():
            yield from _leaves(branch, f"{path}/{name}" if path else str(name), depth + 1)
    else:
        raise ValueError(f"{path or 'it'} is a {type(tree).__name__}, not an array")
