"""Plays the default bundle for an hour's control steps, flat out, and writes `docs/memory.md`: `just memory`.

A number of control steps may be given; then the table goes to the terminal alone.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.shipped import DEFAULT_BUNDLE, PAGE
from tests.documents.memory.footprint import Footprint, Scales
from tests.documents.memory.table import document, table
from tests.support.repository import ROOT

HOUR_S = 3600
SAMPLES = 10
WISH: dict[str, str | int] = {
    "speed": "max",
    "paused": 1,
    # It falls and begins anew, hands are at work, and everything that can be shown is shown.
    "pushes": "30,40",
    "show": "contacts,forces,joints,centreOfMass,torques",
}

_COUNT_RESETS = """async () => {
  const player = await window.bbconvert.ready;
  window.resets = 0;
  player.addEventListener("episode", ({ detail }) => { if (detail.phase === "begin") window.resets += 1; });
}"""
# A reset is a moment of the history as a control step is.
_PLAY_TO = """async (steps) => {
  const player = await window.bbconvert.ready;
  const played = async () => (await player.history()).to - window.resets;
  await player.play();
  while (await played() < steps) await new Promise((wake) => setTimeout(wake, 200));
  await player.pause();
  return [await played(), window.resets];
}"""


def play(bundle: Bundle, steps: int, page_folder: Path) -> Iterator[tuple[int, int, Footprint]]:
    """Control steps and resets so far, and what is held then: at the beginning, and at least every tenth of `steps`."""
    with (
        served(make_library([bundle]), page_folder) as address,
        open_page(f"{address}?{urlencode(WISH)}", drawing=True, width=960, height=540) as page,
    ):
        page.get_by_text("Charts", exact=True).click()
        page.evaluate(_COUNT_RESETS)
        scales = Scales(page)
        played = 0
        yield played, 0, scales.weigh()
        while played < steps:
            # A busy machine may take more than it was asked for.
            played, resets = page.evaluate(_PLAY_TO, min(steps, played + steps // SAMPLES))
            yield played, resets, scales.weigh()


def main() -> None:
    """Writes the page of the docs, or prints."""
    bundle = open_bundle(DEFAULT_BUNDLE)
    hour = round(HOUR_S / bundle.manifest.env.dt)
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else hour
    samples = []
    for sample in play(bundle, steps, Path(os.environ.get("BBCONVERT_TEST_PAGE", PAGE))):
        samples.append(sample)
        sys.stderr.write(table([sample]).splitlines()[-1] + "\n")
    if len(sys.argv) == 1:
        (ROOT / "docs" / "memory.md").write_text(document(bundle, samples), encoding="utf-8")
    else:
        sys.stdout.write(table(samples))


main()
