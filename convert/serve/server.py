"""The page and its bundles over HTTP, on this machine: types, compression, caching, ranges."""

import errno
import os
import re
import socket
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import uvicorn
from anyio import to_thread
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from bbconvert.convert.bundle.body import BODIES, Bodies
from bbconvert.convert.bundle.library import Library, bundle_files, file_inside, index_json
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.files.compression import brotli_of, gzip_of, is_compressible
from bbconvert.convert.files.digest import sha256_of
from bbconvert.convert.safety.limits import MAX_COMPRESSED_HERE_BYTES, MAX_QUEUED_CONNECTIONS
from bbconvert.convert.serve.connections import Connection
from bbconvert.convert.serve.host_header import HostCheck
from bbconvert.convert.serve.security_headers import SecurityHeaders
from bbconvert.convert.shipped import PAGE

PORT = 8765
PORTS_TRIED = 20

MEDIA_TYPES = {
    ".bin": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".obj": "model/obj",
    ".onnx": "application/octet-stream",
    ".png": "image/png",
    ".safetensors": "application/octet-stream",
    ".stl": "model/stl",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
"""By suffix: the system's own table differs from machine to machine, and a wrong one stops modules and WASM."""

_HASHED = re.compile(r"assets/.+-[\w-]{8}\.\w+")
"""Vite puts eight characters of a content hash before the suffix."""


@dataclass(frozen=True)
class StoredFile:
    """A file of this size and time of change; hashed and compressed once, when first needed."""

    path: Path
    status: os.stat_result

    @cached_property
    def etag(self) -> str:
        """A strong validator of the identity encoding: the content's SHA-256, shortened."""
        return sha256_of(self.path)[:32]

    @cached_property
    def brotli(self) -> bytes:
        """Compressed here."""
        return brotli_of(self.path.read_bytes())

    @cached_property
    def gzip(self) -> bytes:
        """Compressed here."""
        return gzip_of(self.path.read_bytes())

    @property
    def media_type(self) -> str:
        """By its suffix."""
        return MEDIA_TYPES.get(self.path.suffix.lower(), "application/octet-stream")

    def encoded(self, accepted: Collection[str], brotli: Path | None) -> tuple[str, str | None, Path | bytes]:
        """The best encoding of those accepted: its validator, its name (None: as it is), and what to send."""
        size = self.status.st_size
        if "br" in accepted and brotli is not None and brotli.is_file():
            return f'"{self.etag}-br"', "br", brotli
        if is_compressible(self.path, size) and size <= MAX_COMPRESSED_HERE_BYTES:
            if "br" in accepted:
                return f'"{self.etag}-br"', "br", self.brotli
            if "gzip" in accepted:
                return f'"{self.etag}-gzip"', "gzip", self.gzip
        return f'"{self.etag}"', None, self.path


class StoredFiles:
    """What is known of files; forgotten when a file's size or time of change differs."""

    def __init__(self) -> None:
        self._files: dict[Path, StoredFile] = {}

    def look_up(self, path: Path) -> StoredFile:
        """The file as it is now."""
        status = path.stat()
        known = self._files.get(path)
        if known is None or (known.status.st_mtime_ns, known.status.st_size) != (status.st_mtime_ns, status.st_size):
            known = self._files[path] = StoredFile(path, status)
        return known


def make_app(
    library: Library, page: Path = PAGE, *, host: str = "127.0.0.1", allowed_hosts: Collection[str] = ()
) -> ASGIApp:
    """The application: the page at `/`, `bundles/index.json`, and each bundle's known files below `bundles/<name>/`.

    `bodies/index.json` lists what can be trained in the tab, each below `bodies/<name>/`.

    A file that is not there, or not to be had, answers 404 with a line of text. A request's `Host` must fit `host`, on
    which the server listens, or be one of `allowed_hosts`.

    Raises:
        BBConvertError: the page is not built.
    """
    require_page(page)
    files = StoredFiles()
    index = index_json(library)
    bodies = Bodies()

    async def bundle_index(request: Request) -> Response:  # noqa: ARG001  # the signature is Starlette's
        return Response(index, headers={"Cache-Control": "no-cache"}, media_type=MEDIA_TYPES[".json"])

    async def bundle_file(request: Request) -> Response:
        bundle, name = library.get(request.path_params["bundle"]), request.path_params["file"]
        path = file_inside(bundle.folder, name) if bundle and name in bundle_files(bundle) else None
        if path is None:
            raise HTTPException(404, f"No such file in a served bundle. Served: {', '.join(library)}")
        return await _respond(request, files, path, caching="no-cache")

    async def body_index(request: Request) -> Response:  # noqa: ARG001  # the signature is Starlette's
        listed = await to_thread.run_sync(lambda: bodies.index)
        return Response(listed, headers={"Cache-Control": "no-cache"}, media_type=MEDIA_TYPES[".json"])

    async def body_file(request: Request) -> Response:
        name, file = request.path_params["body"], request.path_params["file"]
        try:
            path = await to_thread.run_sync(bodies.file, name, file)
        except BBConvertError as error:
            raise HTTPException(404, str(error)) from error
        if path is None:
            raise HTTPException(404, "No such file of a body that can be trained. See: bbconvert envs")
        return await _respond(request, files, path, caching="no-cache")

    async def page_file(request: Request) -> Response:
        name = request.path_params["file"] or "index.html"
        path = file_inside(page, name) if Path(name).suffix in MEDIA_TYPES else None
        if path is None:
            raise HTTPException(404, "No such file in the page.")
        caching = "public, max-age=31536000, immutable" if _HASHED.fullmatch(name) else "no-cache"
        return await _respond(request, files, path, caching=caching, brotli=path.with_name(f"{path.name}.br"))

    site = Starlette(
        routes=[
            Route("/bundles/index.json", bundle_index),
            Route("/bundles/{bundle}/{file:path}", bundle_file),
            Route(f"/{BODIES}/index.json", body_index),
            Route(f"/{BODIES}/{{body}}/{{file:path}}", body_file),
            Route("/{file:path}", page_file),
        ]
    )
    return SecurityHeaders(HostCheck(site, listening=host, names=allowed_hosts))


def require_page(page: Path = PAGE) -> None:
    """Raises BBConvertError where the page is not built."""
    if not (page / "index.html").is_file():
        raise BBConvertError(
            f"The page is not built: {page} has no index.html. In a source checkout: just build (it needs "
            "Node.js 20.19 or newer). Elsewhere install a wheel of bbconvert, which carries it."
        )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on `port` of `host`, or on the next free one; `getsockname()` says which. Port 0: any.

    Raises:
        UsageError: the host is not one of this machine's addresses, or the port needs more rights.
        BBConvertError: none of the ports tried is free.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    candidates = range(port, min(port + PORTS_TRIED, 65536)) if port else range(1)
    for candidate in candidates:
        # Named, the protocol makes asyncio set TCP_NODELAY: without it a small answer takes 40 ms on a used connection.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name == "posix":  # elsewhere this option would take a port that another process listens on
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(128)
        except (OSError, ValueError) as error:  # ValueError: no name of a host at all
            listener.close()
            if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
                continue
            reason = getattr(error, "strerror", None) or error
            raise UsageError(
                f"Cannot listen on {host}, port {candidate}: {reason}. --host takes an address of this machine "
                "(127.0.0.1: it alone; 0.0.0.0: the network too), --port a free port from 1024 on."
            ) from error
        return listener
    raise BBConvertError(
        f"The ports {candidates[0]} to {candidates[-1]} of {host} are all in use. Choose another with --port (0: any)."
    )


class Server(uvicorn.Server):
    """Serves `app` on the sockets given to `run`; calls `started` when it answers and handles signals."""

    def __init__(
        self, app: ASGIApp, started: Callable[[], None] = lambda: None, *, connection: type[Connection] = Connection
    ) -> None:
        # The backlog is also how many connections asyncio takes before it looks at one: few beside the cap.
        super().__init__(
            uvicorn.Config(
                app,
                http=connection,
                ws="none",
                lifespan="off",
                log_level="error",
                proxy_headers=False,
                server_header=False,
                backlog=max(1, connection.most // 2),
            )
        )
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to answer."""
        await super().startup(sockets)
        for listener in sockets or []:
            listener.listen(MAX_QUEUED_CONNECTIONS)
        self._tell()


def run(app: ASGIApp, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serves until interrupted, which raises KeyboardInterrupt; calls `started` when the first request can come."""
    Server(app, started).run(sockets=[listener])


async def _respond(
    request: Request, files: StoredFiles, path: Path, *, caching: str, brotli: Path | None = None
) -> Response:
    """The file in an encoding that the request accepts, or 304 where the client has it; a range of it as it is.

    `brotli`: where the page's build left the file compressed, if it did. (Nothing but the page is taken so: a bundle's
    `policy.onnx.br` could differ from the `policy.onnx` that was verified.)
    """
    accepted = frozenset() if "range" in request.headers else _accepted_encodings(request.headers)
    # Compression and hashing run in a thread: a 14 MB WASM module takes a good half second.
    try:
        file = await to_thread.run_sync(files.look_up, path)
        tag, encoding, content = await to_thread.run_sync(file.encoded, accepted, brotli)
    except OSError as error:
        raise HTTPException(404, "This file cannot be read.") from error
    headers = {"ETag": tag, "Cache-Control": caching, "Vary": "Accept-Encoding"}
    if tag in (known.strip().removeprefix("W/") for known in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    if encoding is None:
        return FileResponse(path, headers=headers, media_type=file.media_type, stat_result=file.status)
    headers |= {"Content-Encoding": encoding, "Accept-Ranges": "none"}
    if isinstance(content, Path):
        return FileResponse(content, headers=headers, media_type=file.media_type)
    headers["Content-Length"] = str(len(content))
    return StreamingResponse(_pieces(content), headers=headers, media_type=file.media_type)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    """One after the other, so that a slow client never has more than one in the server's memory."""
    for start in range(0, len(content), FileResponse.chunk_size):
        yield content[start : start + FileResponse.chunk_size]


def _accepted_encodings(headers: Headers) -> frozenset[str]:
    """The names in Accept-Encoding that are not refused (`q=0`)."""
    parts = [part.replace(" ", "").lower() for part in headers.get("accept-encoding", "").split(",")]
    return frozenset(part.split(";")[0] for part in parts if not re.search(r";q=0(\.0*)?$", part))
