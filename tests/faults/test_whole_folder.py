"""convert/files/whole_folder.py and convert/files/work_folder.py: who may sweep what."""

import os
import shutil
import time
from pathlib import Path

import pytest

from bbconvert.convert.cli.listing import list_bundles
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.files import whole_folder as module
from bbconvert.convert.files.whole_folder import check_free, whole_folder
from bbconvert.convert.files.work_folder import recover, recover_all
from bbconvert.convert.shipped import DEFAULT_BUNDLE

MARKER = "bundle.json"


def write(out: Path, text: str, *, force: bool = True) -> None:
    with whole_folder(out, force=force, kind="bundle", marker=MARKER) as folder:
        (folder / MARKER).write_text(text)


def dead(out: Path, *inside: str, days: int = 0) -> Path:
    """What a killed run leaves beside `out`: its lock is nobody's."""
    work = out.parent / f".{out.name}.abcd_123"
    work.mkdir()
    for name in inside:
        if name == "lock":
            (work / name).touch()
        else:
            (work / name).mkdir()
            (work / name / MARKER).write_text(name)
    if days:
        then = time.time() - days * 24 * 3600
        os.utime(work, (then, then))
    return work


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_that_a_live_run_writes_is_not_swept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with whole_folder(out, force=True, kind="bundle", marker=MARKER) as folder:
        write(out, "the other's")
        recover(out)
        (folder / MARKER).write_text("its own")
    assert (out / MARKER).read_text() == "its own"
    assert names(tmp_path) == ["out"]


def test_what_appeared_meanwhile_is_not_replaced_without_force(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with (
        pytest.raises(BBConvertError, match="exists"),
        whole_folder(out, force=False, kind="bundle", marker=MARKER),
    ):
        write(out, "the other's")
    assert (out / MARKER).read_text() == "the other's"
    assert names(tmp_path) == ["out"]


def test_the_folder_of_a_dead_run_is_swept_by_the_next_one(tmp_path: Path) -> None:
    dead(tmp_path / "out", "new", "lock")
    write(tmp_path / "out", "whole", force=False)
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("check", [recover, lambda out: check_free(out, force=True, kind="bundle", marker=MARKER)])
def test_a_bundle_that_a_kill_left_between_two_renames_is_put_back(tmp_path: Path, check: object) -> None:
    assert callable(check)
    dead(tmp_path / "out", "new", "old", "lock")
    check(tmp_path / "out")
    assert (tmp_path / "out" / MARKER).read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_all_bundles_of_a_folder_are_put_back_at_once(tmp_path: Path) -> None:
    dead(tmp_path / "one", "old", "lock")
    dead(tmp_path / "two.v1", "old", "lock")
    recover_all(tmp_path)
    assert names(tmp_path) == ["one", "two.v1"]
    recover_all(tmp_path / "nowhere")


def test_list_shows_a_bundle_that_a_kill_left_between_two_renames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bundles").mkdir()
    work = dead(tmp_path / "bundles" / "one", "lock")
    shutil.copytree(DEFAULT_BUNDLE, work / "old")
    list_bundles(json=True)
    assert '"bundle": "bundles/one"' in capsys.readouterr().out
    assert names(tmp_path / "bundles") == ["one"]


def test_what_others_keep_beside_it_is_not_swept(tmp_path: Path) -> None:
    (tmp_path / ".out.abcd_123").mkdir()
    (tmp_path / ".out.abcd_123" / "diary.txt").write_text("years of work")
    (tmp_path / ".out.backup").mkdir()
    dead(tmp_path / "out.old", "new", "lock")
    write(tmp_path / "out", "whole")
    assert names(tmp_path) == [".out.abcd_123", ".out.backup", ".out.old.abcd_123", "out"]


def test_a_folder_without_a_lock_is_swept_when_it_is_a_day_old(tmp_path: Path) -> None:
    dead(tmp_path / "young", "new")
    dead(tmp_path / "aged", "new", days=2)
    recover_all(tmp_path)
    assert names(tmp_path) == [".young.abcd_123"]


def test_a_replacement_that_fails_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write(out, "old")
    rename = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise PermissionError(13, "Permission denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(module, "_RENAME_EXCHANGE", -1)
    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(BBConvertError, match="Cannot write the bundle into"):
        write(out, "new")
    assert (out / MARKER).read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_files_are_on_the_disk_before_they_are_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    fsync, put_in_place = os.fsync, module._exchange

    def recorded(descriptor: int) -> None:
        done.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        fsync(descriptor)

    def exchange(one: Path, other: Path) -> bool:
        done.append("renamed")
        return put_in_place(one, other)

    write(tmp_path / "out", "old")
    monkeypatch.setattr(os, "fsync", recorded)
    monkeypatch.setattr(module, "_exchange", exchange)
    write(tmp_path / "out", "new")
    assert done == [MARKER, "new", "renamed", tmp_path.name]


def test_folders_made_for_what_failed_are_removed(tmp_path: Path) -> None:
    with (
        pytest.raises(BBConvertError, match="no"),
        whole_folder(tmp_path / "a" / "b" / "out", force=False, kind="bundle", marker=MARKER),
    ):
        raise BBConvertError("no")
    assert names(tmp_path) == []
