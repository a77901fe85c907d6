"""The edge of the process: every exception becomes one paragraph on stderr and an exit code, in one table.

0 done · 1 failed · 2 wrong usage · 3 a verification ran and did not hold · 130 stopped with Ctrl-C · 143 by SIGTERM.
"""

import errno
import signal
import sys
import traceback
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from convert.errors import BBConvertError, UnforeseenError, UsageError

FAILED = 1
WRONG_USAGE = 2
NOT_HELD = 3
STOPPED = 130
TERMINATED = 143

_OS_ERRORS = {
    errno.ENOSPC: "The disk is full: free some space, or write elsewhere with --out (and HF_HOME for the downloads).",
    errno.EDQUOT: "The disk quota is used up: free some space, or write elsewhere with --out.",
    errno.EACCES: "Permission denied: choose a folder that you may write to with --out.",
    errno.EPERM: "Permission denied: choose a folder that you may write to with --out.",
    errno.EROFS: "The file system is read-only: choose another folder with --out.",
    errno.ENOTDIR: "A part of that path is a file, not a folder: choose another with --out.",
    errno.ENOENT: "There is no such file or folder: check the path.",
    errno.EMFILE: "Too many open files: close some programs, or raise the limit with ulimit -n.",
}

_debug = False


class Terminated(KeyboardInterrupt):
    """SIGTERM: what runs unwinds as for Ctrl-C, so that nothing half-written stays."""


def unwind_when_terminated() -> None:
    """From here on, SIGTERM raises `Terminated`, once: what cleans up is not stopped again."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated

    signal.signal(signal.SIGTERM, stop)


def take_debug(arguments: list[str]) -> list[str]:
    """The arguments without `--debug`, which may stand anywhere before `--`; remembers whether it was there."""
    global _debug  # noqa: PLW0603  # one process, one command line
    end = arguments.index("--") if "--" in arguments else len(arguments)
    _debug = "--debug" in arguments[:end]
    return [argument for argument in arguments[:end] if argument != "--debug"] + arguments[end:]


def in_debug() -> bool:
    """`--debug` was there."""
    return _debug


def explain(error: BaseException) -> tuple[str, int]:
    """The table: what to print for an exception, and the exit code."""
    match error:
        case UsageError():
            return str(error), WRONG_USAGE
        case BBConvertError():
            return str(error), FAILED
        case KeyboardInterrupt():
            return "Stopped; nothing was written.", TERMINATED if isinstance(error, Terminated) else STOPPED
        case OSError(errno=int(number)):
            where = f"{error.filename}: " if error.filename else ""
            advice = _OS_ERRORS.get(number, "Check the path and the disk, then try again.")
            return f"{where}{error.strerror or error}. {advice}", FAILED
        case MemoryError():
            return "Not enough memory: close some programs and try again.", FAILED
        case _:
            first = (str(error).strip().splitlines() or ["no message"])[0]
            what = first if isinstance(error, UnforeseenError) else f"{type(error).__name__}: {first}"
            return f"Unexpected {what} (a bug of bbconvert's)", FAILED


def report(error: BaseException) -> int:
    """Prints the paragraph on stderr, the traceback before it with `--debug`; returns the exit code."""
    message, code = explain(error)
    expected = isinstance(error, (BBConvertError, KeyboardInterrupt))
    if _debug:
        traceback.print_exception(error)
    elif not expected:
        message += "\n--debug shows the traceback."
    print(message if isinstance(error, KeyboardInterrupt) else f"Error: {message}", file=sys.stderr)
    return code


class Edge(TyperGroup):
    """The group of all commands; what a command raises leaves it as an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; usage errors found by Typer itself go on to Typer, which prints them."""
        try:
            return super().invoke(ctx)
        except (TyperException, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except (Exception, KeyboardInterrupt) as error:  # the edge: nothing goes on above it
            raise typer.Exit(report(error)) from error
