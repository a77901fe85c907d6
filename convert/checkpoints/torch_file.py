"""Reads what `torch.save` wrote as NumPy arrays; neither torch nor anything in the file runs."""

import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.checkpoints.pickle_machine import (
    ForbiddenGlobalError,
    Global,
    Instance,
    MalformedPickleError,
    read_pickle,
)
from bbconvert.convert.checkpoints.zip_entries import ZipEntries
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_CHECKPOINT_BYTES, MAX_RANK, MEBIBYTE

PICKLE = "data.pkl"
"""What a zip of torch's holds its value in."""
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001
"""Source: torch/serialization.py, MAGIC_NUMBER and PROTOCOL_VERSION; files of torch 1.5 and older begin with them."""

_STORAGES = {
    "torch.DoubleStorage": "f8",
    "torch.FloatStorage": "f4",
    "torch.HalfStorage": "f2",
    "torch.BFloat16Storage": "u2",
    "torch.LongStorage": "i8",
    "torch.IntStorage": "i4",
    "torch.ShortStorage": "i2",
    "torch.CharStorage": "i1",
    "torch.ByteStorage": "u1",
    "torch.BoolStorage": "b1",
}
"""The dtypes that are read; a bfloat16 is the upper half of a float32."""

_TENSOR = ("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor")
_PARAMETER = ("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state")
_REBUILD = "torch._utils._rebuild_"
_ORDERED_DICT = "collections.OrderedDict"
_WRAPPED = ("model_state_dict", "state_dict")
"""What training checkpoints of one's own call the policy's."""


@dataclass(frozen=True)
class Storage:
    """What a tensor's numbers lie in: `count` of a dtype, under a key of the file."""

    key: str
    dtype: np.dtype[Any]
    count: int
    bfloat16: bool


@dataclass(frozen=True)
class TorchFile:
    """The value that was saved, as inert descriptions, and what its storages hold.

    Args:
        value: see `pickle_machine`.
        content: the bytes of a storage, or more.
        big_endian: the order of these bytes.
    """

    value: Any
    content: Callable[[Storage], bytes | memoryview]
    big_endian: bool = False

    def order(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """The dtype in the file's byte order."""
        return dtype.newbyteorder(">" if self.big_endian else "<")


def load_torch(path: Path) -> TorchFile:
    """Opens a file of `torch.save`, of the zip format or the older one.

    Raises:
        BBConvertError: no such file, too large, not a torch file, or a pickle that names more than tensors.
    """
    if not path.is_file():
        raise BBConvertError(f"{path} does not exist, or is not a file. Give the path of a checkpoint file.")
    content = path.read_bytes() if path.stat().st_size <= MAX_CHECKPOINT_BYTES else None
    if content is None:
        raise BBConvertError(
            f"{path} has {path.stat().st_size / MEBIBYTE:.0f} MiB, more than the {MAX_CHECKPOINT_BYTES // MEBIBYTE} "
            "MiB that a policy may take."
        )
    return parse_torch(str(path), content)


def parse_torch(name: str, content: bytes) -> TorchFile:
    """Reads the content of a file of `torch.save`; `name` stands for it in messages.

    Raises:
        BBConvertError: empty, too large, damaged, or a pickle that names more than tensors.
    """
    if not content:
        raise BBConvertError(f"{name} is empty. Download it again.")
    try:
        return _read_zip(name, content) if zipfile.is_zipfile(BytesIO(content)) else _read_legacy(content)
    except ForbiddenGlobalError as error:
        raise BBConvertError(
            f"{name} is a pickle that asks to call {error}, and was not loaded: nothing in it ran. A checkpoint holds "
            "tensors only. Save the state_dict instead: torch.save(agent.state_dict(), path)."
        ) from error
    except MalformedPickleError as error:
        _refuse(name, str(error))


def state_dicts(name: str, file: TorchFile) -> list[dict[str, NDArray[Any]]]:
    """The arrays of a state_dict by name, or those of each of a tuple of them; the arrays are read-only.

    State_dicts in a dict count as one, each with its key before its names.

    Raises:
        BBConvertError: it is neither, or a tensor in it does not fit its storage.
    """
    value = _unwrapped(file.value)
    parts = list(value) if isinstance(value, tuple | list) else [value]
    found = [mapping(part) for part in parts]
    if not found or not all(map(is_state_dict, found)):
        nested = {str(key): part for key, part in (mapping(value) or {}).items() if is_state_dict(mapping(part))}
        if not nested:
            kind = "dict" if mapping(value) is not None else _described(value)
            raise BBConvertError(
                f"{name} holds a {kind}, expected a state_dict (names to tensors) such as "
                "torch.save(agent.state_dict(), path) writes, or CleanRL's tuple of them."
            )
        found = [_joined({key: mapping(part) or {} for key, part in nested.items()})]
    arrays = _Arrays(file)
    try:
        return [{str(key): arrays.array(str(key), tensor) for key, tensor in (part or {}).items()} for part in found]
    except MalformedPickleError as error:
        _refuse(name, str(error))


def _joined(nested: dict[str, dict[Any, Any]]) -> dict[Any, Any]:
    """The state_dicts of a dict as one: the only one as it is, several with their keys before their names."""
    if len(nested) == 1:
        return next(iter(nested.values()))
    return {f"{key}.{name}": tensor for key, part in nested.items() for name, tensor in part.items()}


def _unwrapped(value: Any) -> Any:
    """The policy's state_dict in a training checkpoint that holds the optimiser's beside it; else the value itself."""
    inside = mapping(value)
    if inside is None or is_state_dict(inside):
        return value
    return next((inside[key] for key in _WRAPPED if is_state_dict(mapping(inside.get(key)))), value)


def dense_arrays(file: TorchFile, described: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of these tensors of the file, by the same names.

    Raises:
        MalformedPickleError: a tensor is not dense, or does not fit its storage.
    """
    arrays = _Arrays(file)
    return {name: arrays.array(name, tensor) for name, tensor in described.items()}


def _refuse(name: str, why: str) -> NoReturn:
    raise BBConvertError(
        f"{name} is not a torch checkpoint, or is damaged or cut short ({why}). Expected a file that torch.save wrote, "
        "such as CleanRL's *.cleanrl_model. If it was downloaded, download it again: bbconvert pull … --force."
    )


def _is_expected(name: str) -> bool:
    return name.startswith("torch.") or name == _ORDERED_DICT


def _read_zip(name: str, content: bytes) -> TorchFile:
    return read_zip_pickle(ZipEntries(name, content), _is_expected)


def read_zip_pickle(entries: ZipEntries, is_expected: Callable[[str], bool]) -> TorchFile:
    """The value in a zip of torch's, which may name what `is_expected` says.

    Raises:
        BBConvertError: an entry is damaged.
        MalformedPickleError: it has no such value.
        ForbiddenGlobalError: it names something else.
    """
    pickles = [entry for entry in entries.names if entry == PICKLE or entry.endswith(f"/{PICKLE}")]
    if len(pickles) != 1:
        raise MalformedPickleError(f"its zip has {len(pickles)} entries {PICKLE}, expected one")
    folder = pickles[0].removesuffix(PICKLE)
    value = read_pickle(BytesIO(entries.read(pickles[0])), is_expected, _storage)
    big = f"{folder}byteorder" in entries.names and entries.read(f"{folder}byteorder").strip() == b"big"

    def content_of(storage: Storage) -> bytes:
        entry = f"{folder}data/{storage.key}"
        if entry not in entries.names:
            raise MalformedPickleError(f"it has no storage {storage.key[:40]!r}")
        return entries.read(entry)

    return TorchFile(value, content_of, big)


def _read_legacy(content: bytes) -> TorchFile:
    """Three small pickles, the value's, one of the storages' keys, then each storage: int64 count, elements."""
    stream, found = BytesIO(content), dict[str, Storage]()

    def remember(identity: Any) -> Storage:
        storage = _storage(identity)
        return found.setdefault(storage.key, storage)

    if read_pickle(stream, _is_expected) != _LEGACY_MAGIC:
        raise MalformedPickleError("it is neither a zip nor does it begin with torch's magic number")
    if read_pickle(stream, _is_expected) != _LEGACY_PROTOCOL or not isinstance(read_pickle(stream, _is_expected), dict):
        raise MalformedPickleError("it is of an unknown version of torch's format")
    value, keys = read_pickle(stream, _is_expected, remember), read_pickle(stream, _is_expected)
    if not isinstance(keys, list) or sorted(map(str, keys)) != sorted(found):
        raise MalformedPickleError("its storages are not those that its tensors refer to")
    view, position, starts = memoryview(content), stream.tell(), dict[str, int]()
    for key in keys:
        starts[key] = position + 8
        position += 8 + int.from_bytes(view[position : position + 8], "little") * found[key].dtype.itemsize
    if position > len(content):
        raise MalformedPickleError("it ends before its last storage does")
    return TorchFile(value, lambda storage: view[starts[storage.key] :])


def _storage(identity: Any) -> Storage:
    match identity:
        case ("storage", Global(kind), str(key), str(), int(count), *rest) if rest in ([], [None]):
            if kind not in _STORAGES:
                raise MalformedPickleError(f"its numbers are a {kind[:60]}; read are {', '.join(_STORAGES)}")
            return Storage(key, np.dtype(_STORAGES[kind]), count, bfloat16=kind == "torch.BFloat16Storage")
    raise MalformedPickleError("it refers to something that is not a storage")


def mapping(value: Any) -> dict[Any, Any] | None:
    """A dict or an OrderedDict; None where the value is neither."""
    if isinstance(value, dict):
        return value
    match value:
        case Instance(Global("collections.OrderedDict"), arguments, pairs=pairs):
            # Python 2 gave the pairs to the constructor.
            given = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else []
            both = [*(pair for pair in given if isinstance(pair, list | tuple) and len(pair) == 2), *pairs]
            return {key: item for key, item in both if isinstance(key, str | int)}
    return None


def is_state_dict(value: dict[Any, Any] | None) -> bool:
    """Whether all that a mapping holds are tensors, some at least."""
    return bool(value) and all(
        isinstance(item, Instance) and item.made_by.name.startswith(_REBUILD) for item in (value or {}).values()
    )


def _described(value: Any) -> str:
    return value.made_by.name[:80] if isinstance(value, Instance) else type(value).__name__


class _Arrays:
    """Makes arrays of the described tensors: views of their storages, which together may not exceed a policy's size."""

    def __init__(self, file: TorchFile) -> None:
        self._file = file
        self._storages: dict[str, NDArray[Any]] = {}
        self._bytes = 0

    def array(self, name: str, described: Any) -> NDArray[Any]:
        """The array of a tensor, or of the tensor in a Parameter; bfloat16 widened to float32."""
        match described:
            case Instance(Global(made_by), (inner, *_)) if made_by in _PARAMETER:
                described = inner
        match described:
            case Instance(Global(made_by), (Storage() as storage, int(offset), tuple(size), tuple(stride), *_)) if (
                made_by in _TENSOR
            ):
                array = self._view(name, storage, offset, size, stride)
                return (array.astype("<u4") << 16).view("<f4") if storage.bfloat16 else array
        raise MalformedPickleError(f"{name[:80]} is made by {_described(described)}: it is not a dense tensor")

    def _view(
        self, name: str, storage: Storage, offset: int, size: tuple[Any, ...], stride: tuple[Any, ...]
    ) -> NDArray[Any]:
        if len(size) != len(stride) or len(size) > MAX_RANK or not all(map(_is_count, (offset, *size, *stride))):
            # Not shown: lists that share their items may print as gigabytes.
            raise MalformedPickleError(f"{name[:80]} has a size, a stride or an offset that is not made of counts")
        elements = math.prod(size)
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        # A stride of 0 would make a large tensor of few numbers.
        if elements and (last >= storage.count or elements > storage.count):
            raise MalformedPickleError(
                f"{name[:80]} of size {size} reaches beyond its storage, which has {storage.count} numbers"
            )
        self._bytes += elements * storage.dtype.itemsize
        if self._bytes > MAX_CHECKPOINT_BYTES:
            raise MalformedPickleError(f"its tensors together have more than {MAX_CHECKPOINT_BYTES // MEBIBYTE} MiB")
        if not elements:
            return np.empty(size, storage.dtype)
        width = storage.dtype.itemsize
        steps = tuple(step * width if n > 1 else 0 for n, step in zip(size, stride, strict=True))
        flat = self._numbers(storage)[offset:]
        return np.lib.stride_tricks.as_strided(flat, size, steps, writeable=False)

    def _numbers(self, storage: Storage) -> NDArray[Any]:
        """The storage as one flat array."""
        if storage.key not in self._storages:
            content = self._file.content(storage)
            if len(content) < storage.count * storage.dtype.itemsize:
                raise MalformedPickleError(f"the storage {storage.key[:40]!r} is cut short")
            self._storages[storage.key] = np.frombuffer(content, self._file.order(storage.dtype), storage.count)
        numbers = self._storages[storage.key]
        if numbers.size != storage.count or numbers.dtype.newbyteorder("=") != storage.dtype:
            raise MalformedPickleError(f"the storage {storage.key[:40]!r} is described in two ways")
        return numbers


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value < 2**48
