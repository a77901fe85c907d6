"""Whatever the Hub does: a bundle, or one paragraph and nothing half-written; nobody waits for more than a minute."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.door import Door, door_before
from tests.faults.hub_faults import BUNDLE, DOWNLOAD_FAULTS, LOOK_UP_FAULTS, HubFault, damaged_cache
from tests.faults.repository import FILE, REPO, write_repository
from tests.faults.warm import Ended, Warm
from tests.support.local_hub import LocalHub, running_hub
from tests.support.local_hub_faults import Faults

PULL = ("pull", REPO, "--normalization", "none", "--out", "out")
MOST_SLEPT = 75
"""Seconds: a minute where the Hub asks to wait, and what huggingface_hub waits between attempts to download."""


@dataclass(frozen=True)
class Place:
    """A Hub behind a door, and a warm process that pulls from it into `work`, with its cache in `cache`."""

    hub: LocalHub
    door: Door
    warm: Warm
    work: Path
    cache: Path

    def pull(self, *options: str, **more: object) -> Ended:
        return self.warm.run(*PULL, *options, cwd=self.work, **more)

    def assert_nothing_written(self) -> None:
        assert sorted(path.name for path in self.work.iterdir()) == []
        assert list(self.cache.rglob("*.incomplete")) == []


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("faults")
    write_repository(folder / "hub", seed=0)
    with running_hub(folder / "hub") as hub, door_before(hub.url) as door:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        times = {"HF_HUB_ETAG_TIMEOUT": "60", "HF_HUB_DOWNLOAD_TIMEOUT": "60"}  # of a busy machine
        environment = {**kept, **times, "HF_ENDPOINT": door.url, "HF_HOME": str(folder / "hf"), "NO_COLOR": "1"}
        with Warm(environment, watched=folder) as warm:
            yield Place(hub, door, warm, folder / "work", folder / "hf")


@pytest.fixture
def place(running: Place) -> Place:
    """With an empty cache and an empty working directory, and nothing wrong yet."""
    running.hub.faults = Faults()
    running.hub.requests.clear()
    running.door.mode = "open"
    write_repository(running.hub.folder, seed=0)
    for folder in (running.work, running.cache):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    return running


@pytest.mark.parametrize("fault", LOOK_UP_FAULTS, ids=lambda fault: fault.name)
def test_a_look_up_that_goes_wrong_ends_in_a_bundle_or_one_paragraph(fault: HubFault, place: Place) -> None:
    _ends_as_it_should(fault, place)


@pytest.mark.parametrize("fault", DOWNLOAD_FAULTS, ids=lambda fault: fault.name)
def test_a_download_that_goes_wrong_ends_in_a_bundle_or_one_paragraph(fault: HubFault, place: Place) -> None:
    _ends_as_it_should(fault, place)


def _ends_as_it_should(fault: HubFault, place: Place) -> None:
    fault.arrange(place.hub, place.door)

    ended = place.pull(settings=fault.settings or {})

    assert ended.slept <= MOST_SLEPT
    if fault.ends == BUNDLE:
        assert ended.code == 0, ended
        assert (place.work / "out" / "bundle.json").is_file()
        return
    assert (ended.code, ended.stdout) == (1, ""), ended
    paragraph = ended.stderr[ended.stderr.index("Error: ") :]
    assert fault.ends in paragraph
    assert "Unexpected" not in paragraph
    assert "Traceback" not in ended.stderr
    assert not any(path.name == "evil" for path in place.cache.parent.rglob("evil*"))
    place.assert_nothing_written()


def test_a_look_up_that_is_asked_to_wait_waits_as_long_and_says_so(place: Place) -> None:
    next(fault for fault in LOOK_UP_FAULTS if fault.name == "429 once, with Retry-After").arrange(place.hub, place.door)

    ended = place.pull()

    assert (ended.code, ended.slept) == (0, 7)
    assert "asks to come back in 7 s (429): waiting 7 s …" in ended.stderr


def test_one_command_waits_for_a_minute_in_all(place: Place) -> None:
    next(fault for fault in LOOK_UP_FAULTS if fault.name == "429 for ever, with Retry-After").arrange(
        place.hub, place.door
    )

    ended = place.pull()

    assert (ended.code, ended.slept) == (1, 44)  # 4 times


def test_a_bit_flipped_in_the_cache_is_found_and_the_file_downloaded_again(place: Place) -> None:
    assert place.pull().code == 0
    damaged_cache(place.cache)
    shutil.rmtree(place.work / "out")
    place.hub.requests.clear()

    ended = place.pull()

    assert ended.code == 0, ended
    assert f"{FILE} does not have the size and the hash that the Hub names: downloading it again" in ended.stderr
    assert len([line for line in place.hub.requests if line.startswith("GET") and FILE in line]) == 1


def test_without_a_hub_a_bit_flipped_in_the_cache_is_refused(place: Place) -> None:
    assert place.pull().code == 0
    damaged_cache(place.cache)
    shutil.rmtree(place.work / "out")
    place.door.mode = "resets"

    ended = place.pull()

    assert ended.code == 1, ended
    assert "is damaged in the local cache" in ended.stderr
    assert "Unexpected" not in ended.stderr
    place.assert_nothing_written()


def test_force_downloads_again_what_the_cache_has(place: Place) -> None:
    assert place.pull().code == 0
    place.hub.requests.clear()

    assert place.pull("--force").code == 0
    assert len([line for line in place.hub.requests if line.startswith("GET") and FILE in line]) == 1


def test_a_content_that_stays_wrong_is_not_kept_in_the_cache(place: Place) -> None:
    next(fault for fault in DOWNLOAD_FAULTS if fault.name == "one bit flipped, always").arrange(place.hub, place.door)
    assert place.pull().code == 1
    assert [path for path in place.cache.rglob(FILE) if path.exists()] == []

    place.hub.faults.instead.clear()
    assert place.pull().code == 0


def test_a_hub_that_names_no_hashes_is_believed_and_that_is_said(place: Place) -> None:
    next(fault for fault in LOOK_UP_FAULTS if fault.name == "no hashes").arrange(place.hub, place.door)

    ended = place.pull()

    assert ended.code == 0, ended
    assert f"names no hash of README.md, {FILE}: what is downloaded is not compared with one" in ended.stderr
