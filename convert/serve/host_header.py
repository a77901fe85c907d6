"""The `Host` header against DNS rebinding: a request under another name than this machine's gets no answer.

A page of `evil.example` can let its name lead to 127.0.0.1 and then read, as its own, what is served here. Its requests
still name `evil.example`. An address in the header is safe: no name server has a say in where it leads.
"""

import re
import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bbconvert.convert.errors import UsageError

_HOST = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]{1,253}?)\.?)(?::[0-9]{0,5})?")


def host_of(header: str) -> str | None:
    """The host that a `Host` header names, in lower case, without port, brackets and final dot; None: not a host."""
    match = _HOST.fullmatch(header.strip().lower())
    return (match["ipv6"] or match["name"]) if match else None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`: 127.0.0.0/8, ::1, localhost and the names below it."""
    address = _address(host)
    return address.is_loopback if address else f".{host.lower()}".endswith(".localhost")


def is_allowed(header: str, *, listening: str, names: Collection[str]) -> bool:
    """Whether a request with this `Host` header is answered by a server on `listening`.

    Loopback always; the host listened on; `names`, in lower case. A server that listens to the network (on
    anything but loopback) also answers to every address and to this machine's own name.
    """
    host = host_of(header)
    if host is None:
        return False
    if is_loopback(host) or host == listening.lower() or host in names:
        return True
    if is_loopback(listening):
        return False
    own = socket.gethostname().lower()
    return _address(host) is not None or host in (own, f"{own}.local")


def require_names(texts: Collection[str]) -> list[str]:
    """The host names of `--allow-host`, in lower case.

    Raises:
        UsageError: one is not a plain host name.
    """
    for text in texts:
        if host_of(text) != text.lower().rstrip("."):
            raise UsageError(
                f"--allow-host takes a host name such as demo.example.org, without http:// and port; got {text!r}."
            )
    return [text.lower().rstrip(".") for text in texts]


class HostCheck:
    """Middleware: 421 for a `Host` that is not allowed."""

    def __init__(self, app: ASGIApp, *, listening: str, names: Collection[str]) -> None:
        self.app = app
        self.listening = listening
        self.names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers in place of the application where the host is not one of this machine's."""
        header = Headers(scope=scope).get("host", "")
        if is_allowed(header, listening=self.listening, names=self.names):
            await self.app(scope, receive, send)
            return
        host = host_of(header)
        named = (
            f"the host name {host}. If that name is yours, start it with --allow-host {host}" if host else "that Host"
        )
        text = f"This server does not answer to {named}. On its own machine it is reached as localhost.\n"
        await PlainTextResponse(text, status_code=421)(scope, receive, send)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
