"""Looks at processes on Linux: whether one has ended, and which children convert files."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def gone(pid: int) -> bool:
    """The process has ended, whether or not somebody has asked for its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def children() -> list[str]:
    """The command lines of this process's children that convert files."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            command = stat.with_name("cmdline").read_text()
        except OSError:
            continue
        if parent == os.getpid() and "bbconvert.convert.safety.sandbox_child" in command:
            found.append(command)
    return found


def until(condition: Callable[[], bool]) -> None:
    """Waits for it, as long as the test may take."""
    while not condition():
        time.sleep(0.05)
