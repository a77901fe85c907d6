"""What several test modules start from: the command as a process, a Hub to pull from, checkpoints to convert."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings

from tests.support.command_line import CommandLine
from tests.support.local_hub import LocalHub, running_hub
from tests.support.repository import ROOT, SHARED_AGENTS, SHARED_HUB, SHARED_ROBOTS
from tests.support.small_agent import AGENT, AGENT_CARD, AGENT_ENV, AGENT_REPO

if TYPE_CHECKING:
    from bbconvert.convert.bundle.bundle import Bundle
    from bbconvert.convert.conversion import RobotFiles


# No test depends on how busy the machine is: an example may take as long as it takes.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_COMMAND = {"bbconvert", "bbconvert_at_hub", "isolated", "humanoid", "random_bundles", "go1", "g1"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that run the command as a process, or convert real policies: `just test-fast` leaves them out."""
    for item in items:
        if isinstance(item, pytest.Function) and _COMMAND & set(item.fixturenames):
            item.add_marker("command")


@pytest.fixture(scope="session")
def shared_hub() -> Path:
    """The folder of real checkpoints; where it is absent, the test is skipped."""
    if not SHARED_HUB.is_dir():
        pytest.skip(f"the real checkpoints are not on this machine ({SHARED_HUB})")
    return SHARED_HUB


@pytest.fixture(scope="session")
def shared_agents() -> Path:
    """The folder of more real agents; where it is absent, the test is skipped, which `.ci/run` notices."""
    if not SHARED_AGENTS.is_dir():
        pytest.skip(f"the real checkpoints are not on this machine ({SHARED_AGENTS})")
    return SHARED_AGENTS


@pytest.fixture(scope="session")
def shared_robots() -> Path:
    """The folder of real robot policies; where it is absent, the test is skipped, which `.ci/run` notices."""
    if not SHARED_ROBOTS.is_dir():
        pytest.skip(f"the real checkpoints are not on this machine ({SHARED_ROBOTS})")
    return SHARED_ROBOTS


@pytest.fixture
def hub_folder(tmp_path: Path) -> Path:
    """A Hub's folder with one small repository that converts, `AGENT_REPO`."""
    repository = tmp_path / "hub" / AGENT_REPO
    repository.mkdir(parents=True)
    shutil.copyfile(AGENT, repository / AGENT.name)
    (repository / "README.md").write_text(AGENT_CARD)
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
def go1(shared_robots: Path, tmp_path_factory: pytest.TempPathFactory) -> "Bundle":
    """MuJoCo Playground's joystick policy of a robot, converted once."""
    from bbconvert.convert.conversion import RobotFiles

    robot = shared_robots / "playground_go1"
    scene, loop = robot / "scene_mjx_feetonly_flat_terrain.xml", ROOT / "examples" / "robots" / "go1.yaml"
    return _converted(robot / "go1_policy.onnx", RobotFiles(scene, loop, 1500), tmp_path_factory)


@pytest.fixture(scope="session")
def g1(shared_robots: Path, tmp_path_factory: pytest.TempPathFactory) -> "Bundle":
    """Unitree's walking policy of a humanoid, which has an LSTM, converted once."""
    from bbconvert.convert.robots.repository import find_robot

    return _converted(*find_robot(shared_robots / "unitree_rl_gym", "g1", 1500), tmp_path_factory)


def _converted(policy: Path, files: "RobotFiles", factory: pytest.TempPathFactory) -> "Bundle":
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.local_file import convert_file
    from bbconvert.convert.progress import CallbackProgress

    name = files.loop.stem
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # all of them have one folder above their own
        shared = shared.parent
    with FileLock(shared / f"{name}.lock"):
        folder = shared / f"robot-{name}"
        if not folder.is_dir():
            convert_file(
                policy, name, robot=files, name=name, out=folder, sandbox=False, progress=CallbackProgress(None)
            )
    return open_bundle(folder)


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a bundle of `AGENT`, converted once; a test that changes it copies it."""
    import bbconvert

    folder = tmp_path_factory.mktemp("small") / "bundle"
    return bbconvert.convert(AGENT, AGENT_ENV, out=folder, sandbox=False).folder


@pytest.fixture(scope="session")
def random_bundles(tmp_path_factory: pytest.TempPathFactory) -> "list[Bundle]":
    """A bundle for every environment, a folder each beside one another, played by seeded random networks."""
    from tests.support.random_bundles import write_random_bundles

    return list(write_random_bundles(tmp_path_factory.mktemp("environments")))
