"""How long work reports its progress, apart from how it is shown."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """Told of stages and of counted steps: `convert/cli/console.py` draws them, a child process sends them."""

    def say(self, text: str) -> None:
        """One line of what is happening."""

    def task(self, description: str, total: int | None) -> AbstractContextManager[Advance]:
        """Work of `total` steps (None: unknown); yields the function that advances it by a number of steps."""


class DownloadProgress(Progress, Protocol):
    """Told of downloads too."""

    def download(self, filename: str, total: int | None) -> AbstractContextManager[Advance]:
        """A download of `total` bytes; yields the function that advances it by a number of bytes."""


@dataclass(frozen=True)
class Stage:
    """What a `progress` callback of the public functions is given.

    Args:
        text: what is happening, in one line.
        done: steps of it that are done, bytes for a download; 0 at its beginning.
        total: its steps; None where they are not known, or it is not counted.
    """

    text: str
    done: int = 0
    total: int | None = None


ProgressCallback = Callable[[Stage], None]
"""Called in the caller's thread, with each stage and each advance."""


class CallbackProgress:
    """A `Progress` that tells a callback, where there is one."""

    def __init__(self, callback: ProgressCallback | None) -> None:
        self._tell = callback or _ignore

    def say(self, text: str) -> None:
        """One stage."""
        self._tell(Stage(text))

    @contextmanager
    def task(self, description: str, total: int | None) -> Iterator[Advance]:
        """A stage for its beginning, and one for each advance."""
        done = 0

        def advance(steps: int) -> None:
            nonlocal done
            done += steps
            self._tell(Stage(description, done, total))

        advance(0)
        yield advance

    def download(self, filename: str, total: int | None) -> AbstractContextManager[Advance]:
        """As `task`, in bytes."""
        return self.task(f"Downloading {filename}", total)


def _ignore(stage: Stage) -> None:
    """Ignored."""
