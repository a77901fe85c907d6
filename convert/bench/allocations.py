"""How much a page's worker allocates on its JavaScript heap, by V8's sampling profiler over the DevTools protocol."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bbconvert.convert.errors import BBConvertError

if TYPE_CHECKING:
    from playwright.sync_api import Page

INTERVAL = 512
"""Mean bytes between two samples: over a megabyte the estimate is good to a few per cent."""
_ANSWER_WITHIN_MS = 30_000
_LOOK_EVERY_MS = 20


class WorkerSession:
    """Speaks the DevTools protocol with the only worker of a page; Playwright itself speaks with pages alone."""

    def __init__(self, page: "Page") -> None:
        self._page = page
        self._sessions: list[str] = []
        self._answers: dict[int, dict[str, Any]] = {}
        self._asked = 0
        self._page_session = page.context.new_cdp_session(page)
        self._page_session.on("Target.attachedToTarget", lambda event: self._sessions.append(event["sessionId"]))
        self._page_session.on("Target.receivedMessageFromTarget", self._receive)
        self._page_session.send(
            "Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False}
        )
        self._wait(lambda: bool(self._sessions), "the page's worker")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of one protocol method in the worker."""
        self._asked += 1
        number = self._asked
        message = json.dumps({"id": number, "method": method, "params": parameters})
        self._page_session.send("Target.sendMessageToTarget", {"sessionId": self._sessions[0], "message": message})
        self._wait(lambda: number in self._answers, method)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise BBConvertError(f"The browser refused {method}: {answer['error']}")
        return dict(answer["result"])

    def _receive(self, event: dict[str, Any]) -> None:
        message = json.loads(event["message"])
        if "id" in message:
            self._answers[message["id"]] = message

    def _wait(self, arrived: Callable[[], bool], what: str) -> None:
        for _ in range(_ANSWER_WITHIN_MS // _LOOK_EVERY_MS):
            if arrived():
                return
            self._page.wait_for_timeout(_LOOK_EVERY_MS)  # lets Playwright take messages in
        raise BBConvertError(f"The browser did not answer within {_ANSWER_WITHIN_MS // 1000} s: {what}.")


def allocated_bytes(page: "Page", work: str) -> float:
    """Bytes that the page's worker allocates while `work`, a JavaScript expression for the page, is evaluated.

    Garbage that was collected meanwhile counts too. An estimate, see `INTERVAL`.
    """
    worker = WorkerSession(page)
    worker.send("HeapProfiler.enable")
    worker.send(
        "HeapProfiler.startSampling",
        samplingInterval=INTERVAL,
        includeObjectsCollectedByMajorGC=True,
        includeObjectsCollectedByMinorGC=True,
    )
    page.evaluate(work)
    return _self_size(worker.send("HeapProfiler.stopSampling")["profile"]["head"])


def _self_size(node: dict[str, Any]) -> float:
    return float(node["selfSize"]) + sum(_self_size(child) for child in node["children"])
