"""`bbconvert` as a process of its own."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.warm_process import SECONDS, run_warm


@dataclass(frozen=True)
class CommandLine:
    """Runs `bbconvert` in `cwd`, with nothing of the user's Hugging Face settings.

    It is a process of its own, or where that makes no difference a fork of a warm one (`warm_process.py`).
    """

    cwd: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        whole = {**self.environment, **environment}
        warm = run_warm([*map(str, arguments)], self.cwd, whole)
        if warm is not None:
            return warm
        return subprocess.run(
            self.command(*arguments),
            cwd=self.cwd,
            env=whole,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """The process, still running."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.cwd,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def command(*arguments: str | Path) -> list[str]:
        """The command line of the process."""
        return [sys.executable, "-m", "bbconvert", *map(str, arguments)]


def assert_nothing_written(command: CommandLine) -> None:
    """Neither a bundle nor a temporary folder is in the working directory."""
    assert sorted(path.name for path in command.cwd.rglob("*") if path.suffix != ".cleanrl_model") == []
