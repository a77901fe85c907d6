"""The page, driven headless: one picture for each frame of a film, whatever time it takes to draw."""

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.errors import BBConvertError

if TYPE_CHECKING:
    from PIL.Image import Image

SUPERSAMPLED = 2
"""Pictures are drawn with so many pixels a side of each, and made smaller: that smooths their edges."""

_RESET = """async ([seed, rollout]) => {
  const player = await window.bbconvert.ready;
  if (rollout === null) await player.reset({ seed });
  else {
    const bytes = Uint8Array.from(atob(rollout), (letter) => letter.charCodeAt(0));
    await player.replay(bytes.buffer, "the rollout");
  }
  return player.loaded.manifest.env.dt;
}"""

_FRAME = """async ([steps, seconds]) => {
  const player = await window.bbconvert.ready;
  if (steps > 0) await player.step(steps);
  const blob = await window.bbconvert.photograph(seconds);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}"""


@dataclass(frozen=True)
class Take:
    """What is filmed of a bundle.

    Args:
        bundle: an opened bundle.
        seed: of the episode; the film goes on past its end, as the page does without auto-reset.
        rollout: a file that the page saved, played instead of an episode.
        query: of the page's address: its camera, overlays, pushes, level and so on.
        title: its caption; None: the bundle's title.
    """

    bundle: Bundle
    seed: int = 0
    rollout: Path | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    title: str | None = None


def frames(take: Take, *, fps: float, count: int, width: int, height: int) -> Iterator["Image"]:
    """`count` pictures of `width` by `height`, `fps` of them a simulated second; the first is of the reset.

    Raises:
        BBConvertError: no browser, a page that could not start, or a rollout that does not belong to the bundle.
    """
    from PIL import Image
    from playwright.sync_api import Error

    rollout = None if take.rollout is None else base64.b64encode(_content(take.rollout)).decode()
    wanted = {**take.query, "bundle": take.bundle.manifest.name, "paused": "1", "next": "0", "embed": "1"}
    with (
        served(make_library([take.bundle])) as address,
        open_page(
            f"{address}?{urlencode(wanted)}", drawing=True, width=width, height=height, scale=SUPERSAMPLED
        ) as page,
    ):
        try:
            dt = page.evaluate(_RESET, [take.seed, rollout])
            done = 0
            for frame in range(count):
                due = round(frame / (fps * dt))
                shot = page.evaluate(_FRAME, [due - done, (due - done) * dt])
                done = due
                with Image.open(io.BytesIO(base64.b64decode(shot))) as picture:
                    yield picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
        except Error as error:
            raise BBConvertError(f"{take.bundle.folder} cannot be filmed: {error.message.splitlines()[0]}") from error


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BBConvertError(
            f"{file} cannot be read: {error.strerror}. Save a rollout in the page (the arrow at the timeline's end)."
        ) from error
