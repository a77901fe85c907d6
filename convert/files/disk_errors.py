"""What goes wrong with a disk, in words: which folder it is about, and what makes bbconvert use another one."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bbconvert.convert.errors import BBConvertError

_REMEDIES = {
    errno.ENOSPC: "Free some space there",
    errno.EDQUOT: "Free some of your quota there",
    errno.EFBIG: "Raise the limit of file sizes (ulimit -f)",
    errno.EROFS: "Make it writable",
    errno.EACCES: "Get the permission to write there",
    errno.EPERM: "Get the permission to write there",
    errno.EIO: "Check that disk",
}
_NO_SPACE_BYTES = 1024 * 1024
"""With less left than this, a folder's disk is the one that is full."""


@contextmanager
def writing_to(folder: Path, what: str, move: str) -> Iterator[None]:
    """Turns an error of the disk below `folder`, where `what` is written, into one that names it and how to `move` it.

    Raises:
        BBConvertError: instead of such an error; others are raised as they are.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _REMEDIES or not _concerns(error, folder):
            raise
        raise BBConvertError(cannot_write(folder, what, move, error)) from error


def cannot_write(folder: Path, what: str, move: str, error: OSError) -> str:
    """`Cannot write the bundle into /x: No space left on device. Free some space there, or write elsewhere …`."""
    remedy = _REMEDIES.get(error.errno or 0, "Check that disk")
    return f"Cannot write {what} into {folder}: {error.strerror or error}. {remedy}, or {move}."


def temporary_folder() -> tuple[Path, str]:
    """Where libraries put their temporary files, and what moves it."""
    return Path(tempfile.gettempdir()), "set TMPDIR to another folder"


def below(path: Path | str, folder: Path) -> bool:
    """`path` is `folder` or in it, links resolved."""
    return Path(path).resolve().is_relative_to(folder.resolve())


def is_full(folder: Path) -> bool:
    """There is no space left on the disk of `folder`, or of the nearest one above it that exists."""
    there = next((above for above in (folder, *folder.absolute().parents) if above.exists()), None)
    try:
        return there is not None and shutil.disk_usage(there).free < _NO_SPACE_BYTES
    except OSError:
        return False


def _concerns(error: OSError, folder: Path) -> bool:
    """A file that is opened or made is named in the error; one that is written to is not."""
    if error.filename is not None:
        return isinstance(error.filename, str | bytes | os.PathLike) and below(os.fsdecode(error.filename), folder)
    elsewhere, _ = temporary_folder()
    return error.errno != errno.ENOSPC or is_full(folder) or below(elsewhere, folder) or not is_full(elsewhere)
