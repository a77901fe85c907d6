"""What the page in a cell fetches, answered by the server's own application in this process: no port is opened."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx2

from bbconvert.convert.bundle.library import Library
from bbconvert.convert.serve.server import make_app


@dataclass(frozen=True)
class Answer:
    """A file as the server sends it: HTTP's status and media type, the bytes, and whether they are gzip."""

    status: int
    media_type: str
    gzip: bool
    content: bytes


class PageFiles:
    """The page and the bundles of a library, by their path below the page."""

    def __init__(self, library: Library) -> None:
        """Raises BBConvertError where the page is not built."""
        self._transport = httpx2.ASGITransport(make_app(library))
        # The kernel's own thread runs an event loop, which cannot run another.
        self._thread = ThreadPoolExecutor(1, "bbconvert-page")

    def answer(self, path: str) -> Answer:
        """The file at `path`, `index.html` for instance; a missing one has the status 404 and says why."""
        return self._thread.submit(lambda: asyncio.run(self._fetch(path))).result()

    async def _fetch(self, path: str) -> Answer:
        # A client closes its transport, which keeps nothing open: the next one takes it again.
        async with (
            httpx2.AsyncClient(transport=self._transport, base_url="http://127.0.0.1") as client,
            client.stream("GET", f"/{path.lstrip('/')}", headers={"Accept-Encoding": "gzip"}) as response,
        ):
            content = b"".join([piece async for piece in response.aiter_raw()])
            headers = response.headers
            return Answer(
                status=response.status_code,
                media_type=headers.get("content-type", "application/octet-stream"),
                gzip=headers.get("content-encoding") == "gzip",
                content=content,
            )
