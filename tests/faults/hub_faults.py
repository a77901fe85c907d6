"""What a Hub, a mirror or the network between can do wrong, each with what must come of it."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from tests.faults.door import Door, Mode
from tests.faults.repository import FILE, REPO
from tests.support.local_hub import LocalHub
from tests.support.local_hub_faults import Instead

BUNDLE = "a bundle"
LOOK_UP, LIST_FILES = f"GET /api/models/{REPO}$", f"GET /api/models/{REPO}/revision/"
HEAD, GET = f"HEAD /{REPO}/resolve/.*{FILE}", f"GET /{REPO}/resolve/.*{FILE}"
GET_CARD = f"GET /{REPO}/resolve/.*README.md"


@dataclass(frozen=True)
class HubFault:
    """Something that goes wrong.

    Args:
        name: what.
        arrange: makes it happen.
        ends: `BUNDLE`, or words of the one paragraph.
        settings: of the command (tests/faults/warm.py).
    """

    name: str
    arrange: Callable[[LocalHub, Door], None]
    ends: str
    settings: dict[str, Any] | None = None


def answers(where: str, answer: Callable[[Request], Response], times: int | None = None) -> Callable[..., None]:
    def arrange(hub: LocalHub, door: Door) -> None:
        hub.faults.instead.append(Instead(where, answer, times))

    return arrange


def refuses(status: int, where: str = "GET /api/", times: int | None = None, **headers: str) -> Callable[..., None]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answers(where, lambda _: JSONResponse({"error": "no"}, status, named), times)


def says(where: str, text: str | bytes, **headers: str) -> Callable[..., None]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answers(where, lambda _: Response(text, 200, named))


def content_of(hub: LocalHub, name: str = FILE) -> bytes:
    return (hub.folder / REPO / name).read_bytes()


def flipped(content: bytes) -> bytes:
    return content[:500] + bytes([content[500] ^ 1]) + content[501:]


def gives(change: Callable[[bytes], bytes], times: int | None = None, name: str = FILE) -> Callable[..., None]:
    """Downloads give another content."""

    def arrange(hub: LocalHub, door: Door) -> None:
        content = change(content_of(hub, name))
        where = GET if name == FILE else GET_CARD
        hub.faults.instead.append(Instead(where, lambda _: Response(content, 200), times))

    return arrange


def cut(at: int, cuts: int | None) -> Callable[..., None]:
    def arrange(hub: LocalHub, door: Door) -> None:
        hub.faults.cut_at, hub.faults.cuts = at % len(content_of(hub)), cuts

    return arrange


def head(change: Callable[[dict[str, str]], Any], times: int | None = None) -> Callable[..., None]:
    """The file's metadata with other headers."""

    def arrange(hub: LocalHub, door: Door) -> None:
        headers = {"ETag": '"x"', "X-Repo-Commit": hub.commit(REPO), "X-Linked-Size": str(len(content_of(hub)))}
        change(headers)
        hub.faults.instead.append(Instead(HEAD, lambda _: Response(headers=headers), times))

    return arrange


def stalls(hub: LocalHub, door: Door) -> None:
    hub.faults.stall_at = 1000


def connections(mode: Mode) -> Callable[..., None]:
    def arrange(hub: LocalHub, door: Door) -> None:
        door.mode = mode

    return arrange


def resumes_wrongly(hub: LocalHub, door: Door) -> None:
    """The download is cut at 10 of 12 MiB, and goes on with other bytes than were asked for."""
    path = hub.folder / REPO / FILE
    path.write_bytes(path.read_bytes() + bytes(range(256)) * (12 << 12))
    size = path.stat().st_size
    hub.faults.cut_at, hub.faults.cuts = size - 10, 1

    def answer(request: Request) -> Response:
        start = int(request.headers["range"].removeprefix("bytes=").rstrip("-"))
        extent = f"bytes 0-{size - start - 1}/{size}"
        return Response(path.read_bytes()[: size - start], 206, {"Content-Range": extent})

    class Resumed(Instead):
        def takes(self, request: Request) -> bool:
            return "range" in request.headers and super().takes(request)

    hub.faults.instead.append(Resumed(GET, answer))


def trickles(_: Request) -> Response:
    async def bytes_one_by_one() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await anyio.sleep(0.05)

    return StreamingResponse(bytes_one_by_one(), media_type="application/json")


def redirects_to_itself(request: Request) -> Response:
    return Response(status_code=302, headers={"Location": str(request.url.path)})


def files(**siblings: Any) -> str:
    return json.dumps({"id": REPO, "sha": "0" * 40, **siblings})


def soon() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)


def without_hashes(hub: LocalHub, door: Door) -> None:
    names = sorted(path.name for path in (hub.folder / REPO).iterdir())
    siblings = [{"rfilename": name, "size": len(content_of(hub, name))} for name in names]
    text = json.dumps({"id": REPO, "sha": hub.commit(REPO), "siblings": siblings})
    hub.faults.instead.append(Instead(LIST_FILES, lambda _: Response(text)))


def damaged_cache(cache: Path) -> None:
    """Flips a bit of every large file in the cache."""
    for path in cache.glob("hub/models--*/blobs/*"):
        if len(path.name) == 64:
            path.write_bytes(flipped(path.read_bytes()))


NO_HUB = "does not answer like a Hub"
QUICK = {"bbconvert.convert.hub.session:MAX_ANSWER_SECONDS": 1}
IMPATIENT = {
    "huggingface_hub.constants:HF_HUB_ETAG_TIMEOUT": 1,
    "huggingface_hub.constants:HF_HUB_DOWNLOAD_TIMEOUT": 1,
}

LOOK_UP_FAULTS = [
    HubFault("401", refuses(401), "refuses"),
    HubFault("403", refuses(403), "refuses"),
    HubFault("404", refuses(404), "404"),
    HubFault("410", refuses(410), "410"),
    HubFault("429", refuses(429), "Wait a few minutes"),
    HubFault("429 once, with Retry-After", refuses(429, times=1, Retry_After="7"), BUNDLE),
    HubFault("429 once, with a rate limit", refuses(429, times=1, RateLimit='"api";r=0;t=5'), BUNDLE),
    HubFault("429 for ever, with Retry-After", refuses(429, Retry_After="11"), "Wait 11 seconds"),
    HubFault("429 for an hour", refuses(429, Retry_After="3600"), "Wait 3600 seconds"),
    HubFault("429, Retry-After is ²", refuses(429, Retry_After="\xb2"), "Wait a few minutes"),
    HubFault("429, Retry-After of 5,000 digits", refuses(429, Retry_After="9" * 5000), "too many requests"),
    HubFault("500", refuses(500), "in trouble (500)"),
    HubFault("502", refuses(502), "in trouble (502)"),
    HubFault("503", refuses(503), "in trouble (503)"),
    HubFault("503 once, with Retry-After", refuses(503, times=1, Retry_After="0"), BUNDLE),
    HubFault("503 once, with the date", refuses(503, times=1, Retry_After=soon()), BUNDLE),
    HubFault("503 for ever, come at once", refuses(503, Retry_After="0"), "in trouble (503)"),
    HubFault("503 once for the list of files", refuses(503, LIST_FILES, times=1, Retry_After="3"), BUNDLE),
    HubFault("504", refuses(504), "in trouble (504)"),
    HubFault("HTML", says(LOOK_UP, "<html>Log in</html>"), NO_HUB),
    HubFault("an empty answer", says(LOOK_UP, b""), NO_HUB),
    HubFault("{}", says(LOOK_UP, "{}"), NO_HUB),
    HubFault("[]", says(LOOK_UP, "[]"), NO_HUB),
    HubFault("null", says(LOOK_UP, "null"), NO_HUB),
    HubFault("JSON 100,000 levels deep", says(LOOK_UP, "[" * 100_000), NO_HUB),
    HubFault("a commit that is a path", says(LOOK_UP, files(sha="../../../evil")), NO_HUB),
    HubFault("no commit", says(LOOK_UP, json.dumps({"id": REPO})), NO_HUB),
    HubFault("files without names", says(LIST_FILES, files(siblings=[{"size": 1}])), NO_HUB),
    HubFault("a file called 7", says(LIST_FILES, files(siblings=[{"rfilename": 7}])), NO_HUB),
    HubFault("files that are null", says(LIST_FILES, files(siblings=None)), "holds no policy"),
    HubFault("LFS without a hash", says(LIST_FILES, files(siblings=[{"rfilename": "a", "lfs": {"size": 1}}])), NO_HUB),
    HubFault(
        "a size that is text",
        says(LIST_FILES, files(siblings=[{"rfilename": "a.zip", "size": "x"}])),
        "no longer has that file",
    ),
    HubFault("gzip that is none", says(LOOK_UP, b"no gzip", Content_Encoding="gzip"), "failed"),
    HubFault(
        "200 MiB packed into 200 kB",
        says(LOOK_UP, gzip.compress(b" " * (200 << 20), 1), Content_Encoding="gzip"),
        "more than 64 MiB",
    ),
    HubFault("a header of 200 kB", says(LOOK_UP, "{}", X_Long="x" * 200_000), "does not answer"),
    HubFault("a redirect to itself", answers(LOOK_UP, redirects_to_itself), "redirects"),
    HubFault("a byte now and then", answers(LOOK_UP, trickles), "takes more than 1 s", QUICK),
    HubFault("connections that are reset", connections("resets"), "does not answer"),
    HubFault("connections that are closed", connections("hangs up"), "does not answer"),
    HubFault("connections without an answer", connections("silent"), "does not answer", IMPATIENT),
    HubFault("no HTTP", connections("garbage"), "does not answer"),
    HubFault("headers without an end", connections("endless headers"), "does not answer"),
    HubFault("no hashes", without_hashes, BUNDLE),
]
"""Of the two requests that look a repository up."""

DOWNLOAD_FAULTS = [
    HubFault("401", refuses(401, HEAD), "refuses"),
    HubFault("403", refuses(403, HEAD), "refuses"),
    HubFault("404", refuses(404, HEAD, X_Error_Code="EntryNotFound"), "no longer has that file"),
    HubFault("429 for an hour", refuses(429, HEAD, Retry_After="3600"), "Wait 3600 seconds"),
    HubFault("429 once", refuses(429, HEAD, times=1, Retry_After="5"), BUNDLE),
    HubFault("500", refuses(500, HEAD), "in trouble (500)"),
    HubFault("503 once", refuses(503, HEAD, times=1, Retry_After="5"), BUNDLE),
    HubFault("403 of the file", refuses(403, GET), "refuses"),
    HubFault("404 of the file", refuses(404, GET), "404"),
    HubFault("429 of the file, once", refuses(429, GET, times=1, Retry_After="5"), BUNDLE),
    HubFault("429 of the file, for ever", refuses(429, GET, Retry_After="5"), "Wait 5 seconds"),
    HubFault("429 of the file, for an hour", refuses(429, GET, Retry_After="3600"), "Wait 3600 seconds"),
    HubFault("500 of the file", refuses(500, GET), "in trouble (500)"),
    HubFault("503 of the file, once", refuses(503, GET, times=1, Retry_After="5"), BUNDLE),
    *(HubFault(f"cut at byte {at}, once", cut(at, 1), BUNDLE) for at in (0, 1, 1000, -1)),
    *(HubFault(f"cut at byte {at}, always", cut(at, None), "was cut") for at in (0, 1000, -1)),
    HubFault("stalls", stalls, "was cut", IMPATIENT),
    HubFault("one bit flipped, once", gives(flipped, 1), BUNDLE),
    HubFault("one bit flipped, always", gives(flipped), "another hash"),
    HubFault("another card, once", gives(lambda content: content[:-1] + b"#", 1, "README.md"), BUNDLE),
    HubFault("too short, once", gives(lambda content: content[:-7], 1), BUNDLE),
    HubFault("too short, always", gives(lambda content: content[:-7]), "another size"),
    HubFault("too long, once", gives(lambda content: content + b"x", 1), BUNDLE),
    HubFault("too long, always", gives(lambda content: content + b"x"), "sends more than"),
    HubFault("empty, always", gives(lambda _: b""), "another size"),
    HubFault("HTML of the same length", gives(lambda content: b"<html>".ljust(len(content))), "another hash"),
    HubFault("goes on with other bytes", resumes_wrongly, "is not a torch checkpoint"),
    HubFault("gzip that is none", says(GET, b"no gzip", Content_Encoding="gzip"), "failed"),
    HubFault("20 MB in 20 kB", says(GET, gzip.compress(b" " * 20_000_000), Content_Encoding="gzip"), "more than"),
    HubFault("no ETag", head(lambda headers: headers.pop("ETag")), NO_HUB),
    HubFault("an ETag that is a path", head(lambda headers: headers.update(ETag='"../../../../evil"')), NO_HUB),
    HubFault("an ETag that is empty", head(lambda headers: headers.update(ETag='""')), NO_HUB),
    HubFault("an ETag of 300 characters", head(lambda headers: headers.update(ETag=f'"{"a" * 300}"')), NO_HUB),
    HubFault("an ETag that is not a hash", head(dict), BUNDLE),
    HubFault("no commit", head(lambda headers: headers.pop("X-Repo-Commit")), NO_HUB),
    HubFault(
        "a commit that is a path",
        head(lambda headers: headers.update({"X-Repo-Commit": "../../../../evil"})),
        NO_HUB,
    ),
    HubFault("another size", head(lambda headers: headers.update({"X-Linked-Size": "7"})), "another size"),
    HubFault("a size that is none", head(lambda headers: headers.update({"X-Linked-Size": "many"})), BUNDLE),
    HubFault("a redirect to itself", answers(HEAD, redirects_to_itself), "redirects"),
    HubFault("the file redirects to itself", answers(GET, redirects_to_itself), "redirects"),
    HubFault(
        "a redirect to a file of this machine",
        answers(GET, lambda _: Response(status_code=302, headers={"Location": "file:///etc/passwd"})),
        "was cut",
    ),
]
"""Of the requests that download the checkpoint and the card."""
