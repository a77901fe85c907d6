"""Reads inputs in child processes with limits, and notices however they end."""

import contextlib
import faulthandler
import gc
import json
import os
import resource
import select
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from tests.fuzz.outcome import Kind, Outcome, outcome_of


@dataclass(frozen=True)
class Limits:
    """What reading one input may take.

    Args:
        cpu_seconds: CPU time, which is the same on a busy machine.
        wall_seconds: only for what waits for ever without computing.
        memory_bytes: of writable memory, beyond what the libraries take.
    """

    cpu_seconds: float = 10.0
    wall_seconds: float = 300.0
    memory_bytes: int = 2**30


LIMITS = Limits()

Read = Callable[[Path], object]
_FORBIDDEN = ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen")
_CHANGES = (
    "os.chmod",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.symlink",
    "os.truncate",
    "os.utime",
)
_CONNECTIONS = ("socket.bind", "socket.connect", "socket.sendto", "urllib.Request")


def read_isolated(
    read: Read,
    inputs: Sequence[bytes],
    *,
    filename: str,
    prepare: Callable[[Path], None],
    limits: Limits = LIMITS,
) -> Iterator[Outcome]:
    """The outcome of reading each input, in order.

    One child process reads many inputs; where it dies, another goes on with the input after.

    Args:
        read: the reader, given the path of a file.
        inputs: the contents of that file.
        filename: its name.
        prepare: writes what stands beside it into the folder.
        limits: for each input.
    """
    gc.collect()
    gc.freeze()  # children do not copy what they do not change
    with tempfile.TemporaryDirectory(prefix="bbconvert-fuzz-") as scratch:
        folder = Path(scratch) / "input"
        folder.mkdir()
        prepare(folder)
        done = 0
        while done < len(inputs):
            for outcome in _child(read, inputs[done:], folder / filename, limits):
                yield outcome
                done += 1


def _child(read: Read, inputs: Sequence[bytes], path: Path, limits: Limits) -> Iterator[Outcome]:
    """The outcomes of one child: of all inputs, or of those up to the one that killed it."""
    stderr = path.parent.parent / "stderr"
    receiving, sending = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(receiving)
        _read_all(read, inputs, path, limits, sending)
    os.close(sending)
    received = 0
    with os.fdopen(receiving, encoding="utf-8") as lines:
        for _ in inputs:
            ready, _, _ = select.select([lines], [], [], limits.wall_seconds)
            if not ready:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                yield Outcome(Kind.TIME, f"no answer within {limits.wall_seconds:g} s", "waits")
                return
            line = lines.readline()
            if not line:
                break
            kind, detail, where = json.loads(line)
            received += 1
            yield Outcome(Kind(kind), detail, where)
    _, status = os.waitpid(pid, 0)
    if received < len(inputs):
        yield _death(status, stderr, limits)


def _death(status: int, stderr: Path, limits: Limits) -> Outcome:
    said = stderr.read_text(encoding="utf-8", errors="replace").strip()[-300:] if stderr.is_file() else ""
    if not os.WIFSIGNALED(status):
        return Outcome(Kind.SIGNAL, f"the process ended by itself with {os.WEXITSTATUS(status)} {said}", "exit")
    name = signal.Signals(os.WTERMSIG(status)).name
    if name == "SIGPROF":
        return Outcome(Kind.TIME, f"more than {limits.cpu_seconds:g} s of CPU time", "computes")
    if "bad_alloc" in said:
        return Outcome(Kind.MEMORY, said, name)
    return Outcome(Kind.SIGNAL, f"{name} {said}".strip(), name)


def _read_all(read: Read, inputs: Sequence[bytes], path: Path, limits: Limits, sending: int) -> NoReturn:
    """The child."""
    try:
        _quiet(path.parent.parent / "stderr")
        acts = _watch(path.parent)
        with os.fdopen(sending, "w", encoding="utf-8") as lines:
            for content in inputs:
                path.write_bytes(content)
                os.chdir(path.parent)
                outcome = _read(read, path, limits, acts)
                lines.write(json.dumps([outcome.kind, outcome.detail, outcome.where]) + "\n")
                lines.flush()
    finally:
        os._exit(0)


def _read(read: Read, path: Path, limits: Limits, acts: list[str]) -> Outcome:
    acts.clear()
    try:
        with _limited(limits):
            read(path)
        outcome = Outcome(Kind.RESULT)
    except BaseException as error:  # noqa: BLE001  # SystemExit too is an outcome
        outcome = outcome_of(error)
    return Outcome(Kind.ACTED, acts[0], acts[0].split(" ")[0]) if acts else outcome


@contextlib.contextmanager
def _limited(limits: Limits) -> Iterator[None]:
    """CPU time by a timer that kills, memory by the kernel."""
    statm = Path("/proc/self/statm")
    before = resource.getrlimit(resource.RLIMIT_DATA)
    if statm.is_file():
        used = int(statm.read_text().split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (used + limits.memory_bytes, before[1]))
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _quiet(stderr: Path) -> None:
    """No core dump, no traceback of a fault, nothing printed; what is said before an abort goes to a file."""
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    sys.dont_write_bytecode = True
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)


def _watch(folder: Path) -> list[str]:
    """Writes down from now on what a reader must never do."""
    acts: list[str] = []
    scratch = folder.parent.resolve()
    tempfile.tempdir = str(scratch)
    os.environ["TMPDIR"] = str(scratch)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN or event in _CONNECTIONS:
            acts.append(f"{event} {str(arguments)[:200]}")
        elif event in _CHANGES or (event == "open" and _writes(arguments)):
            if not isinstance(arguments[0], (str, os.PathLike)):
                return  # an open file: it was looked at when it was opened
            path = Path(os.path.realpath(arguments[0]))
            if not path.is_relative_to(scratch) and str(path) != os.devnull:
                acts.append(f"writes {path}")

    sys.addaudithook(hook)
    return acts


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    by_mode = isinstance(mode, str) and any(letter in mode for letter in "wax+")
    return by_mode or bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR))
