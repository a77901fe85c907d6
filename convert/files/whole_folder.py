"""A folder written whole or not at all: in a temporary one beside it, put in place at the end."""

import contextlib
import ctypes
import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.files.disk_errors import writing_to
from bbconvert.convert.files.work_folder import WorkFolder, make_work_folder, recover

_CHOOSE = "Choose another folder with --out."
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_NOT_SYNCED = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
"""How file systems answer that do not let a folder be written through to the disk."""


def check_free(out: Path, *, force: bool, kind: str, marker: str) -> None:
    """Raises BBConvertError where `whole_folder` would, because `out` is there and is not to be replaced."""
    recover(out)
    _require_free(out, force=force, kind=kind, marker=marker)


@contextmanager
def whole_folder(out: Path, *, force: bool, kind: str, marker: str) -> Iterator[Path]:
    """A temporary folder that becomes `out` when the block ends well, and is removed otherwise.

    An earlier `out` is replaced with `force` alone, and only where it is empty or holds the file `marker`, which tells
    that it is a `kind` ("bundle", "site") and not another folder. A kill leaves the earlier `out`, or the new one, or
    the earlier one where `recover` finds it; the next run sweeps the temporary folder.

    Raises:
        BBConvertError: `out` is there and is not to be replaced, or nothing can be written beside it.
    """
    check_free(out, force=force, kind=kind, marker=marker)
    missing = [folder for folder in out.absolute().parents if not folder.exists()]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = make_work_folder(out)
    except OSError as error:
        raise BBConvertError(f"Cannot write into {out.parent}: {error.strerror or error}. {_CHOOSE}") from error
    try:
        with writing_to(out.parent, f"the {kind}", "write elsewhere with --out"):
            yield work.new
            _require_free(out, force=force, kind=kind, marker=marker)  # something may have been put there meanwhile
            _put_in_place(work, out)
    finally:
        work.discard()
        if not out.exists():
            for folder in missing:
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _require_free(out: Path, *, force: bool, kind: str, marker: str) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not force:
        raise BBConvertError(f"{out} exists. Keep it, or replace it with --force. {_CHOOSE}")
    if not (out / marker).is_file():
        raise BBConvertError(f"{out} exists and is not a {kind} (it has no {marker}): it was not replaced. {_CHOOSE}")


def _put_in_place(work: WorkFolder, out: Path) -> None:
    """Renames `new` to `out`, when all of it is on the disk; what was there ends in the temporary folder."""
    _write_through(work.new)
    if not os.path.lexists(out):
        work.new.rename(out)
    elif not _exchange(work.new, out):
        out.rename(work.old)
        try:
            work.new.rename(out)
        except OSError:
            work.old.rename(out)
            raise
    _write_folder_through(out.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two folders in one step; False where the system (other than Linux) or the file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # an old libc
        return False
    renamed: int = renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return renamed == 0


def _write_through(folder: Path) -> None:
    """Has the system write all files below `folder` to the disk: a rename may reach it before their content does."""
    for path, _, names in os.walk(folder, topdown=False):
        for name in names:
            file = Path(path) / name
            if stat.S_ISREG(file.lstat().st_mode):
                descriptor = os.open(file, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        _write_folder_through(Path(path))


def _write_folder_through(folder: Path) -> None:
    if sys.platform == "win32":  # which opens no folders
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_SYNCED:
            raise
    finally:
        os.close(descriptor)
