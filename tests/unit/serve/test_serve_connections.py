"""convert/serve/connections.py: clients that open many connections, never finish a request, or never read."""

import asyncio
import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from uvicorn.server import ServerState

from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.serve.connections import Connection
from bbconvert.convert.serve.server import Server, listen, make_app
from tests.support.command_line import CommandLine

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

HALF_OPEN = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Padding: "
GIVE_UP_S = 60
"""For what must happen at last: nothing waits so long unless it is broken."""
LARGE = 32 * 2**20
"""Bytes: more than the kernel takes into its buffers."""


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + GIVE_UP_S
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    with (tmp_path / "large.bin").open("wb") as large:
        large.truncate(LARGE)
    return tmp_path


@contextmanager
def _serving(page: Path, connection: type[Connection]) -> Iterator[tuple[int, Server]]:
    listener = listen("127.0.0.1", 0)
    server = Server(make_app(make_library([]), page), connection=connection)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1], server
    finally:
        server.should_exit = True
        thread.join()


def _client(port: int, *, receives: int | None = None) -> socket.socket:
    client = socket.socket()
    client.settimeout(GIVE_UP_S)
    if receives is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    client.connect(("127.0.0.1", port))
    return client


def _rest(client: socket.socket) -> bytes:
    """All that still comes until the server ends the connection."""
    received = b""
    try:
        while piece := client.recv(2**20):
            received += piece
    except ConnectionError:
        pass
    return received


def _status(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=GIVE_UP_S)
    connection.request("GET", "/")
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def test_three_hundred_half_open_connections_do_not_shut_out_an_honest_client(page: Path) -> None:
    class Few(Connection):
        most = 20

    with _serving(page, Few) as (port, server), ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(_client(port)).sendall(HALF_OPEN)
        assert [_status(port) for _ in range(5)] == [200] * 5
        _until(lambda: len(server.server_state.connections) <= Few.most)


def test_the_command_answers_beside_more_half_open_connections_than_it_may_have_files(bbconvert: CommandLine) -> None:
    command = bbconvert.command("serve", "--port", "0")
    limited = CommandLine(bbconvert.cwd, bbconvert.environment)
    object.__setattr__(limited, "command", lambda *_: ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh", *command])
    process = limited.start()
    assert process.stdout is not None
    port = int(process.stdout.readline().strip().removesuffix("/").rsplit(":", 1)[1])
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(_client(port)).sendall(HALF_OPEN)
        assert _status(port) == 200
    process.terminate()
    _, stderr = process.communicate(timeout=GIVE_UP_S)
    assert stderr == "Serving until Ctrl-C.\n"


class Impatient(Connection):
    request_timeout_s = 0.3
    stall_timeout_s = 0.3


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"GE",
        HALF_OPEN,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + HALF_OPEN,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
    ],
    ids=["nothing", "a method", "half a head", "half a second head", "half a body"],
)
def test_a_client_that_sends_its_request_drop_by_drop_is_cut_off(page: Path, first: bytes) -> None:
    with _serving(page, Impatient) as (port, _), _client(port) as client:
        client.sendall(first)
        client.settimeout(0.05)
        assert any(_ended(client, b"x" * bool(first)) for _ in range(GIVE_UP_S * 20))


def _ended(client: socket.socket, drop: bytes) -> bool:
    """Sends a drop; whether the server has ended the connection."""
    try:
        client.sendall(drop)
        return client.recv(2**16) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_a_client_that_does_not_read_is_cut_off(page: Path) -> None:
    with _serving(page, Impatient) as (port, server), _client(port, receives=4096) as client:
        client.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(1, socket.MSG_PEEK)
        _until(lambda: not server.server_state.connections)
        assert len(_rest(client)) < LARGE


def test_a_small_answer_does_not_wait_for_the_one_before_to_be_acknowledged(page: Path) -> None:
    with _serving(page, Connection) as (port, server), _client(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(1)
        (connection,) = server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_what_is_not_http_is_answered_with_the_security_headers(page: Path) -> None:
    with _serving(page, Connection) as (port, _), _client(port) as client:
        client.sendall(b"\x16\x03\x01 not http\r\n\r\n")
        answer = _rest(client)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\ncross-origin-opener-policy: same-origin\r\n" in answer
    assert b"\r\ncontent-security-policy: " in answer


MANGLED = [
    b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabcdef\x00\xff\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n\x00\xff\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"x" * 2**17,
]


def test_mangled_requests_leave_the_server_answering_and_say_nothing_in_its_terminal(bbconvert: CommandLine) -> None:
    process = bbconvert.start("serve", "--port", "0")
    assert process.stdout is not None
    port = int(process.stdout.readline().strip().removesuffix("/").rsplit(":", 1)[1])
    for _ in range(3):
        for data in MANGLED:
            with _client(port) as client:
                try:
                    client.sendall(data)
                    client.shutdown(socket.SHUT_WR)
                except ConnectionError:
                    continue
                _rest(client)
    assert _status(port) == 200
    process.terminate()
    _, stderr = process.communicate(timeout=GIVE_UP_S)
    assert stderr == "Serving until Ctrl-C.\n"


def test_the_server_stops_while_a_client_does_not_read(page: Path) -> None:
    class Hasty(Connection):
        shutdown_timeout_s = 0.1

    with _serving(page, Hasty) as (port, server), _client(port, receives=4096) as client:
        client.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(1)
        server.should_exit = True
        _until(lambda: not server.server_state.connections)


class FakeTimer:
    def __init__(self, at: float, callback: Callable[[], None]) -> None:
        self.at, self.callback = at, callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeLoop:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[FakeTimer] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> FakeTimer:
        self.timers.append(FakeTimer(self.now + delay, callback))
        return self.timers[-1]

    def sleep(self, seconds: float) -> None:
        """Runs what is due meanwhile."""
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.at <= end and not timer.cancelled]:
            first = min(due, key=lambda timer: timer.at)
            self.timers.remove(first)
            self.now = first.at
            first.callback()
        self.now = end


class FakeTransport(asyncio.Transport):
    """A socket of the client `host`, with so many bytes of an answer unsent."""

    connection: Connection

    def __init__(self, host: str, unsent: int) -> None:
        super().__init__({"peername": (host, 1), "sockname": ("127.0.0.1", 2)})
        self.unsent = unsent
        self.open = True

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def abort(self) -> None:
        self.open = False


class Clients:
    """Connections to one server, without sockets."""

    def __init__(self, page: Path, connection: type[Connection] = Connection) -> None:
        self.loop = FakeLoop()
        self._config, self._state, self._connection = Server(make_app({}, page)).config, ServerState(), connection

    def connect(self, host: str = "192.168.1.2", *, answering: bool = False, unsent: int = 0) -> FakeTransport:
        connection = self._connection(self._config, self._state, {}, cast("asyncio.AbstractEventLoop", self.loop))
        transport = FakeTransport(host, unsent)
        transport.connection = connection
        connection.connection_made(transport)
        if answering:
            connection.cycle = cast("RequestResponseCycle", SimpleNamespace(response_complete=False))
        self.loop.now += 0.001
        return transport


def test_a_client_that_reads_slowly_is_served_and_one_that_stops_reading_is_not(page: Path) -> None:
    clients = Clients(page)
    slow = clients.connect(answering=True, unsent=60_000)
    for _ in range(50):
        clients.loop.sleep(0.8 * Connection.stall_timeout_s)
        slow.unsent -= 1000
        assert slow.open
    clients.loop.sleep(2 * Connection.stall_timeout_s)
    assert not slow.open


def test_a_buffer_filled_anew_counts_as_read(page: Path) -> None:
    clients = Clients(page)
    reader = clients.connect(answering=True, unsent=90_000)
    for _ in range(50):
        clients.loop.sleep(0.8 * Connection.stall_timeout_s)
        reader.connection.pause_writing()
        reader.connection.resume_writing()  # emptied; and at the next look it is as full as before
        assert reader.open


def test_an_answer_that_the_server_itself_takes_long_over_is_not_cut_off(page: Path) -> None:
    clients = Clients(page)
    patient = clients.connect(answering=True)
    clients.loop.sleep(100 * Connection.stall_timeout_s)
    assert patient.open


class AtMostThree(Connection):
    most = 3


def test_the_oldest_that_waits_gives_way_before_a_slow_reader_before_one_being_answered(page: Path) -> None:
    clients = Clients(page, AtMostThree)
    answered = clients.connect(answering=True)
    slow = clients.connect(answering=True, unsent=1)
    waiting = clients.connect()
    fourth = clients.connect(answering=True)
    assert [each.open for each in (answered, slow, waiting, fourth)] == [True, True, False, True]
    fifth = clients.connect(answering=True)
    assert [each.open for each in (answered, slow, fourth, fifth)] == [True, False, True, True]
    sixth = clients.connect()
    assert [each.open for each in (answered, fourth, fifth, sixth)] == [False, True, True, True]


def test_a_client_with_many_connections_loses_one_of_its_own(page: Path) -> None:
    clients = Clients(page, AtMostThree)
    other = clients.connect("192.168.1.9")
    greedy = [clients.connect(answering=True) for _ in range(20)]
    assert other.open
    assert [each.open for each in greedy] == [False] * 18 + [True] * 2
