"""How a long piece of work tells how far it is, whoever shows it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """Told of stages and of counted steps: `convert/cli/console.py` draws them, a child process sends them."""

    def say(self, text: str) -> None:
        """One line of what is happening."""

    def task(self, description: str, total: int | None) -> AbstractContextManager[Advance]:
        """Work of `total` steps (None: unknown); yields the function that advances it by a number of steps."""
