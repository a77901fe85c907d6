"""Loads a torch file without executing anything in it."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from convert.errors import BBConvertError

MAX_BYTES = 512 * 2**20
"""Refuse anything larger, packed or unpacked: no policy of the kind read here comes near it."""


def load_tensors(path: Path) -> Any:
    """The tensors and plain containers of a file that `torch.save` wrote, on the CPU.

    Raises:
        BBConvertError: no such file, too large, no torch file, or a pickle that needs more than tensors.
    """
    if not path.is_file():
        raise BBConvertError(f"{path} does not exist, or is no file. Give the path of a checkpoint file.")
    _check_size(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, zipfile.BadZipFile, OSError) as error:
        raise BBConvertError(_reason(path, error)) from error


def _check_size(path: Path) -> None:
    size = path.stat().st_size
    if size == 0:
        raise BBConvertError(f"{path} is empty. Download it again.")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = max(size, sum(info.file_size for info in archive.infolist()))
    if size > MAX_BYTES:
        raise BBConvertError(
            f"{path} unpacks to {size / 2**20:.0f} MiB, more than the {MAX_BYTES // 2**20} MiB that a policy may take."
        )


def _reason(path: Path, error: Exception) -> str:
    text = str(error)
    if "WeightsUnpickler error: Unsupported" in text or "Unsupported global" in text or "GLOBAL" in text:
        what = next((line.strip() for line in text.splitlines() if "GLOBAL" in line or "global" in line), "")
        return (
            f"{path} is a pickle that asks to run code, and was not loaded ({what[:160]}). A checkpoint holds tensors "
            "only. Save the state_dict instead: torch.save(agent.state_dict(), path)."
        )
    first = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    return (
        f"{path} is no torch checkpoint, or is cut short ({first[:160]}). Expected a file that torch.save wrote, "
        "such as CleanRL's *.cleanrl_model. If it was downloaded, download it again: bbconvert pull … --force."
    )
