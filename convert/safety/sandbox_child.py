"""The child process of `convert/safety/sandbox.py`: limits itself, calls one function, and tells what comes of it."""

import ctypes
import faulthandler
import json
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.progress import Advance
from bbconvert.convert.safety.limits import ChildLimits
from bbconvert.convert.safety.sandbox import load_function

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_MAX_TRACE = 16_000


def main() -> None:
    """Takes the call from stdin, which the parent writes, and answers on what is stdout now."""
    parent, limits, function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  # the parent's own words
    call, answers = os.dup(0), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what libraries print is no answer
    faulthandler.enable()
    _limit(limits)
    _leave_network()
    _end_with(parent, call)
    messages = _Messages(answers)
    try:
        messages.send("result", load_function(function)(*pickle.loads(arguments), messages) or {})  # noqa: S301  # as above
    except BaseException as error:  # noqa: BLE001  # the edge of the process
        messages.send("failed", _described(error))
    os._exit(0)  # what torch and others do at the end of a process takes time, and nothing is left to do


class _Messages:
    """The function's `Progress`, and its answer: a line of JSON each."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    def send(self, *message: Any) -> None:
        """Sends one message, at once."""
        self._pipe.write(json.dumps(message, allow_nan=False).encode() + b"\n")
        self._pipe.flush()

    def say(self, text: str) -> None:
        """One line of what is happening."""
        self.send("say", text)

    @contextmanager
    def task(self, description: str, total: int | None) -> Iterator[Advance]:
        """Work of `total` steps (None: unknown); yields the function that advances it by a number of steps."""
        self.send("task", description, total)
        yield lambda steps: self.send("advance", steps)
        self.send("end")


def _described(error: BaseException) -> dict[str, Any]:
    trace = "".join(traceback.format_exception(error))[-_MAX_TRACE:]
    described: dict[str, Any] = {"type": type(error).__name__, "message": str(error), "trace": trace}
    match error:
        case UsageError():
            described["type"] = "UsageError"
        case BBConvertError():
            described["type"] = "BBConvertError"
        case MemoryError():
            described["type"] = "MemoryError"
        case OSError(errno=int(number), filename=filename):
            name = None if filename is None else os.fsdecode(filename)
            described |= {"type": "OSError", "message": error.strerror or "", "errno": number, "filename": name}
    return described


def _limit(limits: ChildLimits) -> None:
    """Sets what the operating system enforces; Windows has none of it, and macOS does not hold to that of memory."""
    with suppress(OSError):  # Linux: where memory runs out, this process is the first to go
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    try:
        import resource
    except ImportError:
        return
    for which, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
    ):
        _, hard = resource.getrlimit(which)
        most = sys.maxsize if hard == resource.RLIM_INFINITY else hard
        # One second of processor time lies between the signal that says so and the one that cannot be ignored.
        last = limit + 1 if which == resource.RLIMIT_CPU else limit
        with suppress(ValueError, OSError):
            resource.setrlimit(which, (min(limit, most), min(last, most)))


def _leave_network() -> None:
    """Linux, where it is allowed: into a network namespace of its own, in which there is nothing to connect to."""
    if sys.platform == "linux":
        unshare = ctypes.CDLL(None).unshare
        if unshare(_CLONE_NEWNET) != 0:  # root alone may do that; others may in a user namespace of their own
            unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _end_with(parent: int, call: int) -> None:
    """Ends this process when the parent is gone, however that ended: its side of the pipe `call` is closed then."""
    if sys.platform == "linux":  # the kernel does it even while a library keeps Python's threads waiting
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    def wait() -> None:
        os.read(call, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    main()
