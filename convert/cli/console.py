"""What the commands print: progress and messages on stderr, results on stdout.

Names, titles and licences are untrusted: all text goes through `visible`, and none is Rich's markup.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from bbconvert.convert.cli.visible import visible, visible_json
from bbconvert.convert.progress import Advance

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress

PIPED_WIDTH = 1000
"""Columns of a table that is not printed on a terminal: wide enough that nothing is cut."""


class Progress:
    """Progress on stderr: bars on a terminal, a line for each task elsewhere, nothing at all when quiet (`--json`)."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console = _console(stderr=True)
        self._bars: RichProgress | None = None

    def say(self, text: str) -> None:
        """One line of what is happening."""
        if not self._quiet:
            self._console.print(visible(text), markup=False, highlight=False, emoji=False, soft_wrap=True)

    def task(self, description: str, total: int | None) -> AbstractContextManager[Advance]:
        """Work of `total` steps (None: unknown); yields the function that advances it by a number of steps."""
        return self._task(description, total, _step_columns)

    def download(self, filename: str, total: int | None) -> AbstractContextManager[Advance]:
        """A download of `total` bytes; yields the function that advances it by a number of bytes."""
        return self._task(f"Downloading {filename}", total, _byte_columns)

    def upload(self, filename: str, total: int) -> AbstractContextManager[Advance]:
        """An upload of `total` bytes; yields the function that advances it by a number of bytes."""
        return self._task(f"Uploading {filename}", total, _byte_columns)

    @contextmanager
    def _task(self, description: str, total: int | None, columns: Callable[[], list[Any]]) -> Iterator[Advance]:
        if self._quiet or not self._console.is_terminal or self._bars is not None:
            self.say(f"{description} …")
            yield _ignore
            return
        from rich.progress import Progress as RichProgress

        with RichProgress(*columns(), console=self._console) as bars:
            self._bars = bars
            try:
                bar = bars.add_task(visible(description), total=total)
                yield lambda steps: bars.advance(bar, steps)
                if total is None:
                    bars.update(bar, total=1, completed=1)
            finally:
                self._bars = None


def print_json(document: Any) -> None:
    """The result of `--json`: one document on stdout, floats in full precision."""
    sys.stdout.write(visible_json(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)) + "\n")


def print_result(text: str) -> None:
    """One line of a result, on stdout."""
    sys.stdout.write(f"{visible(text)}\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None) -> None:
    """A result with rows, on stdout; nothing is cut short when it is piped."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = None if title is None else Text(visible(title))
    table = Table(*columns, title=shown, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    _console(stderr=False).print(table)


def print_facts(facts: Sequence[tuple[str, str]]) -> None:
    """A result of named facts, on stdout, one a line."""
    width = max(len(name) for name, _ in facts)
    for name, fact in facts:
        print_result(f"{name.ljust(width)}  {fact}")


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else PIPED_WIDTH)


def _step_columns() -> list[Any]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    return [TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]


def _byte_columns() -> list[Any]:
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn

    return [TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn()]


def _ignore(steps: int) -> None:
    """Without a bar there is nothing to advance."""
