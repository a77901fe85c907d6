"""What a page that plays holds: JavaScript heaps, WASM heap, nodes, and the memory of the browser's processes."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bbconvert.convert.bench.allocations import WorkerSession
from bbconvert.convert.errors import BBConvertError

if TYPE_CHECKING:
    from playwright.sync_api import Page

_METRICS = "window.bbconvert.ready.then((player) => player.metrics())"
_PROCESSES = ("renderer", "GPU")


@dataclass(frozen=True)
class Footprint:
    """In bytes, garbage collected first; `nodes` and `listeners` are counts, `resident` the browser's two processes."""

    page: int
    page_buffers: int
    worker: int
    worker_buffers: int
    wasm: int
    nodes: int
    listeners: int
    resident: int


class Scales:
    """Weighs a page and its worker over the DevTools protocol."""

    def __init__(self, page: "Page") -> None:
        browser = page.context.browser
        if browser is None:
            raise BBConvertError("The browser closed itself; begin again.")
        self._page = page
        self._worker = WorkerSession(page)
        self._session = page.context.new_cdp_session(page)
        self._browser = browser.new_browser_cdp_session()
        self._session.send("Performance.enable")

    def weigh(self) -> Footprint:
        """What is held now."""
        # Twice: what a finaliser frees goes with the second.
        for _ in range(2):
            self._session.send("HeapProfiler.collectGarbage")
            self._worker.send("HeapProfiler.collectGarbage")
        page, worker = self._session.send("Runtime.getHeapUsage"), self._worker.send("Runtime.getHeapUsage")
        counts = {line["name"]: line["value"] for line in self._session.send("Performance.getMetrics")["metrics"]}
        metrics: dict[str, Any] = self._page.evaluate(_METRICS)
        return Footprint(
            page=int(page["usedSize"]),
            page_buffers=int(page["backingStorageSize"]),
            worker=int(worker["usedSize"]),
            worker_buffers=int(worker["backingStorageSize"]),
            wasm=int(metrics["heapBytes"]),
            nodes=int(counts["Nodes"]),
            listeners=int(counts["JSEventListeners"]),
            resident=sum(map(_resident, self._processes(*_PROCESSES))),
        )

    def tab(self) -> int:
        """Bytes of the tab's process that it shares with no other, its code included."""
        return max(map(_private, self._processes("renderer")))

    def _processes(self, *types: str) -> list[int]:
        processes = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        return [int(process["id"]) for process in processes if process["type"] in types]


def _resident(process: int) -> int:
    """Bytes of a process that lie in memory, as Linux tells."""
    return _kilobytes(process, "status", "VmRSS")


def _private(process: int) -> int:
    """Bytes that no other process shares."""
    return sum(_kilobytes(process, "smaps_rollup", f"Private_{kind}") for kind in ("Clean", "Dirty"))


def _kilobytes(process: int, file: str, name: str) -> int:
    text = Path(f"/proc/{process}/{file}").read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s*(\d+) kB$", text, re.MULTILINE)
    if found is None:
        raise BBConvertError(f"Process {process} does not say its {name}; its {file} was: {text}")
    return 1024 * int(found[1])
