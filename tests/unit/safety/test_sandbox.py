"""Untrusted files in a child process: however it ends, one paragraph says so, and nothing is left behind."""

import json
import os
import pickle
import socket
import subprocess
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
from tests.support.payload import Payload
from tests.support.processes import gone, until
from tests.support.repository import ROOT

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
