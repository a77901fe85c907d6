"""convert/serve/host_header.py: which requests are answered."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bbconvert.convert.errors import UsageError
from bbconvert.convert.serve.host_header import host_of, is_allowed, is_loopback, require_names
from bbconvert.convert.serve.server import make_app

LOOPBACK = ["localhost", "LocalHost:8765", "localhost.", "page.localhost:1", "127.0.0.1", "127.8.8.8:80", "[::1]:8765"]
STRANGERS = [
    "evil.example",
    "evil.example:8765",
    "localhost.evil.example",
    "evil-localhost",
    "notlocalhost",
    "127.0.0.1.evil.example",
    "127.0.0.1.nip.io",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "user@localhost",
    "localhost@evil.example",
    "localhost/evil.example",
    "localhost evil.example",
    "localhost,evil.example",
    "localhost:80:evil.example",
    "localhost:http",
    "[::1",
    "::1",
    "[::1].evil.example",
    "[evil.example]",
    "local\xadhost",
    "ⓛocalhost",
    "",
    ":8765",
    ".",
]
OWN = "my-machine"


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "My-Machine")


@pytest.mark.parametrize("listening", ["127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "192.168.1.7", OWN])
def test_loopback_is_always_answered_and_a_strangers_name_never(listening: str) -> None:
    assert [header for header in LOOPBACK if not is_allowed(header, listening=listening, names=())] == []
    assert [header for header in STRANGERS if is_allowed(header, listening=listening, names=())] == []


@pytest.mark.parametrize(
    "header", ["192.168.1.7:8765", "10.0.0.1", "[fe80::1]:80", "[2001:db8::1]", OWN, f"{OWN}.local"]
)
def test_the_machines_addresses_and_its_name_are_answered_where_it_listens_to_the_network(header: str) -> None:
    for listening in ("0.0.0.0", "::", "192.168.1.7", "box.lan"):
        assert is_allowed(header, listening=listening, names=())
    for listening in ("127.0.0.1", "::1", "localhost"):
        assert not is_allowed(header, listening=listening, names=())


def test_a_name_that_was_listed_or_listened_on_is_answered_in_any_case_and_with_any_port() -> None:
    names = require_names(["Demo.Example.org"])
    for header in ("demo.example.org", "DEMO.example.org:443", "demo.example.org."):
        assert is_allowed(header, listening="127.0.0.1", names=names)
    for header in ("example.org", "x.demo.example.org", "demo.example.org.evil.example"):
        assert not is_allowed(header, listening="127.0.0.1", names=names)
    assert is_allowed("box.lan:8765", listening="Box.lan", names=())


@pytest.mark.parametrize(
    "text", ["", "*", "http://demo.example.org", "demo.example.org:80", "a b", "demo/", "\x1b[31m"]
)
def test_what_is_no_host_name_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError, match=r"--allow-host takes a host name such as demo\.example\.org"):
        require_names([text])


@given(st.text(), st.sampled_from(["127.0.0.1", "0.0.0.0"]))
def test_whatever_the_header_says_the_answer_is_yes_or_no(header: str, listening: str) -> None:
    allowed = is_allowed(header, listening=listening, names=("demo.example.org",))
    host = host_of(header)
    assert not allowed or host is not None
    if allowed and listening == "127.0.0.1":
        assert host is not None
        assert is_loopback(host) or host == "demo.example.org"


@given(st.from_regex(r"\A[a-z0-9-]{1,30}(\.[a-z0-9-]{1,20}){1,3}\Z"))
def test_no_name_but_those_of_loopback_is_answered_on_loopback(name: str) -> None:
    assert is_allowed(name, listening="127.0.0.1", names=()) == is_loopback(name)


def test_a_strangers_request_is_refused_with_the_option_that_allows_it(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    client = TestClient(make_app({}, tmp_path), base_url="http://localhost")
    for path in ("/", "/bundles/index.json", "/nothing.js"):
        response = client.get(path, headers={"Host": "evil.example:8765"})
        assert response.status_code == 421
        assert "host name evil.example" in response.text
        assert "--allow-host evil.example" in response.text
        assert response.headers["content-type"].startswith("text/plain")
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
    odd = client.get("/", headers=[("Host", "<script>\x1b[31m")])
    assert odd.status_code == 421
    assert "script" not in odd.text
    listed = TestClient(make_app({}, tmp_path, allowed_hosts=["evil.example"]), base_url="http://evil.example")
    assert listed.get("/").status_code == 200
