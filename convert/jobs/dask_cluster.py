"""Work on many items on a Dask cluster: the same functions and items as on the cores of this machine."""

from collections.abc import Callable, Generator, Sequence
from importlib.metadata import version
from typing import Any, TypeVar

from bbconvert.convert.errors import BBConvertError

Item = TypeVar("Item")
Result = TypeVar("Result")
Say = Callable[[str], None]
Report = Callable[[int, str], None]

_CONNECT_SECONDS = 5
_ALIKE = (
    f"Its workers need bbconvert {version('bbconvert')} with the Python and the Dask that are used here, and must see "
    "the same folders under the same paths."
)


class ClusterError(BBConvertError):
    """The cluster could not do an item, or is not there."""


class WorkersDiedError(ClusterError):
    """Each worker that held the item died."""


def on_cluster(
    work: Callable[[Item, Say], Result], items: Sequence[Item], *, address: str, report: Report
) -> Generator[tuple[int, Result | ClusterError], None, None]:
    """Yields the index and `work(item, say)` of each item as it is done; closing it withdraws what has not begun.

    Dask blames the death of a worker on all that it held, so that what it blames is asked for once more, alone.

    Args:
        work: a function of a module that the workers have, which catches what it wants to be told of.
        items: what can be pickled.
        address: the scheduler's, `tcp://host:8786` for instance.
        report: told the index of an item and what `say` was given; called from another thread.

    Raises:
        ClusterError: Dask is not installed, the scheduler does not answer, or it has no workers.
    """
    distributed = _distributed()
    client = _connect(distributed, address)
    try:
        topic = f"bbconvert-{client.id}"
        client.subscribe_topic(topic, lambda event: report(*event[1]))
        futures: dict[Any, int] = {}

        def submit(index: int) -> Any:
            future = client.submit(_work, work, items[index], index, topic, pure=False, retries=0)
            futures[future] = index
            return future

        def gather(future: Any) -> tuple[int, Any]:
            result = _result(future)
            future.release()  # what is kept on a worker is computed again when that worker dies
            return futures.pop(future), result

        try:
            suspects = []
            for future in distributed.as_completed([submit(index) for index in range(len(items))], raise_errors=False):
                index, result = gather(future)
                if isinstance(result, WorkersDiedError):
                    suspects.append(index)
                else:
                    yield index, result
            for index in suspects:
                yield gather(submit(index))
        finally:
            client.cancel(list(futures))
    finally:
        client.close()


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise ClusterError(
            "--scheduler needs Dask, which is not installed. Install it: pip install 'bbconvert[dask]'"
        ) from error
    return distributed


def _connect(distributed: Any, address: str) -> Any:
    try:
        client = distributed.Client(address, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"No Dask scheduler answers at {address} ({str(error).splitlines()[0]}). Start one with: dask scheduler; "
            "it prints its address, tcp://HOST:8786 for instance."
        ) from error
    if not client.scheduler_info(n_workers=1)["workers"]:
        client.close()
        raise ClusterError(f"The scheduler at {address} has no workers. Start some with: dask worker {address}")
    return client


def _result(future: Any) -> Any:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001  # Dask's: `work` catches its own
        if type(error).__name__ == "KilledWorker":
            return WorkersDiedError("The workers that worked on it died, perhaps because their memory was used up.")
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return ClusterError(f"The cluster could not run it ({reason}). {_ALIKE}")


def _work(work: Callable[[Item, Say], Result], item: Item, index: int, topic: str) -> Result:
    """Runs on a worker."""
    from distributed import get_worker

    worker = get_worker()
    return work(item, lambda stage: worker.log_event(topic, (index, stage)))
