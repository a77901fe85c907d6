"""Work over processes: isolated, in any order, stopped cleanly."""

import os
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bbconvert.convert.jobs.worker_processes import LostWorkerError, in_processes

Say = Callable[[str], None]


def square(number: int, say: Say) -> int:
    say(f"squaring {number}")
    return number * number


def die_at_three(number: int, say: Say) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def threads_and_process(_: int, say: Say) -> tuple[str | None, int]:
    return os.environ.get("OMP_NUM_THREADS"), os.getpid()


def half_written(folder: Path, say: Say) -> str:
    """In the folder `first`: begins, lets the other item answer, waits to be stopped, and cleans up."""
    begun = folder.parent / "begun"
    if folder.name != "first":
        return begun.read_text()  # a named pipe: waits for the one who writes
    half = folder / "half-written"
    half.touch()
    try:
        begun.write_text("the first has begun")
        (folder.parent / "never").read_text()  # nobody writes there
    finally:
        half.rename(folder / "cleaned-up")
    return "not reached"


def ignore(index: int, stage: str) -> None:
    """No progress wanted."""


def test_every_item_is_answered_by_its_index_and_tells_its_stages() -> None:
    told: list[tuple[int, str]] = []

    with closing(in_processes(square, range(7), jobs=2, report=lambda i, stage: told.append((i, stage)))) as results:
        answers = dict(results)

    assert answers == {i: i * i for i in range(7)}
    assert sorted(told) == [(i, f"squaring {i}") for i in range(7)]


def test_a_process_that_is_killed_loses_its_own_item_and_no_other() -> None:
    with closing(in_processes(die_at_three, range(6), jobs=2, report=ignore)) as results:
        answers = dict(results)

    lost = answers.pop(3)
    assert isinstance(lost, LostWorkerError)
    assert "fewer --jobs" in str(lost)
    assert answers == {i: i for i in (0, 1, 2, 4, 5)}


def test_a_process_computes_on_one_thread_and_serves_many_items() -> None:
    with closing(in_processes(threads_and_process, range(4), jobs=1, report=ignore)) as results:
        answers = dict(results)

    assert {threads for threads, _ in answers.values()} == {"1"}  # type: ignore[misc]
    processes = {process for _, process in answers.values()}  # type: ignore[misc]
    assert len(processes) == 1
    assert os.getpid() not in processes


def test_what_runs_is_unwound_when_the_rest_is_given_up(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    for pipe in ("begun", "never"):
        os.mkfifo(tmp_path / pipe)

    with closing(in_processes(half_written, [first, tmp_path / "second"], jobs=2, report=ignore)) as results:
        assert next(results) == (1, "the first has begun")

    assert [path.name for path in first.iterdir()] == ["cleaned-up"]
