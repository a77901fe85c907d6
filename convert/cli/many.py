"""Many repositories or bundles at once: each isolated, one display, and a failure is a row of the result."""

import traceback
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from bbconvert.convert.cli.edge import FAILED, STOPPED, explain, in_debug
from bbconvert.convert.cli.overview import Overview, StageProgress
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.jobs.worker_processes import Say, available_cores, in_processes

JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", min=1, help="So many processes at a time.", show_default="one per core"),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Work on a Dask cluster that sees the same folders; needs bbconvert[dask].",
        show_default=False,
    ),
]
ListOption = Annotated[
    Path | None,
    typer.Option("--file", metavar="LIST", help="Also those named in a file, one a line; # begins a comment."),
]


class Task(Protocol):
    """What is done with one repository or bundle; it is pickled and done elsewhere."""

    @property
    def label(self) -> str:
        """Its name in the display and the result."""

    def run(self, progress: StageProgress) -> dict[str, Any]:
        """Does it; returns what `--json` says about it."""


@dataclass(frozen=True)
class Outcome:
    """What came of a task: `facts`, or an error in words and its traceback."""

    label: str
    facts: dict[str, Any]
    error: str | None = None
    trace: str = ""

    @property
    def ok(self) -> bool:
        """It was done."""
        return self.error is None

    def document(self) -> dict[str, Any]:
        """What `--json` says about it."""
        return {"ok": True, **self.facts} if self.ok else {"ok": False, "error": self.error}


def run_tasks(tasks: Sequence[Task], *, jobs: int | None, scheduler: str | None, quiet: bool) -> list[Outcome]:
    """Runs them over the cores or on the cluster, and shows how far they are; the outcomes in the order of `tasks`.

    After Ctrl-C, those that were not finished are missing from the answer.

    Raises:
        BBConvertError: the cluster is not there.
    """
    finished: dict[int, Outcome] = {}
    with Overview([task.label for task in tasks], quiet=quiet) as overview:
        try:
            with closing(_results(tasks, jobs, scheduler, overview)) as results:
                for index, result in results:
                    lost = isinstance(result, BBConvertError)
                    outcome = Outcome(tasks[index].label, {}, str(result)) if lost else result
                    finished[index] = outcome
                    overview.finish(index, outcome.error)
        except KeyboardInterrupt:
            overview.say(
                f"Stopped: {len(finished)} of {len(tasks)} are done, and nothing is half-written. "
                "The same command goes on with the others."
            )
    outcomes = [finished[index] for index in sorted(finished)]
    if in_debug():
        for outcome in outcomes:
            for line in outcome.trace.splitlines():
                overview.say(line)
    return outcomes


def exit_code(outcomes: Sequence[Outcome], asked: int) -> int:
    """0 where all were done, 1 where one failed, 130 where the rest was given up."""
    if len(outcomes) < asked:
        return STOPPED
    return 0 if all(outcome.ok for outcome in outcomes) else FAILED


def names_in(path: Path | None) -> list[str]:
    """The names in a file, one a line; `#` begins a comment.

    Raises:
        UsageError: it cannot be read, or holds no name.
    """
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--file {path} cannot be read as text ({error}). It names one a line.") from error
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    if not names:
        raise UsageError(f"--file {path} names nothing: expected one name a line.")
    return names


def _results(
    tasks: Sequence[Task], jobs: int | None, scheduler: str | None, overview: Overview
) -> Generator[tuple[int, Any], None, None]:
    if scheduler is None:
        return in_processes(_attempt, tasks, jobs=jobs or available_cores(), report=overview.stage)
    if jobs is not None:
        raise UsageError("--jobs counts the processes on this machine; with --scheduler the cluster decides.")
    from bbconvert.convert.jobs.dask_cluster import on_cluster

    return on_cluster(_attempt, tasks, address=scheduler, report=overview.stage)


def _attempt(task: Task, say: Say) -> Outcome:
    """Runs in the worker: what goes wrong becomes words there, since not every exception can be sent."""
    say("starting")
    try:
        return Outcome(task.label, task.run(StageProgress(say)))
    except Exception as error:  # noqa: BLE001  # the edge of a task, as convert/cli/edge.py is that of the process
        return Outcome(task.label, {}, explain(error)[0], traceback.format_exc())
