"""The scene as it is on the screen."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.browser.tab import Tab

Picture = NDArray[np.int16]
"""Rows of pixels, RGB, 0 to 255."""

SMALL = (480, 360)
"""A software renderer draws it quickly."""
STILL: dict[str, str] = {"reduced_motion": "reduce"}
"""A camera that goes where it is sent at once."""
_PATIENCE = 60
"""Pictures compared until three are alike."""

_FRAMES = """async (count) => {
  for (let k = 0; k < count; k++) await new Promise((next) => requestAnimationFrame(next));
}"""


def be_drawn(tab: Tab, frames: int = 30) -> None:
    """Until what was asked for is in the picture: it is drawn at the next frames of the display."""
    tab.page.evaluate(_FRAMES, frames)


def still_picture(tab: Tab) -> Picture:
    """The scene without panels and numbers, once it stands still."""
    before, alike = b"", 0
    be_drawn(tab)
    for _ in range(_PATIENCE):
        be_drawn(tab, 8)
        # Nothing was drawn for a second, the fine picture that follows a rest included.
        tab.wait_in_page("(await player.metrics()).renderFps === 0", ready=True)
        shot = tab.page.screenshot(style=".panel, .toasts, .followed, .force { visibility: hidden }")
        alike = alike + 1 if shot == before else 0
        if alike == 2:
            return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), np.int16)
        before = shot
    raise AssertionError("the picture does not come to rest")


def different(one: Picture, other: Picture) -> NDArray[np.bool_]:
    """The pixels that differ visibly."""
    return np.asarray(np.abs(one - other).max(axis=2) > 16)


def changed(one: Picture, other: Picture) -> int:
    """How many pixels differ visibly."""
    return int(different(one, other).sum())
