"""A door before a Hub: passes connections on, or does to them what no web server does."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

Mode = Literal["open", "resets", "silent", "garbage", "endless headers", "hangs up"]


class Door:
    """Listens on a port of its own; `mode` says what becomes of the connections that come."""

    def __init__(self, listener: socket.socket, behind: int) -> None:
        self.mode: Mode = "open"
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._listener, self._behind = listener, behind

    def serve(self) -> None:
        """Takes connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._take, args=(client,), daemon=True).start()

    def _take(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self.mode == "open":
                self._pass_on(client)
                return
            client.recv(65536)
            if self.mode == "resets":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif self.mode == "garbage":
                client.sendall(bytes(range(256)) * 16)
            elif self.mode == "endless headers":
                client.sendall(b"HTTP/1.1 200 OK\r\n")
                while True:
                    client.sendall(b"X-More: and more\r\n" * 1000)
            elif self.mode == "silent":
                client.recv(1)  # until the client goes

    def _pass_on(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._behind)) as hub:
            threading.Thread(target=_copy, args=(hub, client), daemon=True).start()
            _copy(client, hub)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def door_before(url: str) -> Iterator[Door]:
    """A door before the Hub at `url`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        door = Door(listener, int(url.rpartition(":")[2]))
        threading.Thread(target=door.serve, daemon=True).start()
        yield door
