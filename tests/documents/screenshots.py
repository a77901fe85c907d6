"""Takes the pictures of `docs/page.md` and of the README in the installed browser (`just screenshots`).

Names of pictures, as arguments, take these alone; BBCONVERT_TEST_PAGE names another built page.
"""

import io
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from bbconvert.convert.browser import served, start_browser
from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.shipped import PAGE, SHIPPED
from bbconvert.convert.site.export import write_site
from bbconvert.convert.site.preview import take_preview
from tests.browser.tab import Tab
from tests.support.plain_host import plain_host
from tests.support.repository import ROOT

FOLDER = ROOT / "docs" / "pictures"
QUALITY = 84
"""Of the WebP."""

SCALE = 2
"""Device pixels of a CSS pixel, as on most screens of today."""

DESKTOP, PHONE, EMBEDDED = (1440, 900), (390, 844), (600, 400)
SEED = 7


@dataclass(frozen=True)
class Scene:
    """What is photographed: `prepare` brings the page there, and may leave the mouse pressed."""

    size: tuple[int, int]
    theme: str
    prepare: Callable[[Tab], None]
    wish: str = f"?paused=1&seed={SEED}"
    touch: bool = False
    kept: int = 1
    """Pixels of the picture for each of CSS: drawn with twice as many, for smooth edges."""


def _pull(tab: Tab, dx: int = 150, dy: int = -70) -> None:
    """Verified, in a stance, and pulled by whatever part of the body is in the middle: the mouse stays down."""
    tab.wait_in_page("document.querySelector('.badge[data-standing=holds]') !== null")
    tab.step(150)
    x, y = tab.find_body()
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    for part in (0.3, 0.7, 1):
        tab.page.mouse.move(x + part * dx, y + part * dy)
    tab.wait("snapshot.hand !== null")
    tab.step(25)


def _pull_a_little(tab: Tab) -> None:
    _pull(tab, 90, -40)


def _overlays(tab: Tab) -> None:
    for overlay in ("contacts", "forces", "centreOfMass", "torques"):
        tab.call("await player.setOverlay(argument, true);", overlay)
    tab.page.get_by_role("button", name="View", exact=True).click()
    tab.page.get_by_text("Charts", exact=True).click()
    tab.page.locator(".chips").get_by_text("Actions", exact=True).click()
    _pull(tab, -150, -60)


def _checks(tab: Tab) -> None:
    tab.wait_in_page("document.querySelector('.badge[data-standing=holds]') !== null")
    tab.badge.click()


def _telemetry(tab: Tab) -> None:
    tab.wait_in_page("document.querySelector('.badge[data-standing=holds]') !== null")
    tab.call("await player.push({ body: 'torso', impulse: [6, 0, 0] });")
    tab.step(60)
    tab.page.get_by_role("button", name="Show telemetry").tap()


def _swarm(tab: Tab) -> None:
    tab.wait_in_page("document.querySelector('section.swarm').textContent.includes('control steps a second')")
    tab.call("await player.play();")
    tab.page.locator("section.swarm").evaluate("(section) => section.scrollIntoView()")
    tab.page.get_by_role("button", name="Push all").click()
    tab.page.wait_for_timeout(12_000)
    tab.call("await player.pause();")


def _ghosts(tab: Tab) -> None:
    panel = tab.page.locator("section.compare")
    panel.evaluate("(section) => section.scrollIntoView()")
    panel.get_by_text("As ghosts").click()
    tab.step(45)


def _sight(tab: Tab) -> None:
    tab.page.locator("section.sight").evaluate("(section) => section.scrollIntoView()")
    tab.step(60)


SCENES = {
    "desktop-light": Scene(DESKTOP, "light", _pull),
    "desktop-dark": Scene(DESKTOP, "dark", _overlays),
    "swarm": Scene(DESKTOP, "light", _swarm, wish="?bundle=balance-bot&swarm=64&paused=1&open=hud"),
    "ghosts": Scene(
        DESKTOP,
        "light",
        _ghosts,
        wish=f"?bundle=humanoid-balance&bundle=humanoid-balance:off&paused=1&seed={SEED}&open=hud",
    ),
    "sight": Scene(
        DESKTOP, "dark", _sight, wish="?bundle=reorient-sight&sight=used&show=torques&paused=1&seed=4&open=hud"
    ),
    "parity": Scene(DESKTOP, "light", _checks),
    "phone-light": Scene(PHONE, "light", _pull_a_little, kept=2),
    "phone-dark": Scene(PHONE, "dark", _telemetry, touch=True, kept=2),
    "embedded": Scene(EMBEDDED, "light", _pull_a_little, wish=f"?paused=1&seed={SEED}&embed=1", kept=2),
}


def main() -> None:
    """Writes the pictures into `docs/pictures/`."""
    wanted = sys.argv[1:] or [*SCENES, "gallery"]
    page_folder = Path(os.environ.get("BBCONVERT_TEST_PAGE", PAGE))
    library = make_library(map(open_bundle, SHIPPED))
    FOLDER.mkdir(exist_ok=True)
    if "gallery" in wanted:
        _take_gallery(page_folder)
    with served(library, page_folder) as address, sync_playwright() as playwright:
        browser = start_browser(playwright, drawing=True)
        for name, scene in SCENES.items():
            if name in wanted:
                _write(name, _take(browser, address + scene.wish, scene))
        browser.close()


def _take(browser: Browser, address: str, scene: Scene) -> Image.Image:
    width, height = scene.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=SCALE,
        color_scheme="dark" if scene.theme == "dark" else "light",
        reduced_motion="reduce",
        has_touch=scene.touch,
        is_mobile=scene.touch,
    )
    context.set_default_timeout(120_000)
    tab = Tab(context.new_page())
    tab.page.goto(address)
    scene.prepare(tab)
    # Resolution and shadows come to rest a moment after the last movement.
    tab.page.wait_for_timeout(1500)
    picture = Image.open(io.BytesIO(tab.page.screenshot()))
    context.close()
    return picture.resize((width * scene.kept, height * scene.kept), Image.Resampling.LANCZOS)


def _take_gallery(page_folder: Path) -> None:
    library = make_library(map(open_bundle, SHIPPED))
    previews = {name: take_preview(bundle) for name, bundle in library.items()}
    with tempfile.TemporaryDirectory() as work:
        write_site(library, Path(work) / "site", force=False, page=page_folder, previews=previews)
        with plain_host(Path(work) / "site") as host, sync_playwright() as playwright:
            browser = start_browser(playwright, drawing=False)
            page = browser.new_page(viewport={"width": 1440, "height": 760})
            page.goto(f"{host}gallery.html", wait_until="networkidle")
            _write("gallery", Image.open(io.BytesIO(page.screenshot())))
            browser.close()


def _write(name: str, picture: Image.Image) -> None:
    path = FOLDER / f"{name}.webp"
    picture.convert("RGB").save(path, quality=QUALITY, method=6)
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main()
