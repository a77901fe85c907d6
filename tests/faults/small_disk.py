"""A disk with next to no space: a small tmpfs where one may be mounted, else a limit on the size of files."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, *, kilobytes: int, read_only: bool = False) -> Iterator[bool]:
    """Mounts a tmpfs on `folder` until the block ends; yields False where that is not permitted.

    Read-only, it holds what `folder` held.
    """
    options = "ro,bind" if read_only else f"size={kilobytes}k"
    kind = [] if read_only else ["-t", "tmpfs"]
    source = str(folder) if read_only else "tmpfs"
    mounted = _tried("mount", *kind, "-o", options, source, str(folder))
    if mounted and read_only:  # a bind mount takes the option when it is mounted again
        _tried("mount", "-o", "remount,ro,bind", str(folder))
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def _tried(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
