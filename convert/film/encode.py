"""Pictures to a film: MP4 and WebM by PyAV, GIF and WebP by Pillow."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bbconvert.convert.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

_CODECS = {".mp4": ("libx264", {"crf": "18", "preset": "slow"}), ".webm": ("libvpx-vp9", {"crf": "28", "b:v": "0"})}
FORMATS = (*_CODECS, ".gif", ".webp")
_GIF_FPS = 25
"""Of a GIF at most: its time counts in hundredths, and viewers slow down what is faster."""


def check_format(file: Path) -> None:
    """Raises UsageError where the file's name is not of a film."""
    if file.suffix.lower() not in FORMATS:
        raise UsageError(
            f"{file.name} is not the name of a film: it ends in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}."
        )


def fastest(file: Path, fps: float) -> float:
    """The pictures a second that this format can have, `fps` at most."""
    return min(fps, _GIF_FPS) if file.suffix.lower() == ".gif" else fps


def encode(pictures: Iterable["Image"], file: Path, fps: float, suffix: str) -> None:
    """Writes the film.

    Args:
        pictures: of one size, even numbers of pixels a side.
        file: the film.
        fps: pictures a second.
        suffix: the format: one of `FORMATS`.
    """
    if suffix in _CODECS:
        _encode_video(pictures, file, fps, suffix)
        return
    first, *rest = pictures
    options: dict[str, Any] = {"quality": 80, "method": 4} if suffix == ".webp" else {"disposal": 1}
    first.save(
        file,
        format=suffix[1:].upper(),
        save_all=True,
        append_images=rest,
        duration=round(1000 / fps),
        loop=0,
        **options,
    )


def _encode_video(pictures: Iterable["Image"], file: Path, fps: float, suffix: str) -> None:
    import av

    codec, options = _CODECS[suffix]
    with av.open(str(file), "w", format=suffix[1:]) as container:
        rate = Fraction(fps).limit_denominator(1001)
        stream: Any = container.add_stream(codec, rate=rate, options=options)
        stream.pix_fmt = "yuv420p"
        for i, picture in enumerate(pictures):
            if i == 0:
                stream.width, stream.height = picture.size
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
