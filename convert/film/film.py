"""`bbconvert record`: takes of several bundles, in a grid or one after the other, as one film."""

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.film.encode import check_format, encode, fastest
from bbconvert.convert.film.frames import Take, frames
from bbconvert.convert.progress import Progress

if TYPE_CHECKING:
    from PIL.Image import Image

Layout = Literal["grid", "sequence"]
MOST_PIXELS = 3840
"""Of a side."""


def record(
    takes: Sequence[Take],
    out: Path,
    *,
    seconds: float,
    fps: float = 30.0,
    size: tuple[int, int] = (960, 540),
    layout: Layout = "grid",
    captions: bool | None = None,
    force: bool = False,
    progress: Progress,
) -> None:
    """Films `seconds` of simulated time of each take; no frame is dropped, however slowly this machine draws.

    Args:
        takes: at least one.
        out: the film: `.mp4`, `.webm`, `.gif` or `.webp`.
        seconds: of simulated time.
        fps: pictures a second.
        size: pixels of the whole film, or of each take in a sequence.
        layout: several takes side by side, or one after the other.
        captions: the takes' titles in the pictures; None: where there are several.
        force: replace a film that is there.
        progress: told of the frames.

    Raises:
        UsageError: a name that is not a film's, or numbers out of bounds.
        BBConvertError: the extra `film` or a browser is missing, or a page could not start.
    """
    _check(takes, out, seconds=seconds, fps=fps, size=size, force=force)
    _require_installed()
    fps = fastest(out, fps)
    count = max(1, round(seconds * fps))
    columns = math.ceil(math.sqrt(len(takes))) if layout == "grid" else 1
    rows = math.ceil(len(takes) / columns) if layout == "grid" else 1
    width, height = (_even(size[0] / columns), _even(size[1] / rows))
    titled = len(takes) > 1 if captions is None else captions
    with tempfile.TemporaryDirectory(prefix="bbconvert-") as temporary:
        shot = _shoot(takes, Path(temporary), fps, count, (width, height), progress)
        if titled:
            shot = [
                _Titled(files, take.title or take.bundle.manifest.title)
                for files, take in zip(shot, takes, strict=True)
            ]
        pictures = _side_by_side(shot, columns, rows, (width, height)) if layout == "grid" else _one_by_one(shot)
        progress.say(f"Writing {out}")
        part = out.with_name(f".{out.name}.part")
        try:
            encode(pictures, part, fps, out.suffix.lower())
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)


class _Shot:
    """The pictures of a take, each in a file."""

    def __init__(self, files: list[Path]) -> None:
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, i: int) -> "Image":
        from PIL import Image

        with Image.open(self.files[i]) as picture:
            return picture.convert("RGB")


class _Titled(_Shot):
    """The same with a title at the bottom left."""

    def __init__(self, shot: _Shot, title: str) -> None:
        super().__init__(shot.files)
        self._title = title

    def __getitem__(self, i: int) -> "Image":
        from PIL import ImageDraw, ImageFont

        picture = super().__getitem__(i)
        draw = ImageDraw.Draw(picture, "RGBA")
        size = max(12, picture.height // 22)
        font = ImageFont.load_default(size)
        margin = size // 2
        left, top, right, bottom = draw.textbbox((2 * margin, 0), self._title, font=font)
        at = picture.height - (bottom - top) - 3 * margin
        box = (margin, at - margin, right + margin, picture.height - margin)
        draw.rounded_rectangle(box, radius=margin, fill=(255, 255, 255, 200))
        draw.text((left, at - top), self._title, fill=(25, 32, 40, 255), font=font)
        return picture


def _shoot(
    takes: Sequence[Take], folder: Path, fps: float, count: int, size: tuple[int, int], progress: Progress
) -> list[_Shot]:
    shots = []
    for i, take in enumerate(takes):
        files = []
        with progress.task(f"Filming {take.bundle.manifest.name}", count) as advance:
            for k, picture in enumerate(frames(take, fps=fps, count=count, width=size[0], height=size[1])):
                files.append(folder / f"{i}-{k:06}.png")
                picture.save(files[-1], compress_level=1)
                advance(1)
        shots.append(_Shot(files))
    return shots


def _one_by_one(shots: Sequence[_Shot]) -> Iterator["Image"]:
    for shot in shots:
        for i in range(len(shot)):
            yield shot[i]


def _side_by_side(shots: Sequence[_Shot], columns: int, rows: int, size: tuple[int, int]) -> Iterator["Image"]:
    from PIL import Image

    width, height = size
    for i in range(len(shots[0])):
        whole = Image.new("RGB", (columns * width, rows * height), (230, 235, 239))
        for k, shot in enumerate(shots):
            whole.paste(shot[i], ((k % columns) * width, (k // columns) * height))
        yield whole


def _even(pixels: float) -> int:
    """What video codecs take."""
    return max(2, 2 * round(pixels / 2))


def _check(takes: Sequence[Take], out: Path, *, seconds: float, fps: float, size: tuple[int, int], force: bool) -> None:
    check_format(out)
    bounds: list[tuple[str, float, float, float, Callable[[float], str]]] = [
        ("--seconds", seconds, 0.02, 3600, str),
        ("--fps", fps, 1, 120, str),
        ("the width of --size", size[0], 64, MOST_PIXELS, str),
        ("the height of --size", size[1], 64, MOST_PIXELS, str),
    ]
    for name, value, least, most, said in bounds:
        if not least <= value <= most:
            raise UsageError(f"{name} is {said(value)}: it is {least:g} to {most:g}.")
    if not takes:
        raise UsageError("Name a bundle's folder: bbconvert record bundles/NAME --out film.mp4")
    if out.exists() and not force:
        raise BBConvertError(f"{out} is there already. Another --out, or --force to replace it.")
    if not out.absolute().parent.is_dir():
        raise BBConvertError(f"The folder {out.absolute().parent} does not exist. Create it, or choose another --out.")


def _require_installed() -> None:
    """Raises BBConvertError where the extra is not installed."""
    try:
        import av  # noqa: F401
        import PIL  # noqa: F401
    except ImportError as error:
        raise BBConvertError(
            f"{error.name}, which writes films, is not installed: pip install 'bbconvert[film]'."
        ) from error
