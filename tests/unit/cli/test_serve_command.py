"""`bbconvert serve` and `bbconvert play`, from their first line to Ctrl-C."""

import http.client
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.serve.server import listen
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE
from tests.support.command_line import CommandLine


def _start(bbconvert: CommandLine, *arguments: str | Path) -> tuple[subprocess.Popen[str], int]:
    """The command once it serves, and its port."""
    process = bbconvert.start(*arguments)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:"), (address, process.communicate())
    return process, int(address.removesuffix("/").rsplit(":", 1)[1])


def _interrupt(process: subprocess.Popen[str]) -> tuple[str, str]:
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=30)


def test_serve_prints_its_address_last_and_ends_quietly_with_ctrl_c(bbconvert: CommandLine) -> None:
    process, port = _start(bbconvert, "serve", "--port", "0")
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    stdout, stderr = _interrupt(process)
    assert (stdout, stderr, process.returncode) == ("", "Serving until Ctrl-C.\n", 0)


def test_play_says_where_no_browser_can_be_opened(bbconvert: CommandLine) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        bbconvert.environment.pop(variable, None)
    process, _ = _start(bbconvert, "play", "--port", "0")
    assert process.stderr is not None
    said = [process.stderr.readline(), process.stderr.readline()]
    _interrupt(process)
    assert said[1].startswith("No browser can be opened here")
    assert process.returncode == 0


def test_play_opens_the_browser_on_its_address(bbconvert: CommandLine, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    os.mkfifo(opened)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    bbconvert.environment["BROWSER"] = f"{browser} %s"
    process, port = _start(bbconvert, "play", "--port", "0")
    assert opened.read_text() == f"http://127.0.0.1:{port}/\n"
    _interrupt(process)


def test_play_opens_a_swarm_where_one_is_asked_for(bbconvert: CommandLine) -> None:
    process = bbconvert.start("play", "--port", "0", "--no-open", "--swarm", "25")
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    _interrupt(process)
    assert address.endswith("/?swarm=25")
    refused = bbconvert("play", "--swarm", "5000")
    assert refused.returncode == 2
    assert "1000" in refused.stderr


def test_a_port_in_use_is_said(bbconvert: CommandLine) -> None:
    with listen("127.0.0.1", 0) as taken:
        wanted = taken.getsockname()[1]
        process, port = _start(bbconvert, "serve", "--port", str(wanted))
        _, stderr = _interrupt(process)
    assert f"Port {wanted} is in use: serving on port {port}." in stderr


def test_another_host_than_loopback_is_warned_of(bbconvert: CommandLine) -> None:
    process, _ = _start(bbconvert, "serve", "--host", "0.0.0.0", "--port", "0")
    _, stderr = _interrupt(process)
    assert "Warning: --host 0.0.0.0 lets everybody who reaches this machine" in stderr


def test_a_host_name_is_answered_where_it_was_allowed_on_the_command_line(bbconvert: CommandLine) -> None:
    process, port = _start(bbconvert, "serve", "--port", "0", "--allow-host", "a.example", "--allow-host", "b.example")
    statuses = {}
    for host in ("a.example", "B.example:80", "evil.example", f"localhost:{port}"):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/", headers={"Host": host})
        statuses[host] = connection.getresponse().status
        connection.close()
    _interrupt(process)
    assert statuses == {"a.example": 200, "B.example:80": 200, "evil.example": 421, f"localhost:{port}": 200}


def test_an_allowed_host_that_is_no_name_is_wrong_usage(bbconvert: CommandLine) -> None:
    done = bbconvert("serve", "--allow-host", "http://a.example/")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--allow-host takes a host name such as demo.example.org" in done.stderr


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("./nothing", "There is no ./nothing"),
        ("nothing", "neither a folder here"),
        (".", "is not a bundle"),
    ],
)
def test_what_is_no_bundle_is_refused_before_anything_is_served(
    bbconvert: CommandLine, argument: str, message: str
) -> None:
    done = bbconvert("play", argument, "--no-open")
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr


def test_a_bundle_named_on_the_command_line_is_the_one_served(bbconvert: CommandLine) -> None:
    process, port = _start(bbconvert, "play", "--no-open", "--port", "0", BALANCE_BOT_BUNDLE)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/bundles/index.json")
    rows = json.loads(connection.getresponse().read())["bundles"]
    _interrupt(process)
    assert [row["name"] for row in rows] == [open_bundle(BALANCE_BOT_BUNDLE).manifest.name]
