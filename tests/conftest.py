"""What several test modules start from: the command as a process, a Hub to pull from, checkpoints to convert."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.local_hub import LocalHub, running_hub

if TYPE_CHECKING:
    from bbconvert.convert.bundle.bundle import Bundle

ROOT = Path(__file__).parents[1]
SHARED_HUB = ROOT.parent / "shared" / "hub"
BALANCE = ROOT / "policies" / "humanoid-balance" / "ppo_continuous_action.cleanrl_model"
BALANCE_ENV = "bbconvert/HumanoidBalance-v0"
BALANCE_REPO = "tester/balance-ppo"
BALANCE_CARD = """---
library_name: cleanrl
license: mit
tags: [reinforcement-learning, bbconvert/HumanoidBalance-v0]
model-index:
- name: PPO
  results:
  - dataset: {name: bbconvert/HumanoidBalance-v0, type: bbconvert/HumanoidBalance-v0}
    metrics: [{type: mean_reward, value: 1000.00 +/- 0.50}]
---
# A card
"""


@dataclass(frozen=True)
class CommandLine:
    """Runs `bbconvert` as a process of its own, in `cwd`, with nothing of the user's Hugging Face settings."""

    cwd: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.cwd,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
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


@pytest.fixture(scope="session")
def shared_hub() -> Path:
    """The folder of real checkpoints; where it is absent, the test is skipped."""
    if not SHARED_HUB.is_dir():
        pytest.skip(f"the real checkpoints are not on this machine ({SHARED_HUB})")
    return SHARED_HUB


@pytest.fixture
def hub_folder(tmp_path: Path) -> Path:
    """A Hub's folder with one small repository that converts, `BALANCE_REPO`."""
    repository = tmp_path / "hub" / BALANCE_REPO
    repository.mkdir(parents=True)
    shutil.copyfile(BALANCE, repository / BALANCE.name)
    (repository / "README.md").write_text(BALANCE_CARD)
    return tmp_path / "hub"


@pytest.fixture
def hub(hub_folder: Path) -> Iterator[LocalHub]:
    """The Hub over `hub_folder`, running."""
    with running_hub(hub_folder) as hub:
        yield hub


@pytest.fixture
def isolated(tmp_path: Path) -> Callable[[str], CommandLine]:
    """From an `HF_ENDPOINT` to the command, in an empty folder with an empty cache."""

    def build(endpoint: str) -> CommandLine:
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        return CommandLine(
            work,
            {**kept, "PYTHONPATH": path, "HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "hf"), "NO_COLOR": "1"},
        )

    return build


@pytest.fixture
def bbconvert(isolated: Callable[[str], CommandLine]) -> CommandLine:
    """The command, without a Hub: `HF_ENDPOINT` is a port where nobody listens."""
    return isolated("http://127.0.0.1:9")


@pytest.fixture
def bbconvert_at_hub(isolated: Callable[[str], CommandLine], hub: LocalHub) -> CommandLine:
    """The command, with `hub`."""
    return isolated(hub.url)


@pytest.fixture(scope="session")
def humanoid(shared_hub: Path, tmp_path_factory: pytest.TempPathFactory) -> "Bundle":
    """The real checkpoint, CleanRL's PPO on Humanoid-v4, pulled once from a local Hub."""
    from bbconvert.convert.bundle.bundle import open_bundle

    folder = tmp_path_factory.mktemp("humanoid")
    with running_hub(shared_hub) as hub:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "hf")}
        done = CommandLine(folder, environment)("pull", "cleanrl/Humanoid-v4", "--out", folder / "bundle")
    assert done.returncode == 0, done.stderr
    return open_bundle(folder / "bundle")


@pytest.fixture(scope="session")
def random_bundles(tmp_path_factory: pytest.TempPathFactory) -> "list[Bundle]":
    """A bundle for every environment, a folder each beside one another, played by seeded random networks."""
    from tests.parity.random_bundles import write_random_bundles

    return list(write_random_bundles(tmp_path_factory.mktemp("environments")))


def assert_nothing_written(command: CommandLine) -> None:
    """Neither a bundle nor a temporary folder is in the working directory."""
    assert sorted(path.name for path in command.cwd.rglob("*") if path.suffix != ".cleanrl_model") == []
