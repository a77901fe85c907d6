"""What goes wrong with the local Hub, and the downloads that go wrong with it."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


@dataclass
class Instead:
    """An answer in place of the right one.

    Args:
        where: a regular expression for the beginning of `GET /path`.
        answer: makes it.
        times: how often; None: always.
    """

    where: str
    answer: Callable[[Request], Response]
    times: int | None = None

    def takes(self, request: Request) -> bool:
        """It is the answer to this request, which counts then."""
        if self.times == 0 or not re.match(self.where, f"{request.method} {request.url.path}"):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class Faults:
    """What goes wrong; changed by tests while the server runs.

    Args:
        status: every answer has this status instead.
        retry_after: seconds, sent with `status`.
        gated: repositories that show themselves but give no file without `GOOD_TOKEN`.
        private: repositories that do not exist without `GOOD_TOKEN`.
        read_only: owners to whom `GOOD_TOKEN` may not write.
        cut_at: no download gets past this byte.
        cuts: how many downloads are cut there; None: all of them.
        instead: answers in place of the right ones; the first that takes a request is given.
        stall_at: downloads stop at this byte, with the connection open; `stalled` is set then.
    """

    status: int | None = None
    retry_after: int | None = None
    gated: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    read_only: set[str] = field(default_factory=set)
    cut_at: int | None = None
    cuts: int | None = None
    instead: list[Instead] = field(default_factory=list)
    stall_at: int | None = None
    stalled: threading.Event = field(default_factory=threading.Event)


class FileResponse(Response):
    """A file, or its tail where a range is asked for; cut short or stalled as the faults say."""

    def __init__(self, content: bytes, request: Request, headers: dict[str, str], faults: Faults) -> None:
        extent = request.headers.get("range")
        self.start = int(extent.removeprefix("bytes=").split("-")[0]) if extent else 0
        self.faults = faults
        self.is_download = request.method == "GET"
        if extent:
            headers = {**headers, "Content-Range": f"bytes {self.start}-{len(content) - 1}/{len(content)}"}
        super().__init__(
            content[self.start :],
            status_code=206 if extent else 200,
            headers={**headers, "Accept-Ranges": "bytes"},
            media_type="application/octet-stream",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        faults, end = self.faults, self.start + len(self.body)
        stops = [
            at for at in (faults.cut_at if faults.cuts != 0 else None, faults.stall_at) if at is not None and at < end
        ]
        if not self.is_download or not stops:
            await super().__call__(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sent = bytes(self.body)[: max(min(stops) - self.start, 0)]
        await send({"type": "http.response.body", "body": sent, "more_body": True})
        if faults.stall_at is not None:
            faults.stalled.set()
            await receive()  # the request's end
            await receive()  # waits for the client to go away
        elif faults.cuts is not None:
            faults.cuts -= 1
        # To return without the rest makes uvicorn close the connection: the client sees a download that was cut.
