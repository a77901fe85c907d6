"""The temporary folders beside a folder that is written whole: locked while their run lives, swept after its death.

`.NAME.XXXXXXXX/` beside `NAME` holds `lock`, which is locked for as long as the process lives; `new`, which becomes
`NAME`; and, between two renames, `old`, which was `NAME`.
"""

import contextlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LOCK, _NEW, _OLD = "lock", "new", "old"
_ABANDONED_SECONDS = 24 * 3600
"""A temporary folder without a lock, as bbconvert 0.1 made them, is dead when nothing was written there for a day."""
_GUARD_TRIES = 50


@dataclass(frozen=True)
class WorkFolder:
    """The temporary folder of a run that lives."""

    path: Path
    lock: int
    """File descriptor of the locked file."""

    @property
    def new(self) -> Path:
        """What is being written."""
        return self.path / _NEW

    @property
    def old(self) -> Path:
        """What it replaces, for as long as neither is in place."""
        return self.path / _OLD

    def discard(self) -> None:
        """Removes it, with what is in it."""
        _discard(self.path, self.lock)


def make_work_folder(out: Path) -> WorkFolder:
    """A temporary folder beside `out`, locked by this process, with an empty `new` in it.

    Raises:
        OSError: nothing can be written there.
    """
    with _guard(out.parent):  # so that no other process removes it before it is locked
        path = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        _try_lock(lock)
    work = WorkFolder(path, lock)
    work.new.mkdir()
    return work


def recover(out: Path) -> None:
    """Puts `out` back where a run was killed while it replaced it; removes what dead runs left beside it.

    Does nothing where it may not write, and to folders of runs that live.
    """
    with contextlib.suppress(OSError):
        if not _work_folders(out):
            return
        with _guard(out.parent) as guarded:
            for path in _work_folders(out):
                with contextlib.suppress(OSError):
                    _sweep(path, out, guarded=guarded)


def recover_all(folder: Path) -> None:
    """Does the same for all that is written whole in `folder`."""
    with contextlib.suppress(OSError):
        names = {match[1] for path in folder.iterdir() if (match := re.fullmatch(r"\.(.+)\.[a-z0-9_]{8}", path.name))}
        for name in sorted(names):
            recover(folder / name)


def _work_folders(out: Path) -> list[Path]:
    """Those beside `out` that hold nothing but what this module puts there."""
    name = re.compile(rf"\.{re.escape(out.name)}\.[a-z0-9_]{{8}}")
    return [
        path
        for path in out.parent.iterdir()
        if name.fullmatch(path.name)
        and path.is_dir()
        and not path.is_symlink()
        and {inside.name for inside in path.iterdir()} <= {_LOCK, _NEW, _OLD}
    ]


def _sweep(path: Path, out: Path, *, guarded: bool) -> None:
    lock = None
    if (path / _LOCK).exists():
        lock = os.open(path / _LOCK, os.O_RDWR)
        if not _try_lock(lock):  # its run lives
            os.close(lock)
            return
    else:
        # Without a lock: killed while it made or removed the folder, which is empty then; or by an older version.
        idle = time.time() - path.stat().st_mtime
        if idle < _ABANDONED_SECONDS and not (guarded and not any(path.iterdir())):
            return
    old = path / _OLD
    if os.path.lexists(old) and not os.path.lexists(out):
        old.rename(out)
    _discard(path, lock)


def _discard(path: Path, lock: int | None) -> None:
    """Removes the folder, the lock at last: a kill in between leaves it unlocked, so that it is removed later."""
    for inside in (path / _NEW, path / _OLD):
        if inside.is_symlink():
            inside.unlink(missing_ok=True)
        else:
            shutil.rmtree(inside, ignore_errors=True)
    if lock is not None:
        if sys.platform == "win32":  # which removes no file that is open
            os.close(lock)
        if not any(name.exists() for name in (path / _NEW, path / _OLD)):
            with contextlib.suppress(OSError):
                (path / _LOCK).unlink()
        if sys.platform != "win32":
            os.close(lock)
    with contextlib.suppress(OSError):
        path.rmdir()


@contextlib.contextmanager
def _guard(folder: Path) -> Iterator[bool]:
    """One process at a time makes or sweeps temporary folders in `folder`; yields whether that could be arranged.

    Windows, and some network file systems, lock no folders.
    """
    if sys.platform == "win32":
        yield False
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(_GUARD_TRIES):
            if guarded := _try_lock(descriptor):
                break
            time.sleep(0.1)
        yield guarded
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        """Locks the file for this process; False where another one has it locked."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        """Locks the file for this process; False where another one has it locked."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
