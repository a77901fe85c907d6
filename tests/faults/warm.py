"""A warm process: everything is imported, and each command runs in a fork of it, killed at the file event asked for.

A command costs what it does, without the seconds that importing torch takes. `Warm` starts one and talks to it; the
other half, `python -m tests.faults.warm`, reads a request from a line of stdin and answers with one on stdout.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.support.repository import ROOT

_SECONDS = 200
"""A command that takes longer hangs: it is stopped by SIGALRM, which no test takes for an end."""
_FILE_EVENTS = {
    *("open", "os.link", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir", "os.symlink"),
    *("os.truncate", "shutil.rmtree", "shutil.copyfile", "tempfile.mkdtemp"),
}
"""Python's audit events that are told just before something is done to a file or a folder."""
_TWO_PATHS = ("os.link", "os.rename", "os.symlink", "shutil.copyfile")
_IMPORTED = (
    *(
        "bbconvert.convert.cli.main",
        "bbconvert.convert.local_file",
        "bbconvert.convert.pull_bundle",
        "bbconvert.convert.pipeline",
    ),
    *(
        "bbconvert.convert.hub.repository",
        "bbconvert.convert.hub.bundle",
        "bbconvert.convert.hub.session",
        "bbconvert.convert.site.export",
        "bbconvert.convert.verify.original",
    ),
    *(
        "bbconvert.convert.verify.network",
        "bbconvert.convert.verify.observation",
        "bbconvert.convert.verify.closed_loop",
        "bbconvert.convert.verify.rollout",
    ),
)


@dataclass(frozen=True)
class Command:
    """What to run.

    Args:
        arguments: of `bbconvert`.
        cwd: where.
        environment: variables beside those of the warm process.
        settings: values by `module:name`, put there before.
        kill_at: the number of the file event just before which the process is killed with SIGKILL; 0: none.
        largest_file: bytes that a file may have (RLIMIT_FSIZE); 0: any.
    """

    arguments: list[str]
    cwd: str
    environment: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    kill_at: int = 0
    largest_file: int = 0


@dataclass(frozen=True)
class Ended:
    """How it ended: `code` is negative where a signal ended it; the file events and the seconds that it asked to sleep.

    Nobody sleeps really: `slept` is what the command would have waited.
    """

    code: int
    stdout: str
    stderr: str
    events: int
    slept: float

    @property
    def killed(self) -> bool:
        """By the kill that was asked for."""
        return self.code == -signal.SIGKILL

    def __str__(self) -> str:
        return f"exit {self.code} after {self.events} file events\n{self.stderr}"


class Warm:
    """The warm process; `environment` is its whole environment, with `HF_ENDPOINT` and `HF_HOME` for all commands."""

    def __init__(self, environment: dict[str, str], *, watched: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.warm", str(watched)],
            cwd=ROOT,
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def run(self, *arguments: str | Path, cwd: Path, **options: Any) -> Ended:
        """Runs `bbconvert` with these arguments."""
        command = Command([str(argument) for argument in arguments], str(cwd), **options)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asdict(command)), file=self._process.stdin, flush=True)
        return Ended(**json.loads(self._process.stdout.readline()))


def arm(watched: Path, kill_at: int) -> Callable[[], int]:
    """Kills this process just before its file event number `kill_at` below `watched`; returns what counts them."""
    below, count = f"{watched}{os.sep}", 0

    def concerns(event: str, arguments: tuple[Any, ...]) -> bool:
        paths = arguments[: 2 if event in _TWO_PATHS else 1]
        names = [os.fsdecode(name) for name in paths if isinstance(name, str | bytes | os.PathLike)]
        return any(str(Path(name).absolute()).startswith(below) for name in names)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event in _FILE_EVENTS and concerns(event, arguments):
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return lambda: count


def _import_all() -> None:
    """What the commands import, without starting a thread: those do not survive a fork."""
    from importlib import import_module
    from importlib.util import find_spec

    for name in _IMPORTED:
        if find_spec(name) is not None:
            import_module(name)


def _in_child(command: Command, watched: Path, report: int, output: tuple[Path, Path]) -> None:
    """Runs the command in this process, which ends with it."""
    import importlib
    import resource

    slept = 0.0

    def sleep(seconds: float, /) -> None:
        nonlocal slept
        slept += seconds

    signal.alarm(_SECONDS)
    os.chdir(command.cwd)
    os.environ.update(command.environment)
    for stream, path in zip((1, 2), output, strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    for name, value in {"time:sleep": sleep, "bbconvert.convert.hub.session:sleep": sleep, **command.settings}.items():
        module, _, attribute = name.partition(":")
        setattr(importlib.import_module(module), attribute, value)
    if command.largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (command.largest_file, command.largest_file))
    count = arm(watched, command.kill_at)
    code = _main(command.arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(report, json.dumps({"code": code, "events": count(), "slept": slept}).encode())
    os._exit(0)


def _main(arguments: list[str]) -> int:
    from bbconvert.convert.cli import options
    from bbconvert.convert.cli.main import main

    # The sandbox is a process of its own, which no kill of this one would reach at its file events.
    alone = ["--no-sandbox"] if hasattr(options, "NoSandboxOption") and arguments[0] in ("pull", "convert") else []
    sys.argv = ["bbconvert", *arguments, *alone]
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


def _fork(command: Command, watched: Path, output: tuple[Path, Path]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _in_child(command, watched, writing, output)
        finally:
            os._exit(70)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    stdout, stderr = (path.read_text(encoding="utf-8") if path.exists() else "" for path in output)
    facts = json.loads(told) if told else {"code": os.waitstatus_to_exitcode(status), "events": 0, "slept": 0.0}
    return {**facts, "stdout": stdout, "stderr": stderr}


def main() -> None:
    """Answers until stdin ends."""
    import tempfile

    watched = Path(sys.argv[1]).resolve()
    _import_all()
    with tempfile.TemporaryDirectory() as folder:
        output = (Path(folder) / "stdout", Path(folder) / "stderr")
        for line in sys.stdin:
            print(json.dumps(_fork(Command(**json.loads(line)), watched, output)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
