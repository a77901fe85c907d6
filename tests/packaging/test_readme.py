"""Every `bbconvert` command of the README runs, in its order, against a local Hub."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.local_hub import GOOD_TOKEN, running_hub
from tests.support.repository import ROOT

COMMANDS = [
    shlex.split(line)[1:]
    for block in re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    for line in block.splitlines()
    if line.startswith("bbconvert ")
]

SHORTER = {
    "record": ["--seconds", "0.2", "--size", "160x90"],
    "train": ["--steps", "4096"],
    "evaluate": ["--episodes", "3"],
}
"""A second of a film tells as much as five, some steps of a training as much as all, and three episodes as thirty."""


def play(command: CommandLine, arguments: list[str]) -> None:
    """Starts `play`, fetches the page, and stops it as Ctrl-C does."""
    process = command.start(*arguments, "--no-open", "--port", "0")
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert urllib.request.urlopen(address).status == 200
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0


@pytest.mark.timeout(600)
def test_every_command_of_the_readme_runs(shared_hub: Path, shared_robots: Path, tmp_path: Path) -> None:
    assert {arguments[0] for arguments in COMMANDS} >= {
        "play",
        "pull",
        "verify",
        "evaluate",
        "export",
        "record",
        "push",
    }
    for folder in ("policies", "convert", "examples"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "go1").symlink_to(shared_robots / "playground_go1")
    with running_hub(shutil.copytree(shared_hub, tmp_path / "hub")) as hub:  # a copy: one command pushes to it
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_TOKEN": GOOD_TOKEN,
            "HF_HUB_DISABLE_XET": "1",
        }
        command = CommandLine(tmp_path, environment)
        for arguments in COMMANDS:
            if arguments[0] == "play":
                play(command, arguments)
            else:
                done: subprocess.CompletedProcess[str] = command(*arguments, *SHORTER.get(arguments[0], []))
                assert done.returncode == 0, (arguments, done.stderr)
    assert (tmp_path / "site" / "index.html").is_file()
