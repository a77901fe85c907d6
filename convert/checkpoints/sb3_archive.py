"""Stable-Baselines3's `.zip`: its `data` as JSON and its `policy.pth` as arrays; nothing is unpacked or executed."""

import json
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from convert.checkpoints.tensors import Tensors
from convert.checkpoints.torch_file import parse_torch, state_dicts
from convert.errors import BBConvertError
from convert.limits import MAX_CHECKPOINT_BYTES as MAX_BYTES

DATA = "data"
POLICY = "policy.pth"
OLD_POLICY = "parameters"
"""What stands there instead in a zip of Stable-Baselines 2, which was TensorFlow's."""

MAX_DATA_BYTES = 64 * 2**20
MAX_RATIO = 200
"""Unpacked to packed: weights hardly shrink, and Stable-Baselines3 does not compress at all."""

_LOCAL_HEADER = struct.Struct("<4s22xHH")
"""Signature, length of the name and of the extra field. Source: PKWARE's APPNOTE, 4.3.7."""


@dataclass(frozen=True)
class Sb3Archive:
    """What the zip holds.

    Args:
        data: the algorithm's attributes; objects are mappings of their attributes, as text where they are no JSON.
        tensors: the policy's state_dict.
    """

    data: dict[str, Any]
    tensors: Tensors


def is_sb3_zip(path: Path) -> bool:
    """Whether the file is a zip that Stable-Baselines3 wrote, be it whole or cut short."""
    if not path.is_file():
        return False
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        return DATA in names and any(name in names for name in (POLICY, OLD_POLICY))
    with path.open("rb") as file:
        start = file.read(_LOCAL_HEADER.size + len(DATA))
    if len(start) < _LOCAL_HEADER.size + len(DATA):
        return False
    signature, length, _ = _LOCAL_HEADER.unpack_from(start)
    return signature == b"PK\x03\x04" and length == len(DATA) and start.endswith(DATA.encode())


def open_sb3(path: Path) -> Sb3Archive:
    """Reads the two entries that make the policy.

    Raises:
        BBConvertError: damaged, a bomb, a path that leaves the archive, or contents of another kind.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(path, archive)
            document = _read(path, archive, DATA, MAX_DATA_BYTES)
            policy = _read(path, archive, POLICY, MAX_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise BBConvertError(
            f"{path} is damaged or cut short ({error}). Expected a zip that Stable-Baselines3's model.save(path) "
            "wrote. If it was downloaded, download it again: bbconvert pull … --force."
        ) from error
    return Sb3Archive(_json(path, document), _arrays(path, policy))


def _check_entries(path: Path, archive: zipfile.ZipFile) -> None:
    """No path that leaves the archive, nothing that unpacks to far more than it is."""
    for info in archive.infolist():
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in info.filename:
            raise BBConvertError(
                f"{path} has an entry {info.filename!r}, a path outside of the archive, and was not read. "
                "Stable-Baselines3 writes no such entry."
            )
        if info.file_size > MAX_RATIO * max(info.compress_size, 1024):
            raise BBConvertError(
                f"{path}: {info.filename} has {info.compress_size:,} bytes and would unpack to {info.file_size:,}: "
                "this is a zip bomb, no policy. It was not unpacked."
            )


def _read(path: Path, archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    if name not in archive.namelist():
        if OLD_POLICY in archive.namelist():
            raise BBConvertError(
                f"{path} was saved by Stable-Baselines 2 (TensorFlow), which bbconvert does not read. It reads "
                "Stable-Baselines3's PPO, A2C, TRPO, SAC, TD3, DDPG, TQC, ARS and CrossQ."
            )
        raise BBConvertError(f"{path} has no {name}; it has {', '.join(archive.namelist()[:8]) or 'nothing'}.")
    size = archive.getinfo(name).file_size
    if size > limit:
        raise BBConvertError(
            f"{path}: {name} unpacks to {size / 2**20:.0f} MiB, more than the {limit // 2**20} MiB that it may take."
        )
    return archive.read(name)


def _json(path: Path, document: bytes) -> dict[str, Any]:
    try:
        data = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise BBConvertError(f"{path}: its {DATA} is no JSON ({error}). Download it again.") from error
    if not isinstance(data, dict):
        raise BBConvertError(f"{path}: its {DATA} is a {type(data).__name__}, expected the algorithm's attributes.")
    return data


def _arrays(path: Path, policy: bytes) -> Tensors:
    """The state_dict in `policy.pth`."""
    name = f"{path}/{POLICY}"
    return state_dicts(name, parse_torch(name, policy))[0]
