"""Commands whose reader misbehaves in its child process, and commands that are stopped."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import misbehaviour
from tests.support.command_line import CommandLine
from tests.support.local_hub import LocalHub
from tests.support.processes import gone, until
from tests.support.repository import ROOT
from tests.support.small_agent import AGENT, AGENT_CARD, AGENT_ENV, AGENT_REPO

BOT = ROOT / "policies" / "balance-bot" / "ppo-BalanceBot-v0.zip"


@pytest.fixture
def misled(tmp_path: Path) -> Callable[[CommandLine, Callable[..., object]], CommandLine]:
    """From the command to one whose reader does something else, in the child process alone."""

    def mislead(command: CommandLine, function: Callable[..., object]) -> CommandLine:
        site = tmp_path / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(
            "import sys\n"
            "if 'bbconvert.convert.safety.sandbox_child' in sys.orig_argv:\n"
            "    import bbconvert.convert.checkpoints, tests.support.misbehaviour\n"
            f"    bbconvert.convert.checkpoints.read_checkpoint = tests.support.misbehaviour.{function.__name__}\n"
        )
        path = os.pathsep.join([str(site), command.environment["PYTHONPATH"]])
        return CommandLine(command.cwd, {**command.environment, "PYTHONPATH": path, "TMPDIR": str(temporary(command))})

    return mislead


def temporary(command: CommandLine) -> Path:
    """The folder for temporary files of a command that `misled` gave."""
    folder = command.cwd.parent / "tmp"
    folder.mkdir(exist_ok=True)
    return folder


def left_behind(command: CommandLine) -> list[str]:
    """What is in the working directory and among temporary files; `.ses` is ONNX Runtime's own, made when imported."""
    found = [path.name for folder in (command.cwd, temporary(command)) for path in folder.rglob("*")]
    return [name for name in found if name != ".ses"]


CONVERT = ("convert", AGENT, "--env", AGENT_ENV, "--normalization", "none", "--out", "bundles/out")


@pytest.mark.parametrize("command", [CONVERT, ("inspect", AGENT)])
def test_a_file_that_crashes_its_reader_is_refused_in_words(
    command: tuple[str | Path, ...], bbconvert: CommandLine, misled: Callable[..., CommandLine]
) -> None:
    misled_command = misled(bbconvert, misbehaviour.crash)

    result = misled_command(*command)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert f"{AGENT.name} crashed without an answer (SIGSEGV)" in result.stderr
    assert {*left_behind(misled_command)} <= {"bundles"}
    debugged = misled_command("--debug", *command)
    assert "The child process printed:\nFatal Python error: Segmentation fault" in debugged.stderr


def test_pull_of_several_files_that_crash_their_reader_has_a_row_for_each(
    hub: LocalHub, bbconvert_at_hub: CommandLine, misled: Callable[..., CommandLine]
) -> None:
    other = hub.folder / "tester" / "other-ppo"
    shutil.copytree(hub.folder / AGENT_REPO, other)
    (other / "README.md").write_text(AGENT_CARD)
    command = misled(bbconvert_at_hub, misbehaviour.crash)

    result = command("pull", AGENT_REPO, "tester/other-ppo", "--json")

    assert result.returncode == 1
    rows = json.loads(result.stdout)["results"]
    assert [(row["ok"], "SIGSEGV" in row["error"]) for row in rows] == [(False, True)] * 2
    assert {*left_behind(command)} <= {"bundles"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_the_command_ends_the_child_and_leaves_nothing(
    number: signal.Signals, code: int, bbconvert: CommandLine, misled: Callable[..., CommandLine]
) -> None:
    command = misled(bbconvert, misbehaviour.tell_its_number_and_sleep)
    process = command.start(*CONVERT)
    pid = command.cwd / "pid"
    until(pid.exists)

    process.send_signal(number)
    stdout, stderr = process.communicate()

    assert (process.returncode, stdout, stderr) == (code, "", "Stopped; nothing was written.\n")
    assert gone(int(pid.read_text()))
    pid.unlink()
    assert {*left_behind(command)} <= {"bundles"}


@pytest.mark.parametrize(
    "function", [misbehaviour.tell_its_number_and_sleep, misbehaviour.spin_holding_the_lock_of_python]
)
def test_a_command_that_is_killed_takes_the_child_with_it(
    function: Callable[..., object], bbconvert: CommandLine, misled: Callable[..., CommandLine]
) -> None:
    command = misled(bbconvert, function)
    process = command.start(*CONVERT)
    pid = command.cwd / "pid"
    until(lambda: pid.exists() and pid.read_text() != "")

    process.kill()
    process.communicate()

    until(lambda: gone(int(pid.read_text())))


def test_the_command_is_done_with_the_child_when_pull_needs_neither_torch_nor_mujoco(
    bbconvert_at_hub: CommandLine,
) -> None:
    script = (
        "import sys\nfrom bbconvert.convert.cli.main import main\n"
        f"sys.argv = ['bbconvert', 'pull', '{AGENT_REPO}', '--normalization', 'none']\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "heavy = {'torch', 'mujoco', 'onnx', 'onnxruntime', 'gymnasium'} & {*sys.modules}\n"
        "assert not heavy, heavy\n"
    )
    command = [bbconvert_at_hub.command()[0], "-c", script]

    done = subprocess.run(
        command, cwd=bbconvert_at_hub.cwd, env=bbconvert_at_hub.environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("bundles/")


def test_a_bundle_is_the_same_with_and_without_the_sandbox(bbconvert: CommandLine) -> None:
    command = ("convert", BOT, "--env", "bbconvert/BalanceBot-v0", "--env-arg", "level=3")
    for extra in (["--out", "with"], ["--out", "without", "--no-sandbox"]):
        result = bbconvert(*command, *extra)
        assert result.returncode == 0, result.stderr

    folders = (bbconvert.cwd / "with", bbconvert.cwd / "without")
    contents = [{p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in folders]
    assert len(contents[0]) == 9
    assert contents[0].keys() == contents[1].keys()
    for path, content in contents[0].items():
        assert content == contents[1][path], path


def test_inspect_shows_the_same_with_and_without_the_sandbox(bbconvert: CommandLine) -> None:
    with_it, without = bbconvert("inspect", BOT, "--json"), bbconvert("inspect", BOT, "--json", "--no-sandbox")

    assert (with_it.returncode, with_it.stderr) == (0, "")
    assert with_it.stdout == without.stdout
