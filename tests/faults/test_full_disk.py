"""A disk that is full or read-only: one paragraph that names the folder and what moves it, and nothing half-written."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbconvert.convert.cli.edge import explain
from tests.faults.repository import ENV, FILE, REPO, write_policy, write_repository
from tests.faults.small_disk import small_disk
from tests.faults.warm import Ended, Warm
from tests.support.local_hub import running_hub

PULL = ("pull", REPO, "--normalization", "none", "--out")
LIMIT = 60_000
"""Bytes of a file, where no tmpfs can be mounted: fewer than the checkpoint's, and more than those of what is small."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("disk")
    (folder / "work").mkdir()
    write_policy(folder / "work" / FILE, seed=0)
    return folder


@pytest.fixture(scope="module")
def warm(folder: Path) -> Iterator[Warm]:
    write_repository(folder / "hub", seed=0, hidden=(128, 128))
    with running_hub(folder / "hub") as hub:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        environment = {**kept, "HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "hf"), "NO_COLOR": "1"}
        with Warm(environment, watched=folder) as warm:
            yield warm


@pytest.fixture(autouse=True)
def _emptied(folder: Path) -> None:
    for name in ("disk", "hf"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()


def assert_one_paragraph(ended: Ended, *words: str) -> None:
    assert (ended.code, ended.stdout) == (1, ""), ended
    paragraph = ended.stderr[ended.stderr.index("Error: ") :]
    for word in words:
        assert word in paragraph
    assert "Unexpected" not in paragraph


@pytest.mark.parametrize("kilobytes", [8, 16, 24, 32, 40])
def test_a_full_disk_under_the_bundle_is_named_with_the_option_that_moves_it(
    kilobytes: int, folder: Path, warm: Warm
) -> None:
    disk = folder / "disk"
    convert = ("convert", FILE, "--env", ENV, "--normalization", "none", "--out", disk / "out")
    with small_disk(disk, kilobytes=kilobytes) as mounted:
        ended = warm.run(*convert, cwd=folder / "work", largest_file=0 if mounted else kilobytes * 100)
        left = list(disk.iterdir())

    assert_one_paragraph(ended, f"Cannot write the bundle into {disk}: ", "--out")
    assert "No space left" in ended.stderr or not mounted
    assert left == []


def test_a_full_disk_under_the_cache_is_named_with_the_variable_that_moves_it(folder: Path, warm: Warm) -> None:
    with small_disk(folder / "hf", kilobytes=48) as mounted:
        ended = warm.run(*PULL, folder / "disk" / "out", cwd=folder / "work", largest_file=0 if mounted else LIMIT)
        partial = list((folder / "hf").rglob("*.incomplete"))

    assert_one_paragraph(ended, f"Cannot write the download of {FILE} into {folder / 'hf' / 'hub'}: ", "HF_HOME")
    assert (partial, list((folder / "disk").iterdir())) == ([], [])


def test_a_read_only_cache_is_named_with_the_variable_that_moves_it(folder: Path, warm: Warm) -> None:
    with small_disk(folder / "hf", kilobytes=0, read_only=True) as mounted:
        if not mounted:  # a file where a folder should be cannot be written into either
            (folder / "hf").rmdir()
            (folder / "hf").write_text("")
        ended = warm.run(*PULL, folder / "disk" / "out", cwd=folder / "work")
    if not mounted:
        (folder / "hf").unlink()

    assert_one_paragraph(ended, str(folder / "hf"), "HF_HOME")
    assert list((folder / "disk").iterdir()) == []


def test_a_read_only_folder_for_the_bundle_is_named_before_any_work(folder: Path, warm: Warm) -> None:
    disk = folder / "disk"
    with small_disk(disk, kilobytes=0, read_only=True) as mounted:
        if not mounted:
            disk.rmdir()
            disk.write_text("")
        ended = warm.run(*PULL, disk / "out", cwd=folder / "work")
    if not mounted:
        disk.unlink()

    assert_one_paragraph(ended, f"Cannot write to {disk / 'out'}", str(disk), "--out")
    assert "Downloading" not in ended.stderr


def test_an_error_of_a_write_names_the_folders_that_are_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bbconvert.convert.files.disk_errors.is_full", lambda folder: folder == tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert explain(OSError(28, "No space left on device")) == (
        f"{tmp_path}: No space left on device. The disk is full: free some space, or set TMPDIR to another folder.",
        1,
    )


def test_an_error_of_a_file_in_the_cache_says_what_moves_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))

    message, _ = explain(OSError(30, "Read-only file system", str(tmp_path / "blobs")))

    assert message == (
        f"{tmp_path / 'blobs'}: Read-only file system. The file system is read-only: set HF_HOME to another folder."
    )
