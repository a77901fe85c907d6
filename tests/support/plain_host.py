"""A web host that knows nothing of bbconvert: files, and no special header."""

import functools
import http.server
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread


class PlainHandler(http.server.SimpleHTTPRequestHandler):
    """Keeps its log to itself."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def plain_host(root: Path) -> Iterator[str]:
    """Serves the files below `root`; yields the address, ending in a slash."""
    handler = functools.partial(PlainHandler, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
