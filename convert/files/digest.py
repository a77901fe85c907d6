"""The hash by which a checkpoint file is known."""

import hashlib
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The file's SHA-256, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
