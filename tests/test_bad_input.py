"""Bad input: one clear message, the right exit code, nothing half-written; and the intact twin converts."""

import os
import pickle
import shutil
import signal
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.conftest import BALANCE, BALANCE_ENV, BALANCE_REPO, CommandLine
from tests.local_hub import GOOD_TOKEN, LocalHub


def state_dict() -> dict[str, torch.Tensor]:
    """The intact checkpoint's tensors."""
    loaded: dict[str, torch.Tensor] = torch.load(BALANCE, weights_only=True)
    return loaded


def assert_nothing_written(command: CommandLine) -> None:
    """Neither a bundle nor a temporary folder is in the working directory."""
    assert sorted(path.name for path in command.cwd.rglob("*") if path.suffix != ".cleanrl_model") == []


def assert_no_partial_download(folder: Path) -> None:
    """The cache holds no file that is cut short."""
    assert list(folder.rglob("*.incomplete")) == []


# Checkpoint files, all given to the same command.


def not_torch(path: Path) -> None:
    path.write_bytes(b"this is no checkpoint, it is a sentence")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_short(path: Path) -> None:
    path.write_bytes(BALANCE.read_bytes()[:-5000])


class _Payload:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.marker}",)


def marker_of(path: Path) -> Path:
    return path.parents[1] / "the-payload-ran"


def executes_plainly(path: Path) -> None:
    path.write_bytes(pickle.dumps({"actor_mean.0.weight": _Payload(marker_of(path))}))


def executes_inside_a_torch_file(path: Path) -> None:
    torch.save({**state_dict(), "extra": _Payload(marker_of(path))}, path)


def unexpected_names(path: Path) -> None:
    torch.save({f"policy.{name}": tensor for name, tensor in state_dict().items()}, path)


def other_sizes(path: Path) -> None:
    tensors = state_dict()
    torch.save({**tensors, "actor_mean.0.weight": tensors["actor_mean.0.weight"][:, :348].clone()}, path)


def layers_that_do_not_meet(path: Path) -> None:
    tensors = state_dict()
    torch.save({**tensors, "actor_mean.2.weight": tensors["actor_mean.2.weight"][:, :-1].clone()}, path)


def nan_weights(path: Path) -> None:
    tensors = state_dict()
    tensors["actor_mean.2.weight"][3, 4] = float("nan")
    torch.save(tensors, path)


def no_tensors(path: Path) -> None:
    torch.save([1, 2, 3], path)


def zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("archive/data.pkl", "w") as member:
        for _ in range(600):
            member.write(bytes(2**20))


CONVERT = ("convert", "agent.cleanrl_model", "--env", BALANCE_ENV, "--normalization", "none", "--out", "out")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (not_torch, "no format that bbconvert knows"),
        (empty, "is empty"),
        (cut_short, "cut short"),
        (executes_plainly, "asks to call"),
        (executes_inside_a_torch_file, "asks to call"),
        (unexpected_names, "policy.critic, policy.actor_mean: name the policy's with --prefix"),
        (other_sizes, "348"),
        (layers_that_do_not_meet, "actor_mean.2 takes"),
        (nan_weights, "1 weights of"),
        (no_tensors, "expected a state_dict"),
        (zip_bomb, "600 MiB"),
    ],
)
def test_a_bad_checkpoint_is_refused_in_words(
    damage: Callable[[Path], None], words: str, bbconvert: CommandLine
) -> None:
    path = bbconvert.cwd / "agent.cleanrl_model"
    damage(path)

    result = bbconvert(*CONVERT)

    assert (result.returncode, result.stdout) == (1, "")
    assert words in result.stderr
    assert "Unexpected" not in result.stderr
    assert "Traceback" not in result.stderr
    assert not marker_of(path).exists(), "the pickle was executed"
    assert_nothing_written(bbconvert)


def test_the_payload_would_run_if_it_were_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "work" / "agent.cleanrl_model"
    path.parent.mkdir()
    executes_inside_a_torch_file(path)

    torch.load(path, weights_only=False)

    assert marker_of(path).exists()


def test_the_intact_checkpoint_converts_with_the_same_command(bbconvert: CommandLine) -> None:
    torch.save(state_dict(), bbconvert.cwd / "agent.cleanrl_model")

    result = bbconvert(*CONVERT)

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "out"
    assert (bbconvert.cwd / "out" / "bundle.json").is_file()
    assert sorted(path.name for path in bbconvert.cwd.iterdir()) == ["agent.cleanrl_model", "out"]


def test_an_unknown_environment_is_refused_with_those_near_it(bbconvert: CommandLine) -> None:
    result = bbconvert("convert", BALANCE, "--env", "Humanoid-v99", "--out", "out")

    assert result.returncode == 1
    assert "Humanoid-v99 is not an environment that bbconvert knows" in result.stderr
    assert "Humanoid-v4" in result.stderr
    assert "bbconvert envs" in result.stderr
    assert_nothing_written(bbconvert)


# The output folder.


def test_an_existing_folder_that_is_no_bundle_is_left_alone_even_with_force(bbconvert: CommandLine) -> None:
    note = bbconvert.cwd / "out" / "thesis.txt"
    note.parent.mkdir()
    note.write_text("years of work")
    shutil.copyfile(BALANCE, bbconvert.cwd / "agent.cleanrl_model")

    for force in ([], ["--force"]):
        result = bbconvert(*CONVERT, *force)
        assert result.returncode == 1
        assert "--out" in result.stderr
        assert [path.read_text() for path in note.parent.iterdir()] == ["years of work"]


@pytest.mark.parametrize("out", ["agent.cleanrl_model/out", "/proc/bbconvert-out"])
def test_an_output_that_cannot_be_written_is_said_before_any_work(out: str, bbconvert: CommandLine) -> None:
    shutil.copyfile(BALANCE, bbconvert.cwd / "agent.cleanrl_model")

    result = bbconvert(*CONVERT[:-1], out)

    assert result.returncode == 1
    assert f"Cannot write to {out}" in result.stderr
    assert "…" not in result.stderr
    assert_nothing_written(bbconvert)


# The Hub.


def test_a_repository_that_does_not_exist_names_those_near_it(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    result = bbconvert_at_hub("pull", "tester/balence-ppo")

    assert (result.returncode, result.stdout) == (1, "")
    assert f"tester/balence-ppo does not exist on {hub.url}" in result.stderr
    assert f"Near it: {BALANCE_REPO}" in result.stderr
    assert_nothing_written(bbconvert_at_hub)


def test_a_revision_that_does_not_exist_names_those_that_do(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    result = bbconvert_at_hub("pull", BALANCE_REPO, "--revision", "v2")

    assert result.returncode == 1
    assert f"{BALANCE_REPO} has no revision v2. It has main" in result.stderr
    intact = bbconvert_at_hub("pull", BALANCE_REPO, "--revision", hub.commit(BALANCE_REPO), "--normalization", "none")
    assert intact.returncode == 0, intact.stderr


def test_gated_and_private_repositories_say_how_to_give_a_token(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    hub.faults.gated.add(BALANCE_REPO)
    gated = bbconvert_at_hub("pull", BALANCE_REPO, "--normalization", "none")
    hub.faults.private.add(BALANCE_REPO)
    private = bbconvert_at_hub("pull", BALANCE_REPO, "--normalization", "none")

    assert (gated.returncode, private.returncode) == (1, 1)
    assert f"{BALANCE_REPO} is gated" in gated.stderr
    assert f"Ask for access on {hub.url}/{BALANCE_REPO}" in gated.stderr
    assert "or is private" in private.stderr
    for result in (gated, private):
        assert "HF_TOKEN" in result.stderr
        assert "hf auth login" in result.stderr
    assert_nothing_written(bbconvert_at_hub)
    intact = bbconvert_at_hub("pull", BALANCE_REPO, "--normalization", "none", HF_TOKEN=GOOD_TOKEN)
    assert intact.returncode == 0, intact.stderr


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "refuses"), (403, "refuses"), (429, "Wait 17 seconds"), (500, "in trouble (500)"), (503, "(503)")],
)
def test_a_hub_that_refuses_is_quoted_in_words(
    status: int, words: str, hub: LocalHub, bbconvert_at_hub: CommandLine
) -> None:
    hub.faults.status, hub.faults.retry_after = status, 17

    result = bbconvert_at_hub("pull", BALANCE_REPO)

    assert (result.returncode, result.stdout) == (1, "")
    assert words in result.stderr
    assert "Unexpected" not in result.stderr
    assert_nothing_written(bbconvert_at_hub)


def test_without_a_network_the_message_names_the_endpoint_and_the_cache(isolated: Callable[[str], CommandLine]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
    # Nobody listens there any more.
    refused = isolated(endpoint)("pull", BALANCE_REPO)
    unknown = isolated("http://hub.invalid")("pull", BALANCE_REPO)
    offline = isolated(endpoint)("pull", BALANCE_REPO, HF_HUB_OFFLINE="1")

    for result in (refused, unknown, offline):
        assert (result.returncode, result.stdout) == (1, "")
        assert "The local cache is empty" in result.stderr
    assert f"HF_ENDPOINT is set to {endpoint}" in refused.stderr
    assert "does not answer" in unknown.stderr
    assert "HF_HUB_OFFLINE" in offline.stderr


def test_a_download_that_stays_cut_is_reported_and_leaves_nothing(
    hub: LocalHub, bbconvert_at_hub: CommandLine, tmp_path: Path
) -> None:
    hub.faults.cut_at = 50_000
    cut = bbconvert_at_hub("pull", BALANCE_REPO, "--normalization", "none")

    assert (cut.returncode, cut.stdout) == (1, "")
    assert "was cut" in cut.stderr
    assert_nothing_written(bbconvert_at_hub)
    assert_no_partial_download(tmp_path / "hf")

    hub.faults.cut_at = None
    whole = bbconvert_at_hub("pull", BALANCE_REPO, "--normalization", "none")
    assert whole.returncode == 0, whole.stderr


def test_ctrl_c_during_a_download_stops_at_once_and_leaves_nothing(
    hub: LocalHub, bbconvert_at_hub: CommandLine, tmp_path: Path
) -> None:
    hub.faults.stall_at = 100_000
    process = bbconvert_at_hub.start("pull", BALANCE_REPO, "--out", "new/out")
    assert hub.faults.stalled.wait(timeout=60)

    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)

    assert (process.returncode, stdout) == (130, "")
    assert stderr.splitlines()[-1] == "Stopped; nothing was written."
    assert_nothing_written(bbconvert_at_hub)
    assert_no_partial_download(tmp_path / "hf")


def test_ctrl_c_during_the_conversion_leaves_no_folder_behind(bbconvert_at_hub: CommandLine) -> None:
    process = bbconvert_at_hub.start("pull", BALANCE_REPO, "--out", "out")
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
