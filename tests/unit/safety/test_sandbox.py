"""Untrusted files in a child process: however it ends, one paragraph says so, and nothing is left behind."""

import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bbconvert.convert.errors import BBConvertError, UnforeseenError, UsageError
from bbconvert.convert.progress import Advance
from bbconvert.convert.safety.limits import CONVERSION, MAX_MESSAGES_BYTES, MEBIBYTE, ChildLimits
from bbconvert.convert.safety.sandbox import DeadChildError, run_function
from tests.support import misbehaviour
from tests.support.command_line import CommandLine
from tests.support.local_hub import LocalHub
from tests.support.payload import Payload
from tests.support.repository import ROOT
from tests.support.small_agent import AGENT, AGENT_CARD, AGENT_ENV, AGENT_REPO

BOT = ROOT / "policies" / "balance-bot" / "ppo-BalanceBot-v0.zip"


class Recorded:
    """A `Progress` that keeps what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.tasks: list[tuple[str, int | None, list[int]]] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    @contextmanager
    def task(self, description: str, total: int | None) -> Iterator[Advance]:
        steps: list[int] = []
        self.tasks.append((description, total, steps))
        yield steps.append


def run(function: Callable[..., object], *arguments: object, limits: ChildLimits = CONVERSION) -> dict[str, Any]:
    return run_function(
        f"tests.support.misbehaviour:{function.__name__}",
        *arguments,
        doing="Converting agent.zip",
        limits=limits,
        progress=Recorded(),
    )


def gone(pid: int) -> bool:
    """The process has ended, whether or not somebody has asked for its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def children() -> list[str]:
    """The command lines of this process's children that convert files."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            command = stat.with_name("cmdline").read_text()
        except OSError:
            continue
        if parent == os.getpid() and "bbconvert.convert.safety.sandbox_child" in command:
            found.append(command)
    return found


def until(condition: Callable[[], bool]) -> None:
    """Waits for it, as long as the test may take."""
    while not condition():
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def _no_process_stays() -> Iterator[None]:
    yield
    assert children() == []


# One function in a child.


def test_an_answer_and_its_progress_come_through() -> None:
    progress = Recorded()

    answer = run_function(
        "tests.support.misbehaviour:work", [3, 4], doing="Adding", limits=CONVERSION, progress=progress
    )

    assert (
        answer
        == {"sum": 7}
        == run_function("tests.support.misbehaviour:work", [3, 4], doing="", limits=None, progress=progress)
    )
    assert progress.said == ["begins"] * 2
    assert progress.tasks == [("counting", 2, [1, 1])] * 2


@pytest.mark.parametrize(
    ("function", "limits", "words"),
    [
        (
            misbehaviour.crash,
            CONVERSION,
            "crashed without an answer (SIGSEGV). Nothing was written. The file is",
        ),
        (
            misbehaviour.kill_itself,
            CONVERSION,
            "was killed (SIGKILL), perhaps because this machine's memory",
        ),
        (misbehaviour.leave, CONVERSION, "crashed without an answer (exit code 0)"),
        (
            misbehaviour.eat_memory,
            replace(CONVERSION, memory_bytes=256 * MEBIBYTE),
            "more than the 256 MiB of memory",
        ),
        (misbehaviour.spin, replace(CONVERSION, cpu_seconds=1), "used up the 1 s of processor time that are allowed"),
        (misbehaviour.sleep, replace(CONVERSION, wall_seconds=1), "took longer than the 1 s that are allowed"),
    ],
)
def test_any_death_is_one_paragraph(function: Callable[..., object], limits: ChildLimits, words: str) -> None:
    with pytest.raises(DeadChildError) as caught:
        run(function, limits=limits)

    message = str(caught.value)
    assert message.startswith("Converting agent.zip ")
    assert words in message
    assert "Nothing was written." in message
    assert "--no-sandbox" in message or "again" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\n",
        b"\xff\xfe\n",
        b'["result", 3]\n',
        b'["result", {"mean": NaN}]\n',
        b'["result", {"n": ' + b"9" * 5000 + b"}]\n",
        b"[" * 100_000 + b"\n",
        b'["say", 1]\n',
        b'["advance", 1]\n',
        b'["task", "t", -1]\n',
        b'["task", "t", ' + b"9" * 400 + b"]\n",
        b'["task", "t", 1]\n["advance", 1e400]\n',
        b'["failed", {}]\n',
        b'["failed", {"type": "BBConvertError", "message": ["m"], "trace": ""}]\n',
        b"null\n",
    ],
    ids=range(14),
)
def test_what_is_no_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(DeadChildError, match="something that is not an answer"):
        run(misbehaviour.answer_with, answer)


def test_nothing_that_a_child_says_is_unpickled(tmp_path: Path) -> None:
    with pytest.raises(DeadChildError, match="not an answer"):
        run(misbehaviour.answer_with, pickle.dumps(Payload(tmp_path / "ran")) + b"\n")

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("chunk", [b'["say", "' + b"x" * 1000 + b'"]\n' * 64, b"x" * 2**16])
def test_a_child_that_talks_without_end_is_stopped(chunk: bytes) -> None:
    with pytest.raises(DeadChildError, match="not an answer"):
        run(misbehaviour.answer_without_end, chunk)


def test_what_is_told_is_bounded() -> None:
    progress = Recorded()
    line = json.dumps(["say", "x" * 1000]).encode() + b"\n"

    with pytest.raises(DeadChildError, match="not an answer"):
        run_function(
            "tests.support.misbehaviour:answer_without_end", line, doing="Reading", limits=CONVERSION, progress=progress
        )

    assert len(progress.said) <= MAX_MESSAGES_BYTES // len(line)


def test_what_a_library_prints_neither_blocks_it_nor_is_its_answer() -> None:
    assert run(misbehaviour.print_a_lot) == {"read": ""}


@pytest.mark.parametrize(
    ("name", "expected", "message"),
    [
        ("own", BBConvertError, "the file is bad\N{REPLACEMENT CHARACTER}[31m"),
        ("usage", UsageError, "wrong option"),
        ("disk", OSError, "[Errno 28] No space left on device: '/x/y'"),
        ("unforeseen", UnforeseenError, "ZeroDivisionError: division by zero"),
        ("exit", UnforeseenError, "SystemExit: 0"),
    ],
)
def test_an_error_crosses_as_what_it_is_with_its_traceback(name: str, expected: type[Exception], message: str) -> None:
    with pytest.raises(expected) as caught:
        run(misbehaviour.raise_error, name)

    assert type(caught.value) is expected
    assert str(caught.value) == message
    assert "in raise_error" in "".join(traceback.format_exception(caught.value))


def test_credentials_stay_with_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = (
        "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
        "MY_SECRET",
        "WANDB_API_KEY",
        "AWS_PROFILE",
        "SSH_AUTH_SOCK",
        "pg_password",
    )
    for name in (*secrets, "HF_HOME", "KEYBOARD", "TOKENIZERS_PARALLELISM"):
        monkeypatch.setenv(name, "x")

    seen = run(misbehaviour.environment)

    names = seen["names"]
    assert not {*secrets} & {*names}
    assert {"PATH", "HF_HOME", "KEYBOARD", "TOKENIZERS_PARALLELISM"} <= {*names}
    assert seen["threads"] == "1"


def test_a_child_has_a_session_of_its_own_and_imports_nothing_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").touch()
    monkeypatch.chdir(tmp_path)

    seen = run(misbehaviour.surroundings)

    assert seen["found"] is False
    assert seen["session"] != os.getsid(0)


def test_a_child_has_no_network_where_the_system_allows_that() -> None:
    options = ["--net"] if os.getuid() == 0 else ["--user", "--net"]
    allowed = subprocess.run(["unshare", *options, "true"], capture_output=True, check=False).returncode == 0
    with socket.create_server(("127.0.0.1", 0)) as server:
        answer = run(misbehaviour.connect, server.getsockname()[1])

    assert answer == {"connected": not allowed}


def test_the_temporary_folders_of_a_child_that_died_are_removed() -> None:
    progress = Recorded()
    with pytest.raises(DeadChildError, match="exit code 3"):
        run_function("tests.support.misbehaviour:leave_a_folder", doing="Reading", limits=CONVERSION, progress=progress)

    folder = Path(progress.said[0])
    assert not folder.exists()
    assert not folder.parent.exists()


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    with pytest.raises(DeadChildError, match="SIGSEGV"):
        run(misbehaviour.start_another_and_crash, tmp_path / "pid")

    other = int((tmp_path / "pid").read_text())
    until(lambda: gone(other))


# Whole commands.


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
    assert len(contents[0]) == 7
    assert contents[0].keys() == contents[1].keys()
    for path, content in contents[0].items():
        assert content == contents[1][path], path


def test_inspect_shows_the_same_with_and_without_the_sandbox(bbconvert: CommandLine) -> None:
    with_it, without = bbconvert("inspect", BOT, "--json"), bbconvert("inspect", BOT, "--json", "--no-sandbox")

    assert (with_it.returncode, with_it.stderr) == (0, "")
    assert with_it.stdout == without.stdout
