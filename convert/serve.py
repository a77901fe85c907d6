"""The page and its bundles over HTTP, on this machine: types, compression, caching, security headers (DESIGN §2.17)."""

import errno
import gzip
import hashlib
import os
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

import uvicorn
from anyio import to_thread
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convert.errors import BBConvertError, UsageError
from convert.library import Library, bundle_files, file_inside, index_json

PAGE = Path(__file__).parent / "page"
"""Where Vite builds the page (see hatch_build.py)."""

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

COMPRESSED_ALREADY = {".ico", ".jpg", ".png", ".woff2"}
WORTH_COMPRESSING = 1024
"""Bytes."""

_POLICY = (
    "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'"
)
PAGE_POLICY = _POLICY.format(scripts="'self' 'wasm-unsafe-eval'")
WORKER_POLICY = _POLICY.format(scripts="'self' 'wasm-unsafe-eval' 'unsafe-eval'")
"""MuJoCo's bindings are made with `new Function`: the simulation worker may, and nothing else."""

_WORKER = re.compile(r"assets/sim-worker-[\w-]+\.js")
_HASHED = re.compile(r"assets/.+-[\w-]{8}\.\w+")
"""Vite puts eight characters of a content hash before the suffix."""

ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""On every response. The first two make the page cross-origin isolated: a precise clock, and `Atomics.wait`."""


@dataclass(frozen=True)
class Content:
    """A file as it was when read; hashed and compressed once, when first needed."""

    path: Path
    body: bytes

    @cached_property
    def etag(self) -> str:
        """A strong validator of the identity encoding: the content's SHA-256, shortened."""
        return hashlib.sha256(self.body).hexdigest()[:32]

    @cached_property
    def brotli(self) -> bytes | None:
        """What the page's build compressed (`NAME.br` beside NAME), if it did."""
        compressed = self.path.with_name(f"{self.path.name}.br")
        return compressed.read_bytes() if compressed.is_file() else None

    @cached_property
    def gzip(self) -> bytes | None:
        """Compressed here, or None where that would not pay."""
        if len(self.body) < WORTH_COMPRESSING or self.path.suffix in COMPRESSED_ALREADY:
            return None
        return gzip.compress(self.body, compresslevel=6, mtime=0)

    def encoded(self, accepted: frozenset[str]) -> tuple[bytes, str | None]:
        """The body in the best encoding of those accepted, and that encoding's name (None: as it is)."""
        if "br" in accepted and self.brotli is not None:
            return self.brotli, "br"
        if "gzip" in accepted and self.gzip is not None:
            return self.gzip, "gzip"
        return self.body, None


class ContentCache:
    """Files in memory, read again when their size or time of change differs."""

    def __init__(self) -> None:
        self._contents: dict[Path, tuple[tuple[int, int], Content]] = {}

    def read(self, path: Path) -> Content:
        """The content of `path` now."""
        status = path.stat()
        key = (status.st_mtime_ns, status.st_size)
        known = self._contents.get(path)
        if known is None or known[0] != key:
            known = key, Content(path, path.read_bytes())
            self._contents[path] = known
        return known[1]


class SecurityHeaders:
    """Middleware: isolation and a Content-Security-Policy on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the headers to the start of the response."""
        policy = PAGE_POLICY
        if scope["type"] == "http" and _WORKER.fullmatch(str(scope["path"]).lstrip("/")):
            policy = WORKER_POLICY
        extra = {**ISOLATION, "Content-Security-Policy": policy}
        raw = [(name.lower().encode(), value.encode()) for name, value in extra.items()]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *raw]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def make_app(library: Library, page: Path = PAGE) -> Starlette:
    """The application: the page at `/`, `bundles/index.json`, and each bundle's known files below `bundles/<name>/`.

    A file that is not there, or not to be had, answers 404 with a line of text.

    Raises:
        BBConvertError: the page is not built.
    """
    require_page(page)
    cache = ContentCache()
    index = index_json(library).encode()

    async def bundle_index(request: Request) -> Response:
        return await _respond(request, Content(Path("index.json"), index), "no-cache")

    async def bundle_file(request: Request) -> Response:
        bundle, name = library.get(request.path_params["bundle"]), request.path_params["file"]
        path = file_inside(bundle.folder, name) if bundle and name in bundle_files(bundle) else None
        if path is None:
            raise HTTPException(404, f"No such file in a served bundle. Served: {', '.join(library)}")
        return await _respond(request, cache.read(path), "no-cache")

    async def page_file(request: Request) -> Response:
        name = request.path_params["file"] or "index.html"
        path = file_inside(page, name) if Path(name).suffix in MEDIA_TYPES else None
        if path is None:
            raise HTTPException(404, "No such file in the page.")
        caching = "public, max-age=31536000, immutable" if _HASHED.fullmatch(name) else "no-cache"
        return await _respond(request, cache.read(path), caching)

    return Starlette(
        routes=[
            Route("/bundles/index.json", bundle_index),
            Route("/bundles/{bundle}/{file:path}", bundle_file),
            Route("/{file:path}", page_file),
        ],
        middleware=[Middleware(SecurityHeaders)],
    )


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
        UsageError: the host is none of this machine's addresses, or the port needs more rights.
        BBConvertError: none of the ports tried is free.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    candidates = range(port, min(port + PORTS_TRIED, 65536)) if port else range(1)
    for candidate in candidates:
        listener = socket.socket(family, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere this option would take a port that somebody else listens on
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(128)
        except OSError as error:
            listener.close()
            if error.errno == errno.EADDRINUSE:
                continue
            raise UsageError(
                f"Cannot listen on {host}, port {candidate}: {error.strerror}. --host takes an address of this machine "
                "(127.0.0.1: it alone; 0.0.0.0: the network too), --port a free port from 1024 on."
            ) from error
        return listener
    raise BBConvertError(
        f"The ports {candidates[0]} to {candidates[-1]} of {host} are all in use. Choose another with --port (0: any)."
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Server(uvicorn.Server):
    """Tells when it answers and handles signals."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell()


def run(app: Starlette, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serves until interrupted, which raises KeyboardInterrupt; calls `started` when the first request can come."""
    _Server(uvicorn.Config(app, log_level="warning", lifespan="off"), started).run(sockets=[listener])


async def _respond(request: Request, content: Content, caching: str) -> Response:
    """`content` in an encoding that the request accepts, or 304 where the client has it."""
    accepted = _accepted_encodings(request.headers)
    # Compression and hashing run in a thread: a 14 MB WASM module takes a good half second.
    body, encoding = await to_thread.run_sync(content.encoded, accepted)
    etag = await to_thread.run_sync(lambda: content.etag)
    tag = f'"{etag}-{encoding}"' if encoding else f'"{etag}"'
    headers = {"ETag": tag, "Cache-Control": caching, "Vary": "Accept-Encoding"}
    if tag in (known.strip().removeprefix("W/") for known in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    if encoding:
        headers["Content-Encoding"] = encoding
    headers["Content-Type"] = MEDIA_TYPES.get(content.path.suffix.lower(), "application/octet-stream")
    return Response(body, headers=headers)


def _accepted_encodings(headers: Headers) -> frozenset[str]:
    """The names in Accept-Encoding that are not refused (`q=0`)."""
    parts = [part.replace(" ", "").lower() for part in headers.get("accept-encoding", "").split(",")]
    return frozenset(part.split(";")[0] for part in parts if not re.search(r";q=0(\.0*)?$", part))
