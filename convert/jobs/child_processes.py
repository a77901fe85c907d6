"""One function on several shares of work at once, each in a child process that needs nothing of the caller's script."""

import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

from bbconvert.convert.progress import Advance
from bbconvert.convert.safety.limits import ChildLimits
from bbconvert.convert.safety.sandbox import run_function

_POLL_SECONDS = 0.05


def in_children(
    function: str, shares: Sequence[Sequence[Any]], *, doing: str, limits: ChildLimits, advance: Advance
) -> None:
    """Calls `function` (`module:name`) with the arguments of each share and a `Progress`; returns when all are done.

    Args:
        function: as of `run_function`.
        shares: the arguments, what can be pickled; as many processes at once.
        doing: what is done, for the messages.
        limits: of each process.
        advance: told in this thread of each step that a share counts.

    Raises:
        BBConvertError: the function's own, or how a child ended; the other children are ended.
    """
    steps: queue.SimpleQueue[int] = queue.SimpleQueue()
    forward = _Forward(steps)
    with ThreadPoolExecutor(len(shares)) as threads:
        calls = [
            threads.submit(run_function, function, *share, doing=doing, limits=limits, progress=forward)
            for share in shares
        ]
        try:
            while any(not call.done() for call in calls):
                wait(calls, _POLL_SECONDS)
                _drain(steps, advance)
                for call in calls:
                    if call.done():
                        call.result()
        finally:
            forward.stopped = True
    _drain(steps, advance)


def _drain(steps: "queue.SimpleQueue[int]", advance: Advance) -> None:
    while not steps.empty():
        advance(steps.get())


class _Stopped(Exception):  # noqa: N818  # not an error
    """The caller waits no longer: ends the child that told of its progress."""


class _Forward:
    """The `Progress` of all children: their steps go to one queue."""

    def __init__(self, steps: "queue.SimpleQueue[int]") -> None:
        self._steps = steps
        self.stopped = False

    def say(self, text: str) -> None:
        """Ignored: there is one line for all."""

    @contextmanager
    def task(self, description: str, total: int | None) -> Iterator[Advance]:  # noqa: ARG002  # as `Progress.task`
        """Each advance goes to the queue."""
        yield self._put

    def _put(self, steps: int) -> None:
        if self.stopped:
            raise _Stopped
        self._steps.put(steps)
