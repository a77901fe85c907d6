"""Kills a process at each of its file events while it replaces a folder, and at each second event after it.

`python -m tests.faults.every_kill FOLDER` prints how many kills it took, and what they lost; in a process of its own,
which has no threads that a fork would lose.
"""

import json
import os
import random
import shutil
import sys
from pathlib import Path

from bbconvert.convert.files import whole_folder as module
from bbconvert.convert.files.whole_folder import whole_folder
from bbconvert.convert.files.work_folder import recover
from tests.faults.warm import arm

SECOND_KILLS = 6
"""At how many file events of the next run, drawn at random, it is killed again."""
FILES = ("bundle.json", "policy.onnx", "tfjs/weights.bin")


def write(out: Path, content: str) -> None:
    """Replaces the folder `out` by one whose files all hold `content`."""
    with whole_folder(out, force=True, kind="bundle", marker=FILES[0]) as folder:
        for name in FILES:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(content)


def contents(out: Path) -> str:
    """What the files of a folder hold; empty where there is none, `damaged` where they do not hold the same."""
    if not out.exists():
        return ""
    found = {path.read_text() if path.is_file() else "missing" for path in (out / name for name in FILES)}
    return found.pop() if len(found) == 1 else "damaged"


def killed_at(event: int, out: Path, content: str) -> bool:
    """Whether a process that writes `out` reaches that file event, where it is killed."""
    child = os.fork()
    if child == 0:
        try:
            arm(out.parent, event)
            write(out, content)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) < 0


def kill_everywhere(folder: Path, *, replaces: bool, exchanges: bool, seed: int = 0) -> tuple[int, list[str]]:
    """The number of kills, and what was wrong after one; where folders are exchanged, `out` is never absent."""
    rng, out, kills, wrong = random.Random(seed), folder / "out", 0, []
    before = "old" if replaces else ""

    def look(expected: tuple[str, ...], when: str) -> None:
        if (found := contents(out)) not in expected:
            wrong.append(f"{when}: {found or 'absent'} in place of {' or '.join(expected)}")

    for event in range(1, 1000):
        for again in [0, *rng.sample(range(1, 60), SECOND_KILLS)]:
            shutil.rmtree(folder)
            folder.mkdir()
            if replaces:
                write(out, "old")
            if not killed_at(event, out, "new"):
                return kills, wrong
            when = f"killed at {event}"
            kills += 1
            if again and killed_at(again, out, "newer"):
                when += f", then at {again}"
                kills += 1
            if contents(out) in ("damaged", *([""] if replaces and exchanges else [])):
                wrong.append(f"{when}: {contents(out) or 'absent'}")
            recover(out)
            look((before, "new", "newer") if again else (before, "new"), f"{when}, recovered")
            write(out, "last")
            look(("last",), f"{when}, written once more")
            if left := sorted(path.name for path in folder.iterdir() if path != out):
                wrong.append(f"{when}: {left} left")
    raise AssertionError("it has no end")


def can_exchange(folder: Path) -> bool:
    """The system and the file system exchange two folders in one step."""
    for name in ("one", "other"):
        (folder / name).mkdir()
    return module._exchange(folder / "one", folder / "other")


def main() -> None:
    """With the exchange and with two renames, over an old folder and over none."""
    folder = Path(sys.argv[1]).resolve() / "here"
    folder.mkdir()
    os.fsync = lambda fd: None  # noqa: ARG005  # a kill loses nothing that the system was given, and this is what takes long
    kills, wrong = 0, []
    for exchanges in (True, False):
        if not exchanges:
            module._RENAME_EXCHANGE = -1  # flags that no system knows
        elif not can_exchange(folder):
            continue
        for replaces in (True, False):
            more, found = kill_everywhere(folder, replaces=replaces, exchanges=exchanges)
            kills += more
            wrong += [f"{'exchange' if exchanges else 'two renames'}, {one}" for one in found]
    print(json.dumps({"kills": kills, "wrong": wrong}))  # noqa: T201


if __name__ == "__main__":
    main()
