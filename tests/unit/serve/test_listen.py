"""Where the server listens, and what is loopback."""

import socket

import pytest

from bbconvert.convert.errors import UsageError
from bbconvert.convert.serve.host_header import is_loopback
from bbconvert.convert.serve.server import listen


def test_a_port_in_use_gives_the_next_free_one() -> None:
    with listen("127.0.0.1", 0) as first:
        taken = first.getsockname()[1]
        with listen("127.0.0.1", taken) as second:
            assert taken < second.getsockname()[1] < taken + 20


def test_a_host_that_is_not_ours_is_explained() -> None:
    with pytest.raises(UsageError, match=r"Cannot listen on 192\.0\.2\.1.*127\.0\.0\.1"):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize("host", ["a" * 300, "no such host", "999.1.1.1"])
def test_a_host_that_is_no_host_is_explained(host: str) -> None:
    with pytest.raises(UsageError, match=r"--host takes an address of this machine"):
        listen(host, 0)


def test_only_addresses_of_this_machine_alone_are_loopback() -> None:
    hosts = ["127.0.0.1", "127.8.8.8", "::1", "localhost", "0.0.0.0", "::", "192.168.1.7", "example.org"]
    assert [is_loopback(host) for host in hosts] == [True] * 4 + [False] * 4


def test_a_host_may_be_a_name() -> None:
    with listen("localhost", 0) as listener, socket.create_connection(listener.getsockname()[:2]) as client:
        assert client.getpeername() == listener.getsockname()
