"""Kills commands at random file events, and looks at what they leave: a whole bundle or none, and nothing for ever."""

import difflib
import hashlib
import itertools
import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.repository import ENV, FILE, REPO, write_policy, write_repository
from tests.faults.warm import Ended, Warm
from tests.support.local_hub import running_hub

IN_A_ROW = 4
"""Kills before a command may end: what one leaves is there when the next one is killed."""
_COMMON = ("--normalization", "none", "--out", "out")


@dataclass(frozen=True)
class Scenario:
    """A command that is killed.

    Args:
        name: what it is called in the figures.
        arguments: of `bbconvert`.
        replaces: a bundle is there before.
        cached: the local cache has the repository's files before.
        portable: two renames in place of the one exchange, as on macOS and Windows.
    """

    name: str
    arguments: tuple[str, ...]
    replaces: bool
    cached: bool = True
    portable: bool = False


SCENARIOS = (
    Scenario("convert", ("convert", FILE, "--env", ENV, *_COMMON), replaces=False),
    Scenario("convert --force", ("convert", FILE, "--env", ENV, *_COMMON, "--force"), replaces=True),
    Scenario(
        "convert --force, with two renames",
        ("convert", FILE, "--env", ENV, *_COMMON, "--force"),
        replaces=True,
        portable=True,
    ),
    Scenario("pull", ("pull", REPO, *_COMMON), replaces=False, cached=False),
    Scenario("pull --force", ("pull", REPO, *_COMMON, "--force"), replaces=True),
    Scenario("pull --force of a bundle", ("pull", "tester/bundle", "--out", "out", "--force"), replaces=True),
)


@dataclass
class Figures:
    """What came of it.

    Args:
        seed: of the random numbers.
        kills: by scenario.
        found: after the kills, `absent`, `old` and `new` bundles, and those that were put back by the next command.
        leftovers: kills that left a temporary folder.
        ended: commands that were let end, after up to `IN_A_ROW` kills.
        left: of those, the ones after which a temporary folder was there; none.
        violations: what must not be; empty.
    """

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    leftovers: int = 0
    ended: int = 0
    left: int = 0
    violations: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        """For docs/reliability.md."""
        rows = "\n".join(f"| `bbconvert {name}` | {count} |" for name, count in self.kills.items())
        found = ", ".join(f"{what} {count} times" for what, count in sorted(self.found.items()))
        return (
            f"{self.kills.total()} kills (SIGKILL just before a file event drawn with seed {self.seed}, up to "
            f"{IN_A_ROW} in a row):\n\n| command | kills |\n|---|---|\n{rows}\n\n"
            f"The bundle found after a kill: {found}. Kills that left a temporary folder: {self.leftovers}; commands "
            f"that ended afterwards and left one: {self.left} of {self.ended}. Violations: {len(self.violations)}.\n"
        )


def kill_many(kills: int, *, seed: int, folder: Path) -> Figures:
    """Kills so many commands in `folder`, whose state is made anew for every `IN_A_ROW` kills of a scenario."""
    figures, rng = Figures(seed), random.Random(seed)
    with _Bench.started(folder) as bench:
        for scenario in itertools.cycle(SCENARIOS):
            if figures.kills.total() >= kills:
                break
            bench.prepare(scenario)
            for _ in range(min(rng.randint(1, IN_A_ROW), kills - figures.kills.total())):
                event = rng.randint(1, bench.events[scenario.name])
                ended = bench.run(scenario, kill_at=event)
                if not ended.killed:  # after other kills there is less to do
                    _require(ended.code == 0, figures, scenario, event, str(ended))
                    continue
                figures.kills[scenario.name] += 1
                bench.look(scenario, event, figures)
            ended = bench.run(scenario)
            figures.ended += 1
            figures.left += bool(bench.leftovers())
            _require(ended.code == 0, figures, scenario, 0, str(ended))
            other = bench.bundle() != bench.new[scenario.name]
            _require(not other, figures, scenario, 0, f"it did not make the new bundle{bench.differences(scenario)}")
            _require(not bench.leftovers(), figures, scenario, 0, f"it left {bench.leftovers()}")
    return figures


def _require(holds: bool, figures: Figures, scenario: Scenario, event: int, otherwise: str) -> None:
    if not holds:
        when = f"killed at file event {event}" if event else "let end after kills"
        figures.violations.append(f"{scenario.name}, {when}: {otherwise}")


class _Bench:
    """A folder with a Hub, a cache and a working directory, and what each scenario makes there where it may end."""

    def __init__(self, folder: Path, warm: Warm) -> None:
        self.folder, self.warm = folder, warm
        self.work, self.cache = folder / "state" / "work", folder / "state" / "hf"
        self.old = ""
        self.new: dict[str, str] = {}
        self.events: dict[str, int] = {}

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> "Iterator[_Bench]":
        state = folder / "state"
        state.mkdir(parents=True)
        write_repository(folder / "hub", seed=0)
        with running_hub(folder / "hub") as hub:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
            environment |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(state / "hf"), "NO_COLOR": "1"}
            with Warm(environment, watched=state) as warm:
                bench = cls(folder, warm)
                bench._measure()
                yield bench

    def _measure(self) -> None:
        """Makes the old bundle and the one of the Hub, then lets every scenario end once."""
        self.work.mkdir(parents=True)
        write_policy(self.work / FILE, seed=1)
        self._end(SCENARIOS[0])
        shutil.move(self.work / "out", self.folder / "old")
        self.old = _digest(self.folder / "old")
        write_policy(self.work / FILE, seed=2)
        pull = next(scenario for scenario in SCENARIOS if scenario.name == "pull")
        self._end(pull)
        shutil.move(self.work / "out", self.folder / "hub" / "tester" / "bundle")
        shutil.copytree(self.cache, self.folder / "cache", symlinks=True)
        for scenario in SCENARIOS:
            self.prepare(scenario)
            self.events[scenario.name] = self._end(scenario).events
            self.new[scenario.name] = self.bundle()
            shutil.copytree(self.work / "out", self._expected(scenario))
            assert self.new[scenario.name] not in ("", self.old)

    def _end(self, scenario: Scenario) -> Ended:
        ended = self.run(scenario)
        assert ended.code == 0, ended
        return ended

    def prepare(self, scenario: Scenario) -> None:
        """The state before the scenario."""
        for path in self.work.iterdir():
            if path.name != FILE:
                shutil.rmtree(path)
        shutil.rmtree(self.cache, ignore_errors=True)
        if scenario.cached:
            shutil.copytree(self.folder / "cache", self.cache, symlinks=True)
        if scenario.replaces:
            shutil.copytree(self.folder / "old", self.work / "out")

    def run(self, scenario: Scenario, *, kill_at: int = 0) -> Ended:
        # Flags that no file system knows: the exchange is not to be had.
        settings = {"bbconvert.convert.files.whole_folder:_RENAME_EXCHANGE": -1} if scenario.portable else {}
        return self.warm.run(*scenario.arguments, cwd=self.work, kill_at=kill_at, settings=settings)

    def bundle(self) -> str:
        """The digest of the bundle at `out`; empty where there is none."""
        return _digest(self.work / "out") if (self.work / "out").exists() else ""

    def differences(self, scenario: Scenario) -> str:
        """The lines of its text files that are others than expected."""
        expected = self._expected(scenario)
        lines = []
        for path in sorted(path for path in expected.rglob("*") if path.suffix in (".json", ".md", ".xml")):
            made = self.work / "out" / path.relative_to(expected)
            before, after = (file.read_text().splitlines() if file.is_file() else [] for file in (path, made))
            lines += [f"\n  {path.name}: {line}" for line in difflib.unified_diff(before, after, n=0, lineterm="")]
        return "".join(lines[:30])

    def _expected(self, scenario: Scenario) -> Path:
        return self.folder / "expected" / scenario.name

    def leftovers(self) -> list[str]:
        """What is in the working directory beside the bundle and the checkpoint."""
        return sorted(path.name for path in self.work.iterdir() if path.name not in ("out", FILE))

    def look(self, scenario: Scenario, event: int, figures: Figures) -> None:
        """After a kill: the bundle is the old one, the new one, or absent where there was none."""
        figures.leftovers += bool(self.leftovers())
        names = {"": "absent", self.old: "old", self.new[scenario.name]: "new"}
        found = names.get(self.bundle(), "damaged")
        if found == "absent" and scenario.replaces:
            kept = [path for path in self.work.glob(".out.*/old") if _digest(path) in names]
            _require(scenario.portable and len(kept) == 1, figures, scenario, event, "the bundle is lost")
            found = "kept beside, and put back by the next command"
        _require(found != "damaged", figures, scenario, event, "the bundle is damaged")
        figures.found[found] += 1


def _digest(folder: Path) -> str:
    """Of all files in a folder, their names and contents."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
