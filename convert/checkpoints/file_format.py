"""Which format a file has, by what is in it: names mislead, first bytes do not."""

from pathlib import Path
from typing import Literal

from bbconvert.convert.checkpoints.brax_file import MARKS as BRAX
from bbconvert.convert.checkpoints.cs285 import POLICY as CS285
from bbconvert.convert.checkpoints.sb3_archive import is_sb3_zip
from bbconvert.convert.checkpoints.torchscript import is_torchscript
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_CHECKPOINT_BYTES, MEBIBYTE

FileFormat = Literal["torch", "torchscript", "stable-baselines3", "flax", "safetensors", "onnx", "cs285", "brax"]

_PICKLE = 0x80
_PICKLE_PROTOCOLS = range(2, 6)
_MARKS: dict[FileFormat, tuple[bytes, ...]] = {"cs285": (CS285.encode(),), "brax": BRAX}
"""What stands among the first bytes of a pickle, one of them."""
_MSGPACK_MAPS = (*range(0x81, 0x90), 0xDE, 0xDF)
_ONNX_IR_VERSION = 0x08
"""The first field of an ONNX file: protobuf's tag of a number, field 1."""


def file_format(path: Path) -> FileFormat:
    """The format of the file, which may still be damaged further on.

    Raises:
        BBConvertError: no such file, an empty or an enormous one, or none of the formats.
    """
    if not path.is_file():
        raise BBConvertError(f"{path} does not exist, or is not a file. Give the path of a checkpoint file.")
    size = path.stat().st_size
    if size == 0:
        raise BBConvertError(f"{path} is empty. Download it again.")
    if size > MAX_CHECKPOINT_BYTES:
        raise BBConvertError(
            f"{path} has {size / MEBIBYTE:.0f} MiB, more than the {MAX_CHECKPOINT_BYTES // MEBIBYTE} MiB that a policy "
            "may take."
        )
    with path.open("rb") as file:
        start = file.read(256)
    if is_sb3_zip(path):
        return "stable-baselines3"
    for kind, marks in _MARKS.items():
        if start[0] == _PICKLE and any(mark in start for mark in marks):
            return kind
    if start.startswith(b"PK") or (start[0] == _PICKLE and len(start) > 1 and start[1] in _PICKLE_PROTOCOLS):
        return "torchscript" if is_torchscript(path) else "torch"
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < size:
        return "safetensors"
    if start[0] in _MSGPACK_MAPS:
        return "flax"
    if start[0] == _ONNX_IR_VERSION:
        return "onnx"
    raise BBConvertError(
        f"{path} has no format that bbconvert knows. It is not a torch checkpoint (torch.save: CleanRL's "
        "*.cleanrl_model, a state_dict), no zip of Stable-Baselines3 or SBX, no flax msgpack (CleanRL's JAX agents), "
        "no safetensors, no ONNX file, no parameters of Brax and no expert of CS 285, or it is damaged at its "
        "beginning. If it was downloaded, download it again."
    )
