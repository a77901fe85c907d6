"""What a file that takes over its reader may do in the child process: functions for `safety.sandbox.run_function`."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.progress import Progress


def crash(*_: Any, **__: Any) -> None:
    ctypes.string_at(0)


def kill_itself(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave(*_: Any) -> None:
    os._exit(0)


def eat_memory(*_: Any) -> None:
    eaten = []
    while True:
        eaten.append(bytearray(2**24))


def spin(*_: Any) -> None:
    while True:
        pass


def spin_holding_the_lock_of_python(path: Path, *_: Any, **__: Any) -> None:
    """Python's other threads do not run meanwhile."""
    Path("pid").write_text(str(os.getpid()))
    re.match("(a*)*b", "a" * 64)


def sleep(*_: Any) -> None:
    time.sleep(10_000)


def tell_its_number_and_sleep(*_: Any, **__: Any) -> None:
    Path("unfinished").write_text(str(os.getpid()))
    Path("unfinished").rename("pid")
    time.sleep(10_000)


def start_another_and_crash(pid: Path, *_: Any) -> None:
    other = subprocess.Popen(["sleep", "10000"])
    pid.write_text(str(other.pid))
    crash()


def answer_with(answer: bytes, *_: Any) -> None:
    """Writes to the parent, past what speaks for the function."""
    for descriptor in range(3, 32):
        with suppress(OSError):
            os.write(descriptor, answer)
    time.sleep(10_000)


def answer_without_end(answer: bytes, *_: Any) -> None:
    for descriptor in range(3, 32):
        with suppress(OSError):
            while True:
                os.write(descriptor, answer)


def print_a_lot(*_: Any) -> dict[str, Any]:
    for _i in range(100):
        os.write(1, b"out" * 2**16)
        os.write(2, b"err" * 2**16)
    return {"read": sys.stdin.read()}


def raise_error(name: str, *_: Any) -> None:
    class OurError(BBConvertError):
        pass

    errors: dict[str, BaseException] = {
        "own": OurError("the file is bad\x1b[31m"),
        "usage": UsageError("wrong option"),
        "disk": OSError(28, "No space left on device", "/x/y"),
        "unforeseen": ZeroDivisionError("division by zero"),
        "exit": SystemExit(0),
    }
    raise errors[name]


def environment(*_: Any) -> dict[str, Any]:
    return {"names": sorted(os.environ), "threads": os.environ["OMP_NUM_THREADS"]}


def surroundings(*_: Any) -> dict[str, Any]:
    try:
        import only_here  # type: ignore[import-not-found]  # noqa: F401

        found = True
    except ImportError:
        found = False
    return {"network": str(Path("/proc/self/ns/net").readlink()), "found": found, "session": os.getsid(0)}


def connect(port: int, *_: Any) -> dict[str, Any]:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return {"connected": False}
    return {"connected": True}


def leave_a_folder(progress: Progress) -> None:
    progress.say(tempfile.mkdtemp())
    os._exit(3)


def work(numbers: list[int], progress: Progress) -> dict[str, Any]:
    progress.say("begins")
    with progress.task("counting", len(numbers)) as advance:
        for _ in numbers:
            advance(1)
    return {"sum": sum(numbers)}
