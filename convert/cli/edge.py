"""The edge of the process: every exception becomes one paragraph on stderr and an exit code, in one table.

0 done · 1 failed · 2 wrong usage · 3 a verification ran and did not hold · 130 stopped with Ctrl-C · 143 by SIGTERM.
"""

import errno
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from bbconvert.convert.cli.visible import visible, visible_lines
from bbconvert.convert.errors import BBConvertError, UnforeseenError, UsageError

FAILED = 1
WRONG_USAGE = 2
NOT_HELD = 3
STOPPED = 130
TERMINATED = 143

_OS_ERRORS = {
    errno.ENOSPC: "The disk is full: free some space, or {move}.",
    errno.EDQUOT: "The disk quota is used up: free some space, or {move}.",
    errno.EFBIG: "The file is larger than the file system, or ulimit -f, allows: raise the limit, or {move}.",
    errno.EACCES: "Permission denied: {move}.",
    errno.EPERM: "Permission denied: {move}.",
    errno.EROFS: "The file system is read-only: {move}.",
    errno.ENOTDIR: "A part of that path is a file, not a folder: {move}.",
    errno.ENOENT: "There is no such file or folder: check the path.",
    errno.EMFILE: "Too many open files: close some programs, or raise the limit with ulimit -n.",
}
_MOVE_OUTPUT = "choose another folder with --out"
_MOVE_CACHE = "set HF_HOME to another folder"

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
            where, move = _folder_concerned(error)
            advice = _OS_ERRORS.get(number, "Check the path and the disk, then try again.").format(move=move)
            return f"{where}{error.strerror or error}. {advice}", FAILED
        case MemoryError():
            return "Not enough memory: close some programs and try again.", FAILED
        case _:
            first = (str(error).strip().splitlines() or ["no message"])[0]
            what = first if isinstance(error, UnforeseenError) else f"{type(error).__name__}: {first}"
            return f"Unexpected {what} (a bug of bbconvert's)", FAILED


def _folder_concerned(error: OSError) -> tuple[str, str]:
    """What an error of the disk is about, before the error, and what moves that folder elsewhere.

    The error of a write names no file: the folders that are full are named then.
    """
    from huggingface_hub import constants

    from bbconvert.convert.files.disk_errors import below, is_full, temporary_folder

    temporary, move_temporary = temporary_folder()
    cache = Path(constants.HF_HUB_CACHE)
    if error.filename is not None:
        path = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
        if below(path, cache):
            return f"{path}: ", _MOVE_CACHE
        return f"{path}: ", f"{_MOVE_OUTPUT}{f', or {move_temporary}' if below(path, temporary) else ''}"
    folders = {Path.cwd(): _MOVE_OUTPUT, temporary: move_temporary, cache: _MOVE_CACHE}
    full = {folder: move for folder, move in folders.items() if error.errno == errno.ENOSPC and is_full(folder)}
    moves = dict.fromkeys((full or folders).values())
    return "".join(f"{folder}: " for folder in full), " or ".join(moves)


def report(error: BaseException) -> int:
    """Prints the paragraph on stderr, the traceback before it with `--debug`; returns the exit code."""
    message, code = explain(error)
    message = visible_lines(message)
    expected = isinstance(error, (BBConvertError, KeyboardInterrupt))
    if _debug:
        for line in "".join(traceback.format_exception(error)).splitlines():
            print(visible(line), file=sys.stderr)
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
