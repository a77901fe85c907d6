"""Loads a torch file without executing anything in it."""

import pickletools
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old pickle protocols: nothing to do about them here
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files make the unpickler raise almost any type
        raise BBConvertError(_reason(path, error)) from error


def state_dicts(path: Path, loaded: Any) -> list[dict[str, NDArray[Any]]]:
    """What `load_tensors` gave as arrays by name: one state_dict, or each of a tuple of them.

    Raises:
        BBConvertError: it is neither.
    """
    parts = list(loaded) if isinstance(loaded, (tuple, list)) else [loaded]
    if not parts or not all(_is_state_dict(part) for part in parts):
        nested = (
            [str(name) for name, part in loaded.items() if _is_state_dict(part)] if isinstance(loaded, dict) else []
        )
        inside = f" with state_dicts inside ({', '.join(nested[:4])})" if nested else ""
        raise BBConvertError(
            f"{path} holds a {type(loaded).__name__}{inside}, expected a state_dict (names to tensors) such as "
            "torch.save(agent.state_dict(), path) writes, or CleanRL's tuple of them."
        )
    return [{str(name): _array(tensor) for name, tensor in part.items()} for part in parts]


def _is_state_dict(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(item, torch.Tensor) for item in value.values())


def _array(tensor: torch.Tensor) -> NDArray[Any]:
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()


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
    called = sorted(_globals(path))
    if called:
        return (
            f"{path} is a pickle that asks to call {', '.join(called[:4])}, and was not loaded: nothing in it ran. "
            "A checkpoint holds tensors only. Save the state_dict instead: torch.save(agent.state_dict(), path)."
        )
    why = type(error).__name__ if str(error).startswith("Weights only load failed") else str(error).split("\n")[0][:120]
    return (
        f"{path} is no torch checkpoint, or is damaged or cut short ({why}). Expected a file that torch.save wrote, "
        "such as CleanRL's *.cleanrl_model. If it was downloaded, download it again: bbconvert pull … --force."
    )


def _globals(path: Path) -> set[str]:
    """The names that the pickle inside the file would import, torch's tensors aside; found without loading it."""
    names: set[str] = set()
    strings: list[str] = []
    try:
        for opcode, argument, _ in pickletools.genops(_pickle(path)):
            if opcode.name in ("GLOBAL", "INST"):
                names.add(str(argument).replace(" ", "."))
            elif opcode.name == "STACK_GLOBAL":
                names.add(".".join(strings[-2:]))
            elif isinstance(argument, str):
                strings.append(argument)
    except Exception:  # noqa: BLE001, S110  # no pickle, or no whole one: what was found up to there counts
        pass
    return {name for name in names if not name.startswith(("torch.", "torch ", "collections.OrderedDict"))}


def _pickle(path: Path) -> bytes:
    """The pickle in a file of `torch.save`: an entry of its zip, or the file itself."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        return archive.read(name)
