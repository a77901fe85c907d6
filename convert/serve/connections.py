"""A client's connection to the server: how many there are, and how long one may keep the server waiting."""

import asyncio
from collections import Counter
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from bbconvert.convert.safety.limits import MAX_CONNECTIONS, REQUEST_TIMEOUT_S, SHUTDOWN_TIMEOUT_S, STALL_TIMEOUT_S
from bbconvert.convert.serve.security_headers import security_headers

try:
    import resource

    _MAX_FILES, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
except ImportError:  # Windows, which has no such limit
    _MAX_FILES = -1


class Connection(H11Protocol):
    """Closed where the client does not complete a request, or does not read the answer, in time.

    Where there are too many, the new one is taken and another is closed: one of the address that has the most, and of
    these first those that wait for a request, then those whose client is slow to read, the oldest first. So neither
    half-open connections nor one greedy client shut the others out.
    """

    most = MAX_CONNECTIONS if _MAX_FILES < 0 else min(MAX_CONNECTIONS, _MAX_FILES // 4)
    request_timeout_s = REQUEST_TIMEOUT_S
    stall_timeout_s = STALL_TIMEOUT_S
    shutdown_timeout_s = SHUTDOWN_TIMEOUT_S

    _waiting_since = 0.0
    _read_at = 0.0
    _unsent = 0
    _aborted = False
    _timer: asyncio.TimerHandle | None = None

    @property
    def answering(self) -> bool:
        """A request is complete and its answer is not."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Takes the new connection, closes another where there are too many, and starts the clock."""
        super().connection_made(transport)
        self._waiting_since = self.loop.time()
        self._make_room()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the clock."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """From here on the next request is due."""
        self._waiting_since = self.loop.time()
        super().on_response_complete()

    def resume_writing(self) -> None:
        """The client has read what filled the buffer."""
        self._read_at = self.loop.time()
        super().resume_writing()

    def shutdown(self) -> None:
        """Ends after the answer under way, or without it."""
        super().shutdown()
        self.loop.call_later(self.shutdown_timeout_s, self.abort)

    def abort(self) -> None:
        """Closes at once; what is not sent yet is dropped."""
        self._aborted = True
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """For what is not HTTP; uvicorn's own has no security headers, and raises in the middle of an answer."""
        if self.answering:
            self.cycle.disconnected = True  # what the application sends from here on is dropped
        if self.answering or self.conn.our_state is not h11.IDLE:
            self.abort()
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *security_headers("/")]
        response = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        for event in (response, h11.Data(data=msg.encode()), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _watch(self) -> None:
        """Closes the connection where the client has taken too long, and looks again soon where it has not."""
        now, unsent = self.loop.time(), self.transport.get_write_buffer_size()
        if unsent < self._unsent or not unsent:
            self._read_at = now
        self._unsent = unsent
        if self.answering or unsent:
            late = now - self._read_at >= self.stall_timeout_s
        else:
            late = now - self._waiting_since >= self.request_timeout_s
        if late:
            self.abort()
            return
        self._timer = self.loop.call_later(min(self.request_timeout_s, self.stall_timeout_s) / 8, self._watch)

    def _make_room(self) -> None:
        held = [other for other in self.connections if isinstance(other, Connection) and not other._aborted]
        crowd = Counter(_address(connection) for connection in held)

        def order(other: "Connection") -> tuple[Any, ...]:
            slow = other.transport.get_write_buffer_size() > 0
            patience = 0 if not other.answering and not slow else 1 if slow else 2
            return (-crowd[_address(other)], patience, other._waiting_since)

        if len(held) > self.most:
            min((other for other in held if other is not self), key=order).abort()


def _address(connection: Connection) -> str | None:
    return connection.client[0] if connection.client else None
