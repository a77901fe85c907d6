"""What came of reading one input."""

import traceback
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bbconvert.convert.errors import BBConvertError
from tests.support.repository import ROOT


class Kind(StrEnum):
    """How reading ended. Only the first two are as they must be."""

    RESULT = "result"
    REFUSED = "refused"
    """With a BBConvertError."""
    EXCEPTION = "other exception"
    SIGNAL = "signal"
    TIME = "over time"
    MEMORY = "over memory"
    INVALID = "invalid result"
    """What was read breaks a promise of the reader: a weight that is not finite, for instance."""
    ACTED = "forbidden act"
    """The reader started a program, opened a connection, or wrote outside of its folder."""


class InvalidResultError(Exception):
    """What a reader returned must never be returned."""


@dataclass(frozen=True)
class Outcome:
    """How reading one input ended.

    Args:
        kind: see `Kind`.
        detail: the message, for people.
        where: the exception's type and the line of ours that let it through; equal for failures of one cause.
    """

    kind: Kind
    detail: str = ""
    where: str = ""

    @property
    def ok(self) -> bool:
        """A result or one BBConvertError."""
        return self.kind in (Kind.RESULT, Kind.REFUSED)

    @property
    def signature(self) -> str:
        """What tells failures of different causes apart."""
        return f"{self.kind}: {self.where or self.detail}"


def outcome_of(error: BaseException) -> Outcome:
    """The outcome of a reader that raised."""
    detail = f"{type(error).__name__}: {str(error)[:300]}"
    where = f"{type(error).__name__} at {_line_of_ours(error)}"
    if any(map(_lacks_memory, _chain(error))):
        # A reader that asks for gigabytes and then excuses itself has asked for gigabytes.
        return Outcome(Kind.MEMORY, detail, where)
    if isinstance(error, InvalidResultError):
        return Outcome(Kind.INVALID, str(error)[:300], str(error).split(":")[0])
    if isinstance(error, BBConvertError):
        return Outcome(Kind.REFUSED, detail, where)
    return Outcome(Kind.EXCEPTION, detail, where)


def _chain(error: BaseException) -> list[BaseException]:
    """The error, and those that it was raised from or during."""
    chain: list[BaseException] = []
    rest: BaseException | None = error
    while rest is not None and rest not in chain:
        chain.append(rest)
        rest = rest.__cause__ or rest.__context__
    return chain


def _lacks_memory(error: BaseException) -> bool:
    # torch and ONNX Runtime have types of their own for it.
    words = ("allocate memory", "bad_alloc", "bad allocation", "Failed to allocate", "Unable to allocate")
    return isinstance(error, MemoryError) or any(word in str(error) for word in words)


def _line_of_ours(error: BaseException) -> str:
    """The innermost line of the product in the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT) and "/tests/" not in frame.filename]
    if not ours:
        return "the harness"
    frame = ours[-1]
    return f"{Path(frame.filename).relative_to(ROOT).as_posix()}, {frame.name}"
