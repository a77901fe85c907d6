"""Work on many items over the cores of this machine, each isolated: what breaks one leaves the others alone."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from types import FrameType
from typing import TypeVar

from bbconvert.convert.errors import BBConvertError

Item = TypeVar("Item")
Result = TypeVar("Result")
Say = Callable[[str], None]
Report = Callable[[int, str], None]

_POLL_SECONDS = 0.1
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

_connection: Connection | None = None
"""In a worker process: where its stages go."""


class LostWorkerError(BBConvertError):
    """The process that worked on an item ended without an answer."""


def available_cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(
    work: Callable[[Item, Say], Result], items: Sequence[Item], *, jobs: int, report: Report
) -> Generator[tuple[int, Result | LostWorkerError], None, None]:
    """Yields the index and `work(item, say)` of each item as it is done; closing it stops what is running.

    Each of the `jobs` processes is fresh (spawned), computes on one thread, and serves item after item; one that dies
    is replaced. A process that is stopped unwinds as for Ctrl-C, so that nothing half-written stays.

    Args:
        work: a function of a module, which catches what it wants to be told of.
        items: what can be pickled.
        jobs: how many at a time.
        report: told the index of an item and what `say` was given; called between two results.
    """
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    idle = [_Lane(context) for _ in range(min(jobs, len(items)))]
    lanes = list(idle)
    running: dict[Future[Result], tuple[int, _Lane]] = {}
    waiting = list(enumerate(items))[::-1]
    try:
        while waiting or running:
            while waiting and idle:
                index, item = waiting.pop()
                lane = idle.pop()
                running[lane.executor.submit(_work, work, item)] = (index, lane)
            done, _ = wait(running, _POLL_SECONDS, FIRST_COMPLETED)
            for index, lane in running.values():
                for stage in lane.stages():
                    report(index, stage)
            for future in done:
                index, lane = running.pop(future)
                result = _result(future)
                if isinstance(result, LostWorkerError):
                    lane.close()
                    lanes.remove(lane)
                    lane = _Lane(context)
                    lanes.append(lane)
                idle.append(lane)
                yield index, result
    finally:
        if running:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        for lane in lanes:
            lane.close()


class _Lane:
    """One process at a time, and the pipe on which it tells its stages."""

    def __init__(self, context: SpawnContext) -> None:
        self._receiver, sender = context.Pipe(duplex=False)
        self.executor = ProcessPoolExecutor(1, mp_context=context, initializer=_start_worker, initargs=(sender,))

    def stages(self) -> Iterator[str]:
        """What was told since the last call."""
        while self._receiver.poll():
            stage: str = self._receiver.recv()
            yield stage

    def close(self) -> None:
        """Waits for the process to end; what it was not given yet is not done."""
        self.executor.shutdown(cancel_futures=True)
        self._receiver.close()


def _result(future: "Future[Result]") -> Result | LostWorkerError:
    try:
        return future.result()
    except BrokenProcessPool:
        return LostWorkerError(
            "The process that worked on it ended without an answer: it was killed, perhaps because the memory was "
            "used up, or it crashed. Try again with fewer --jobs."
        )


def _work(work: Callable[[Item, Say], Result], item: Item) -> Result:
    """Runs in the worker."""
    connection = _connection
    if connection is None:
        raise RuntimeError("not in a worker process")
    return work(item, connection.send)


def _start_worker(connection: Connection) -> None:
    """The first thing in a worker: before anything that starts threads is imported."""
    global _connection  # noqa: PLW0603  # one process, one pipe
    _connection = connection
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches all processes: the first one decides
    signal.signal(signal.SIGTERM, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    """Unwinds once; what cleans up is not stopped again."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + number)
