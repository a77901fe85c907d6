"""The HTTP client under `huggingface_hub`: waits where the Hub asks for it, and holds every answer to limits.

`huggingface_hub` alone gives up a look-up at the first 429, sleeps through any `Retry-After` of a download, waits for
the answer to a look-up without a limit, and makes a file's path of whatever ETag it is sent.
"""

import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
from huggingface_hub import constants, get_session, set_client_factory
from huggingface_hub.errors import FileMetadataError
from huggingface_hub.utils import hf_raise_for_status, parse_ratelimit_headers  # type: ignore[attr-defined]

from bbconvert.convert.safety.limits import MAX_ANSWER_BYTES, MAX_ANSWER_SECONDS, MAX_WAITING_SECONDS, MAX_WAITS

sleep = time.sleep
"""What waiting is; tests put something quicker here."""

_ASKS_TO_WAIT = (429, 503)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_ENCODED = (b"content-encoding", b"content-length", b"transfer-encoding")
"""Headers that tell how the content was sent."""


@dataclass
class _Allowance:
    """How long a command may still wait, and who is told of what takes time."""

    seconds: float
    say: Callable[[str], None]

    def covers(self, seconds: float) -> bool:
        return seconds <= self.seconds

    def wait(self, seconds: float, why: str) -> None:
        self.seconds -= seconds
        self.say(f"{constants.ENDPOINT} {why}: waiting {seconds:.0f} s …")
        sleep(seconds)


_allowance: ContextVar[_Allowance] = ContextVar("_allowance")


def allow_waiting(say: Callable[[str], None]) -> None:
    """Begins a command: its requests wait `MAX_WAITING_SECONDS` in all; `say` is told of it, a line each time."""
    _allowance.set(_Allowance(MAX_WAITING_SECONDS, say))


def say(text: str) -> None:
    """Tells the command in progress what takes time."""
    _allowed().say(text)


def use_limited_client() -> None:
    """Makes `huggingface_hub` use this module's client, with the hooks of its own."""
    session = get_session()
    if not isinstance(session, _LimitedClient):
        hooks = session.event_hooks
        set_client_factory(lambda: _LimitedClient(event_hooks=hooks, follow_redirects=True, timeout=None))


class AnswerTooLongError(httpx2.TransportError):
    """An answer that has too many bytes, or takes too long; not repeated."""


class _LimitedClient(httpx2.Client):
    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """As httpx2 does it, with the waits and the limits that the module's docstring names.

        Raises:
            HfHubHTTPError: the Hub asks to wait longer than the command waits.
            FileMetadataError: the ETag cannot be a file's name.
            AnswerTooLongError: the answer, where it is not streamed, is too large or too slow.
        """
        _limit_silence(request)
        response = super().send(request, stream=True, **options)
        for waits in range(MAX_WAITS + 1):
            asked = wait_asked(response) if request.method in ("GET", "HEAD") else None
            if asked is None:
                break
            if waits == MAX_WAITS or not _allowed().covers(asked):
                hf_raise_for_status(_read(response))
            response.close()
            _allowed().wait(asked, f"asks to come back in {asked:.0f} s ({response.status_code})")
            response = super().send(request, stream=True, **options)
        _require_plain_etag(response)
        return response if stream else _read(response)


def _allowed() -> _Allowance:
    try:
        return _allowance.get()
    except LookupError:
        allow_waiting(lambda _: None)
        return _allowance.get()


def _limit_silence(request: httpx2.Request) -> None:
    """Seconds without a byte, where `huggingface_hub` sets none: those of its own look-ups of a file."""
    timeouts = request.extensions.get("timeout", {})
    limit = constants.HF_HUB_ETAG_TIMEOUT
    request.extensions["timeout"] = {
        what: limit if timeouts.get(what) is None else timeouts[what] for what in ("connect", "read", "write", "pool")
    }


def wait_asked(response: httpx2.Response) -> float | None:
    """The seconds that the Hub asks to wait before the request is repeated; None where it does not ask."""
    if response.status_code not in _ASKS_TO_WAIT:
        return None
    after = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", after):
        return float(after)
    try:
        limits = parse_ratelimit_headers(response.headers) if response.status_code == 429 else None
        if limits is not None and limits.remaining == 0:
            return float(limits.reset_in_seconds)
        return max((parsedate_to_datetime(after) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):  # thousands of digits; no date, or one without a zone
        return None


def _require_plain_etag(response: httpx2.Response) -> None:
    """`huggingface_hub` names the file in its cache after it: `../../x` would be written there."""
    for header in ("X-Linked-Etag", "ETag"):
        etag = response.headers.get(header)
        if etag is not None and not _PLAIN_NAME.fullmatch(etag.lstrip("W/").strip('"')):
            response.close()
            raise FileMetadataError(f"an {header} that is not a hash: {etag[:80]!r}")


def _read(response: httpx2.Response) -> httpx2.Response:
    """The answer with its content, which is read here so that it stays within the limits."""
    content, began = bytearray(), time.monotonic()
    try:
        for part in response.iter_bytes():
            content += part
            if len(content) > MAX_ANSWER_BYTES:
                raise AnswerTooLongError(f"an answer of more than {MAX_ANSWER_BYTES >> 20} MiB")
            if time.monotonic() - began > MAX_ANSWER_SECONDS:
                raise AnswerTooLongError(f"an answer that takes more than {MAX_ANSWER_SECONDS} s")
    finally:
        response.close()
    unpacked = response.request.method != "HEAD"  # whose length is that of the content it does not have
    read = httpx2.Response(
        response.status_code,
        headers=[pair for pair in response.headers.raw if not (unpacked and pair[0].lower() in _ENCODED)],
        content=bytes(content),
        request=response.request,
        extensions=response.extensions,
    )
    read.history = response.history
    return read
