"""The progress of many tasks at once."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from bbconvert.convert.cli.console import Progress
from bbconvert.convert.cli.visible import visible

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class StageProgress(Progress):
    """The progress of one task among many, elsewhere: each stage is told to `tell`, nothing is drawn."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(quiet=True)
        self._tell = tell

    def say(self, text: str) -> None:
        """Tells the stage."""
        self._tell(text)


class Overview(Progress):
    """The progress of all tasks on stderr: on a terminal a bar, and a line with its stage for each that runs.

    Elsewhere a line for each that is done; when quiet, nothing. Use it as a context.
    """

    def __init__(self, labels: Sequence[str], *, quiet: bool = False) -> None:
        super().__init__(quiet=quiet)
        self._labels = [visible(label) for label in labels]
        self._bars: RichProgress | None = None
        self._lines: dict[int, TaskID] = {}
        self._done = self._failed = 0

    def __enter__(self) -> Self:
        if not self._quiet and self._console.is_terminal:
            from rich.progress import Progress as RichProgress

            self._bars = RichProgress(*_columns(), console=self._console, transient=True)
            self._all = self._bars.add_task("all", total=len(self._labels), count="", stage="")
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def stage(self, index: int, stage: str) -> None:
        """A task is at this stage; from any thread."""
        if self._bars is None:
            return
        first = visible((stage.splitlines() or [""])[0])
        if index not in self._lines:
            self._lines[index] = self._bars.add_task(self._labels[index], total=None, count="", stage=first)
        self._bars.update(self._lines[index], stage=first)

    def finish(self, index: int, error: str | None) -> None:
        """A task is done, or failed for this reason."""
        self._done += 1
        self._failed += error is not None
        count = f"{self._done}/{len(self._labels)}"
        self.say(f"{count} {self._labels[index]}: {'done' if error is None else 'failed'}")
        if self._bars is not None:
            if index in self._lines:
                self._bars.remove_task(self._lines.pop(index))
            failed = f"{self._failed} failed" if self._failed else ""
            self._bars.update(self._all, completed=self._done, count=count, stage=failed)


def _columns() -> list[Any]:
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

    return [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(20),
        TextColumn("{task.fields[count]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[stage]}", markup=False),
    ]
