"""Pictures of bundles at play, taken in the installed browser."""

from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import Library
from bbconvert.convert.shipped import PAGE

WIDTH, HEIGHT = 640, 400
"""CSS pixels, and pixels of the picture."""

QUALITY = 86
"""Of the JPEG: a picture is 15 to 25 kB."""

SEED = 1
MOMENT_S = 0.5
"""Simulated seconds after the reset: the body has taken its stance, and one that falls has not fallen."""

_ALONE = "body :not(#scene) { visibility: hidden !important; } #scene { visibility: visible !important; }"


def take_preview(bundle: Bundle) -> bytes:
    """A JPEG of the bundle's body under its policy, half a second into an episode.

    Raises:
        BBConvertError: no browser is installed, or the page could not start in it.
    """
    name, steps = bundle.manifest.name, round(MOMENT_S / bundle.manifest.env.dt)
    library: Library = {name: bundle}
    with (
        served(library, PAGE) as address,
        open_page(f"{address}?bundle={name}&paused=1&seed={SEED}", drawing=True, width=WIDTH, height=HEIGHT) as page,
    ):
        page.evaluate("(n) => window.bbconvert.ready.then((player) => player.step(n))", steps)
        # Two pictures later what is drawn is what was simulated.
        page.evaluate(
            "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))"
        )
        return page.locator("#scene").screenshot(type="jpeg", quality=QUALITY, style=_ALONE)
