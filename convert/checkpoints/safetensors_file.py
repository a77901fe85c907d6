"""Loads a safetensors file, which holds arrays and their names and nothing to execute."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from convert.errors import BBConvertError


def load_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of the file, those of 16 bits widened to float32.

    Raises:
        BBConvertError: damaged, cut short, or of a type that is no number.
    """
    try:
        loaded = load_file(path, device="cpu")
        return {
            name: (tensor.float() if tensor.is_floating_point() and tensor.itemsize < 4 else tensor).numpy()
            for name, tensor in loaded.items()
        }
    except (SafetensorError, ValueError, TypeError, OSError) as error:
        raise BBConvertError(
            f"{path} is no whole safetensors file ({str(error).splitlines()[0][:120]}). If it was downloaded, download "
            "it again."
        ) from error
