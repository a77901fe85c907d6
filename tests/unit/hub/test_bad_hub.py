"""A Hub that has not, gives not or breaks off: one clear message, and nothing half-written."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, assert_nothing_written
from tests.support.local_hub import GOOD_TOKEN, LocalHub
from tests.support.small_agent import AGENT_REPO


def assert_no_partial_download(folder: Path) -> None:
    """The cache holds no file that is cut short."""
    assert list(folder.rglob("*.incomplete")) == []


def test_a_repository_that_does_not_exist_names_those_near_it(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    result = bbconvert_at_hub("pull", "tester/balence-ppo")

    assert (result.returncode, result.stdout) == (1, "")
    assert f"tester/balence-ppo does not exist on {hub.url}" in result.stderr
    assert f"Near it: {AGENT_REPO}" in result.stderr
    assert_nothing_written(bbconvert_at_hub)


def test_a_revision_that_does_not_exist_names_those_that_do(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    result = bbconvert_at_hub("pull", AGENT_REPO, "--revision", "v2")

    assert result.returncode == 1
    assert f"{AGENT_REPO} has no revision v2. It has main" in result.stderr
    intact = bbconvert_at_hub("pull", AGENT_REPO, "--revision", hub.commit(AGENT_REPO), "--normalization", "none")
    assert intact.returncode == 0, intact.stderr


def test_gated_and_private_repositories_say_how_to_give_a_token(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    hub.faults.gated.add(AGENT_REPO)
    gated = bbconvert_at_hub("pull", AGENT_REPO, "--normalization", "none")
    hub.faults.private.add(AGENT_REPO)
    private = bbconvert_at_hub("pull", AGENT_REPO, "--normalization", "none")

    assert (gated.returncode, private.returncode) == (1, 1)
    assert f"{AGENT_REPO} is gated" in gated.stderr
    assert f"Ask for access on {hub.url}/{AGENT_REPO}" in gated.stderr
    assert "or is private" in private.stderr
    for result in (gated, private):
        assert "HF_TOKEN" in result.stderr
        assert "hf auth login" in result.stderr
    assert_nothing_written(bbconvert_at_hub)
    intact = bbconvert_at_hub("pull", AGENT_REPO, "--normalization", "none", HF_TOKEN=GOOD_TOKEN)
    assert intact.returncode == 0, intact.stderr


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "refuses"), (403, "refuses"), (429, "Wait 170 seconds"), (500, "in trouble (500)"), (503, "(503)")],
)
def test_a_hub_that_refuses_is_quoted_in_words(
    status: int, words: str, hub: LocalHub, bbconvert_at_hub: CommandLine
) -> None:
    hub.faults.status, hub.faults.retry_after = status, 170  # longer than it waits

    result = bbconvert_at_hub("pull", AGENT_REPO)

    assert (result.returncode, result.stdout) == (1, "")
    assert words in result.stderr
    assert "Unexpected" not in result.stderr
    assert_nothing_written(bbconvert_at_hub)


def test_without_a_network_the_message_names_the_endpoint_and_the_cache(isolated: Callable[[str], CommandLine]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
    # Nobody listens there any more.
    refused = isolated(endpoint)("pull", AGENT_REPO)
    unknown = isolated("http://hub.invalid")("pull", AGENT_REPO)
    offline = isolated(endpoint)("pull", AGENT_REPO, HF_HUB_OFFLINE="1")

    for result in (refused, unknown, offline):
        assert (result.returncode, result.stdout) == (1, "")
        assert "The local cache is empty" in result.stderr
    assert f"HF_ENDPOINT is set to {endpoint}" in refused.stderr
    assert "does not answer" in unknown.stderr
    assert "HF_HUB_OFFLINE" in offline.stderr


def test_a_download_that_stays_cut_is_reported_and_leaves_nothing(
    hub: LocalHub, bbconvert_at_hub: CommandLine, tmp_path: Path
) -> None:
    hub.faults.cut_at = 5_000
    cut = bbconvert_at_hub("pull", AGENT_REPO, "--normalization", "none")

    assert (cut.returncode, cut.stdout) == (1, "")
    assert "was cut" in cut.stderr
    assert_nothing_written(bbconvert_at_hub)
    assert_no_partial_download(tmp_path / "hf")

    hub.faults.cut_at = None
    whole = bbconvert_at_hub("pull", AGENT_REPO, "--normalization", "none")
    assert whole.returncode == 0, whole.stderr


def test_ctrl_c_during_a_download_stops_at_once_and_leaves_nothing(
    hub: LocalHub, bbconvert_at_hub: CommandLine, tmp_path: Path
) -> None:
    hub.faults.stall_at = 5_000
    process = bbconvert_at_hub.start("pull", AGENT_REPO, "--out", "new/out")
    assert hub.faults.stalled.wait(timeout=60)

    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)

    assert (process.returncode, stdout) == (130, "")
    assert stderr.splitlines()[-1] == "Stopped; nothing was written."
    assert_nothing_written(bbconvert_at_hub)
    assert_no_partial_download(tmp_path / "hf")


def test_ctrl_c_during_the_conversion_leaves_no_folder_behind(bbconvert_at_hub: CommandLine) -> None:
    process = bbconvert_at_hub.start("pull", AGENT_REPO, "--out", "out")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Playing seeded episodes"):
            break
    assert [path.name.startswith(".out.") for path in bbconvert_at_hub.cwd.iterdir()] == [True]

    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)

    assert process.returncode == 130
    assert stderr.splitlines()[-1] == "Stopped; nothing was written."
    assert_nothing_written(bbconvert_at_hub)
