"""`bbconvert record`: films from the control clock."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.film.film import record
from bbconvert.convert.film.frames import Take
from bbconvert.convert.progress import CallbackProgress
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE, DEFAULT_BUNDLE
from tests.support.command_line import CommandLine

QUIET = CallbackProgress(None)


def pictures(film: Path) -> list[Image.Image]:
    with av.open(str(film)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]


@pytest.mark.browser
def test_a_film_has_every_frame_of_the_control_clock_and_the_policy_moves_in_it(
    bbconvert: CommandLine, tmp_path: Path
) -> None:
    out = tmp_path / "film.mp4"
    link = "http://127.0.0.1:8765/?bundle=balance-bot&seed=3&level=1&pushes=60,4&camera=-52,13,3&show=contacts"
    asked = ("--seconds", "0.5", "--fps", "20", "--size", "160x120")
    done = bbconvert("record", BALANCE_BOT_BUNDLE, "--out", out, "--link", link, *asked)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(out)
    film = pictures(out)
    assert len(film) == 10
    assert {picture.size for picture in film} == {(160, 120)}
    first, last = (np.asarray(picture, float) for picture in (film[0], film[-1]))
    assert np.abs(first - last).max() > 30
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["film.mp4"]


@pytest.mark.browser
@pytest.mark.parametrize(("layout", "size", "count"), [("grid", (128, 64), 2), ("sequence", (128, 128), 4)])
def test_several_bundles_make_one_film(tmp_path: Path, layout: str, size: tuple[int, int], count: int) -> None:
    out = tmp_path / "film.webp"
    takes = [Take(open_bundle(folder)) for folder in (DEFAULT_BUNDLE, BALANCE_BOT_BUNDLE)]
    told: list[str] = []
    progress = CallbackProgress(lambda stage: told.append(stage.text))
    record(takes, out, seconds=0.2, fps=10, size=(128, 128), layout=layout, progress=progress)  # type: ignore[arg-type]
    with Image.open(out) as film:
        assert film.size == (128, 128)
        assert getattr(film, "n_frames", 1) == count
        left, right = (np.asarray(film.convert("RGB").crop((x, 0, x + 64, 128)), float) for x in (0, 64))
    assert np.abs(left - right).max() > 30
    assert {"Filming humanoid-balance", "Filming balance-bot"} <= set(told)
    assert size[0] == 128


@pytest.mark.browser
def test_a_rollout_that_belongs_elsewhere_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    take = Take(open_bundle(DEFAULT_BUNDLE), rollout=BALANCE_BOT_BUNDLE / "golden.safetensors")
    with pytest.raises(BBConvertError, match=r"cannot be filmed: .*no rollout of this page"):
        record([take], tmp_path / "film.gif", seconds=0.1, size=(64, 64), progress=QUIET)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"out": "film.avi"}, r"film.avi is not the name of a film: it ends in .mp4, .webm, .gif or .webp"),
        ({"seconds": 0}, "--seconds is 0: it is 0.02 to 3600"),
        ({"fps": 1000}, "--fps is 1000: it is 1 to 120"),
        ({"size": (10, 64)}, "the width of --size is 10"),
        ({"takes": []}, "Name a bundle's folder"),
    ],
)
def test_what_makes_no_film_is_said_before_anything_starts(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    asked = {"takes": [Take(open_bundle(BALANCE_BOT_BUNDLE))], "out": "film.gif", "seconds": 1.0, "fps": 30.0}
    asked |= {"size": (64, 64), **changes}
    takes, out = asked.pop("takes"), tmp_path / str(asked.pop("out"))
    with pytest.raises(UsageError, match=words):
        record(takes, out, progress=QUIET, **asked)  # type: ignore[arg-type]


def test_a_film_that_is_there_is_kept_and_a_size_that_is_none_refused(bbconvert: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "film.gif"
    out.write_text("mine")
    kept = bbconvert("record", BALANCE_BOT_BUNDLE, "--out", out)
    assert kept.returncode == 1
    assert "is there already" in kept.stderr
    assert out.read_text() == "mine"
    refused = bbconvert("record", BALANCE_BOT_BUNDLE, "--size", "big")
    assert refused.returncode == 2
    assert "expected a width and a height" in refused.stderr
