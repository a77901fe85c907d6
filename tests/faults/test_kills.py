"""A kill at any moment leaves the old bundle, the new one, or none where there was none; the next command sweeps."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from bbconvert.convert.bundle.bundle import open_bundle
from tests.faults.repository import ENV, FILE, write_policy
from tests.support.command_line import CommandLine
from tests.support.repository import ROOT

COMMAND_LINE = """
import atexit, sys
from tests.faults.warm import arm
count = arm(sys.argv.pop(1), int(sys.argv.pop(1)))
atexit.register(lambda: print(count(), file=sys.stderr))
from bbconvert.convert.cli.main import main
main()
"""
"""The command, which is killed before a file event in the folder of the first argument, or tells how many there are."""


def _run(module: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def test_commands_killed_at_random_file_events_leave_a_whole_bundle_or_none(tmp_path: Path) -> None:
    done = _run("tests.faults", "--kills", "24", "--json", tmp_path / "figures.json")

    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert sum(figures["kills"].values()) == 24
    assert figures["violations"] == []
    assert figures["leftovers"] > 0, "no kill left anything that the next command had to sweep"
    assert {"absent", "old", "new"} <= figures["found"].keys()


def test_a_kill_at_every_file_event_of_a_replacement_leaves_the_old_folder_or_the_new_one(tmp_path: Path) -> None:
    done = _run("tests.faults.every_kill", tmp_path)

    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["wrong"] == []
    assert figures["kills"] > 400


def test_commands_killed_as_processes_of_their_own_leave_nothing_that_the_next_one_does_not_sweep(
    bbconvert: CommandLine,
) -> None:
    write_policy(bbconvert.cwd / FILE, seed=0)
    convert = ("convert", FILE, "--env", ENV, "--normalization", "none", "--out", "out", "--force")

    def armed(kill_at: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-c", COMMAND_LINE, str(bbconvert.cwd), str(kill_at), *convert],
            cwd=bbconvert.cwd,
            env=bbconvert.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )

    whole = armed(0)
    assert whole.returncode == 0, whole.stderr
    events = int(whole.stderr.splitlines()[-1])
    rng = random.Random(0)
    for _ in range(3):
        killed = armed(rng.randint(events // 2, events - 10))
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert open_bundle(bbconvert.cwd / "out").manifest.env.id == ENV
    if not list(bbconvert.cwd.glob(".out.*")):  # the last one swept what the others had left, and came no further
        armed(events // 2)
    assert list(bbconvert.cwd.glob(".out.*"))

    done = bbconvert(*convert)

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in bbconvert.cwd.iterdir()) == ["out", FILE]
