"""Work on untrusted files in a child process: with limits, without credentials, and believed nothing but plain data.

The child may be taken over by the file that it reads. So it answers in lines of JSON, of bounded size, which are
checked here; it has no keyboard, and what it prints is shown with `--debug` alone. It ends when this process ends.
"""

import importlib
import json
import os
import pickle
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any, Self, cast

from bbconvert.convert.errors import BBConvertError, UnforeseenError, UsageError
from bbconvert.convert.progress import Progress
from bbconvert.convert.safety.limits import MAX_MESSAGE_BYTES, MAX_MESSAGES_BYTES, MEBIBYTE, ChildLimits

_CREDENTIAL = re.compile(
    r"(^|_)(TOKENS?|SECRETS?|PASSWORDS?|PASSWD|PASSPHRASE|CREDENTIALS?|(API|ACCESS|PRIVATE)?KEYS?|AUTH)(_|$)|^AWS_",
    re.I,
)
"""Names of environment variables that are kept from the child: `HF_TOKEN`, `AWS_PROFILE`, `SSH_AUTH_SOCK`."""
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""The networks are small, and the threads of many cores would count as memory."""
_POLL_SECONDS = 0.5
_KEPT_BYTES = 65536
"""Of what the child prints: the end tells why it died."""
_TOO_MUCH = b"more than MAX_MESSAGES_BYTES\n"
_MAX_STEPS = 10**9
_OWN = "If the file is your own, --no-sandbox lifts that limit."


class DeadChildError(BBConvertError):
    """The child process ended, or was stopped, before it answered."""


def run_function(
    function: str, *arguments: Any, doing: str, limits: ChildLimits | None, progress: Progress
) -> dict[str, Any]:
    """Calls `function` with `arguments` and `progress` in a child process; returns its answer, an object of JSON.

    Args:
        function: `module:name`, importable; it returns an object of JSON, or None, which is `{}` here.
        arguments: what can be pickled.
        doing: what is done, for the messages: `Converting agent.zip`.
        limits: of the child process; None: called in this process, without limits.
        progress: told what the function tells.

    Raises:
        BBConvertError: the function's own, or how the child ended without an answer.
    """
    if limits is None:
        return load_function(function)(*arguments, progress) or {}
    with (
        tempfile.TemporaryDirectory(prefix="bbconvert-", ignore_cleanup_errors=True) as temporary,
        _Child((os.getpid(), limits, function, pickle.dumps(arguments)), temporary, doing) as child,
    ):
        return child.answer(limits, progress)


def load_function(function: str) -> Any:
    """The function `module:name`."""
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)


class _Child:
    """The process and the two pipes on which it answers; leaving the context ends it, and all that it started."""

    def __init__(self, call: Any, temporary: str, doing: str) -> None:
        self._doing = doing
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._printed = bytearray()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bbconvert.convert.safety.sandbox_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(os.environ, temporary),
            start_new_session=True,
        )
        self._stdin, stdout, stderr = (
            cast("IO[bytes]", pipe) for pipe in (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        self._readers = [
            (threading.Thread(target=_read_lines, args=(stdout, self._lines), daemon=True), stdout),
            (threading.Thread(target=_keep_end, args=(stderr, self._printed), daemon=True), stderr),
        ]
        self._call = call

    def __enter__(self) -> Self:
        for reader, _ in self._readers:
            reader.start()
        with suppress(BrokenPipeError):  # it is dead already, which shows below
            self._stdin.write(pickle.dumps(self._call))
            self._stdin.flush()  # and stays open: its end tells the child that this process is gone
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        with suppress(BrokenPipeError):
            self._stdin.close()
        for reader, pipe in self._readers:
            reader.join(timeout=1)
            if not reader.is_alive():  # else a process that escaped from the group still holds it
                pipe.close()

    def answer(self, limits: ChildLimits, progress: Progress) -> dict[str, Any]:
        """Passes on what the child tells, until its answer.

        Raises:
            BBConvertError: the function's own, or how the child ended without an answer.
        """
        deadline = time.monotonic() + limits.wall_seconds
        with ExitStack() as task:
            advance = None
            while True:
                if time.monotonic() > deadline:
                    raise self._stopped(f"took longer than the {limits.wall_seconds:,.0f} s that are allowed", _OWN)
                try:
                    line = self._lines.get(timeout=_POLL_SECONDS)
                except queue.Empty:
                    continue
                if not line:
                    raise self._died(limits)
                match _parsed(line):
                    case ["say", str(text)]:
                        progress.say(_printable(text))
                    case ["task", str(description), None | int() as total] if 0 <= (total or 0) <= _MAX_STEPS:
                        advance = task.enter_context(progress.task(_printable(description), total))
                    case ["advance", int(steps)] if advance is not None and 0 <= steps <= _MAX_STEPS:
                        advance(steps)
                    case ["end"]:
                        task.close()
                        advance = None
                    case ["result", dict() as result]:
                        return result
                    case ["failed", {"type": str(), "message": str(), "trace": str()} as failure]:
                        raise self._failed(failure, limits)
                    case _:
                        raise self._stopped("answered with something that is not an answer")

    def _failed(self, failure: dict[str, Any], limits: ChildLimits) -> Exception:
        """The exception that the function raised, as far as it is one of those that are told apart."""
        kind, message = failure["type"], _printable(failure["message"])
        error: Exception
        match failure:
            case {"type": "UsageError"}:
                error = UsageError(message)
            case {"type": "BBConvertError"}:
                error = BBConvertError(message)
            case {"type": "MemoryError"}:
                error = DeadChildError(_memory_used_up(self._doing, limits))
            case {"type": "OSError", "errno": int(number), "filename": None | str() as filename}:
                error = OSError(number, message, filename) if filename else OSError(number, message)
            case _:
                error = UnforeseenError(f"{_printable(kind)}: {message}")
        error.add_note(_printable(failure["trace"]))
        return error

    def _died(self, limits: ChildLimits) -> DeadChildError:
        """Says how the process ended that closed its pipe without an answer."""
        code = self._end()
        match next((known.name for known in signal.Signals if known == -code), None):
            case "SIGXCPU":
                return self._stopped(f"used up the {limits.cpu_seconds:,} s of processor time that are allowed", _OWN)
            case "SIGKILL":
                return self._stopped(
                    "was killed (SIGKILL), perhaps because this machine's memory was used up",
                    "Close some programs, or use fewer --jobs, and try again.",
                )
            case name:
                return self._stopped(
                    f"crashed without an answer ({name or f'exit code {code}'})",
                    "The file is damaged, or was made to crash what reads it: use --no-sandbox only if it is your own.",
                )

    def _stopped(self, how: str, advice: str = "") -> DeadChildError:
        self._end()
        printed, _ = self._readers[1]
        printed.join(timeout=5)  # what was printed last tells most
        error = DeadChildError(f"{self._doing} {how}. Nothing was written. {advice}".rstrip())
        if self._printed:
            error.add_note("The child process printed:\n" + _printable(self._printed.decode(errors="replace")))
        return error

    def _end(self) -> int:
        """Kills the process, where it runs, and its group; returns its exit code."""
        if self._process.returncode is None:  # not yet waited for: its number is still its own
            with suppress(ProcessLookupError, PermissionError):
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()


def _memory_used_up(doing: str, limits: ChildLimits) -> str:
    mebibytes = limits.memory_bytes // MEBIBYTE
    return f"{doing} needs more than the {mebibytes:,} MiB of memory that are allowed. Nothing was written. {_OWN}"


def _environment(given: Mapping[str, str], temporary: str) -> dict[str, str]:
    """The child's environment variables; `sys.path` is this process's, since `-P` keeps the working directory out."""
    kept = {name: value for name, value in given.items() if not _CREDENTIAL.search(name)}
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return {**kept, **_ONE_THREAD, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary), "PYTHONPATH": path}


def _read_lines(pipe: IO[bytes], lines: "queue.SimpleQueue[bytes]") -> None:
    """Until the end, an empty line; what is longer than a line may be comes in pieces, which are not JSON."""
    left = MAX_MESSAGES_BYTES
    while left > 0 and (line := pipe.readline(MAX_MESSAGE_BYTES)):
        left -= len(line)
        if left >= 0:
            lines.put(line)
    lines.put(b"" if left > 0 else _TOO_MUCH)


def _keep_end(pipe: IO[bytes], kept: bytearray) -> None:
    """Keeps the last of the bytes that come."""
    while chunk := os.read(pipe.fileno(), 4096):
        kept += chunk
        del kept[:-_KEPT_BYTES]


def _parsed(line: bytes) -> Any:
    """The JSON in a line; None where there is none."""
    try:
        return json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _printable(text: str) -> str:
    """Without control characters, which a terminal may obey."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)
