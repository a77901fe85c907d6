"""The `.zip` of Stable-Baselines3 and SBX: its `data` as JSON, its `policy.pth` as arrays; nothing is executed."""

import json
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbconvert.convert.checkpoints.tensors import Tensors
from bbconvert.convert.checkpoints.torch_file import parse_torch, state_dicts
from bbconvert.convert.checkpoints.zip_entries import ZipEntries
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_CHECKPOINT_BYTES, MAX_SB3_DATA_BYTES, MAX_SB3_DATA_VALUES

DATA = "data"
POLICY = "policy.pth"
OLD_POLICY = "parameters"
"""What stands there instead in a zip of Stable-Baselines 2, which was TensorFlow's."""

VARIABLES = "pytorch_variables.pth"
"""What a zip of SBX has beside its `data`, and one of Stable-Baselines3 too."""

_LOCAL_HEADER = struct.Struct("<4s22xHH")
"""Signature, length of the name and of the extra field. Source: PKWARE's APPNOTE, 4.3.7."""


@dataclass(frozen=True)
class Sb3Archive:
    """What the zip holds.

    Args:
        data: the algorithm's attributes; objects are mappings of their attributes, as text where they are no JSON.
        tensors: the policy's state_dict; empty in a zip of SBX, whose policy stands in `data`.
    """

    data: dict[str, Any]
    tensors: Tensors

    @property
    def is_sbx(self) -> bool:
        """Whether SBX (Stable-Baselines in JAX) saved it."""
        return _is_sbx(self.data)


def is_sb3_zip(path: Path) -> bool:
    """Whether the file is a zip that Stable-Baselines3 or SBX wrote, be it whole or cut short."""
    with path.open("rb") as file:
        start = file.read(_LOCAL_HEADER.size + len(DATA))
    if not start.startswith(b"PK") or len(start) < _LOCAL_HEADER.size + len(DATA):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
        if DATA in names and not names.isdisjoint((POLICY, OLD_POLICY, VARIABLES)):
            return True
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        pass  # cut short, perhaps: its first entry tells
    signature, length, _ = _LOCAL_HEADER.unpack_from(start)
    return signature == b"PK\x03\x04" and length == len(DATA) and start.endswith(DATA.encode())


def open_sb3(path: Path) -> Sb3Archive:
    """Reads what makes the policy: `data` and `policy.pth`, or `data` alone where SBX saved it.

    Raises:
        BBConvertError: damaged, a bomb, a path that leaves the archive, or contents of another kind.
    """
    entries = ZipEntries(str(path), path.read_bytes())
    data = _json(path, _read(path, entries, DATA, MAX_SB3_DATA_BYTES))
    return Sb3Archive(data, {} if _is_sbx(data) else _arrays(path, _read(path, entries, POLICY)))


def _is_sbx(data: dict[str, Any]) -> bool:
    policy = data.get("policy_class")
    return isinstance(policy, dict) and str(policy.get("__module__")).startswith("sbx.")


def _read(path: Path, entries: ZipEntries, name: str, limit: int = MAX_CHECKPOINT_BYTES) -> bytes:
    if name in entries.names:
        return entries.read(name, limit)
    if OLD_POLICY in entries.names:
        raise BBConvertError(
            f"{path} was saved by Stable-Baselines 2 (TensorFlow), which bbconvert does not read. It reads "
            "Stable-Baselines3's PPO, A2C, TRPO, SAC, TD3, DDPG, TQC, ARS and CrossQ."
        )
    raise BBConvertError(f"{path} has no {name}; it has {', '.join(entries.names[:8]) or 'nothing'}.")


def _json(path: Path, document: bytes) -> dict[str, Any]:
    values = sum(map(document.count, (b",", b":", b"[", b"{")))
    if values > MAX_SB3_DATA_VALUES:
        raise BBConvertError(
            f"{path}: its {DATA} has {values:,} values or more, expected at most {MAX_SB3_DATA_VALUES:,}: it does not "
            "describe an algorithm."
        )
    try:
        data = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise BBConvertError(f"{path}: its {DATA} is not JSON ({error}). Download it again.") from error
    if not isinstance(data, dict):
        raise BBConvertError(f"{path}: its {DATA} is a {type(data).__name__}, expected the algorithm's attributes.")
    return data


def _arrays(path: Path, policy: bytes) -> Tensors:
    """The state_dict in `policy.pth`."""
    name = f"{path}/{POLICY}"
    return state_dicts(name, parse_torch(name, policy))[0]
