"""One server, and one browser of each kind, for all tests of this folder; each test opens tabs of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from bbconvert.convert.browser import served, start_browser
from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.shipped import DEFAULT_BUNDLE, PAGE
from tests.browser.tab import PATIENCE_MS, Tab
from tests.support.repository import ROOT

OpenTab = Callable[..., Tab]
"""What the fixture `open_tab` gives; its parameters stand there."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def page_folder() -> Path:
    """The built page: `convert/page/`, brought up to date, or the folder that BBCONVERT_TEST_PAGE names."""
    if folder := os.environ.get("BBCONVERT_TEST_PAGE"):
        return Path(folder)
    subprocess.run([sys.executable, str(ROOT / "hatch_build.py")], check=True)
    return PAGE


@pytest.fixture(scope="session")
def library() -> dict[str, Bundle]:
    """What the server serves: the default bundle, and whatever a test adds under a name of its own."""
    default = open_bundle(DEFAULT_BUNDLE)
    return {default.manifest.name: default}


@pytest.fixture(scope="session")
def default_bundle(library: dict[str, Bundle]) -> Bundle:
    """The bundle that comes with the package: it balances, at 100 Hz."""
    return library["humanoid-balance"]


@pytest.fixture(scope="session")
def address(library: dict[str, Bundle], page_folder: Path) -> Iterator[str]:
    """Where the page is served by bbconvert's own server."""
    with served(library, page_folder) as address:
        yield address


# Playwright allows one of itself at a time and other folders' tests start theirs: this one ends with its folder.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def drawing_browser(playwright: Playwright) -> Iterator[Browser]:
    browser = start_browser(playwright, drawing=True)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def blind_browser(playwright: Playwright) -> Iterator[Browser]:
    """Has no WebGL: what needs no picture is faster without."""
    browser = start_browser(playwright, drawing=False)
    yield browser
    browser.close()


@pytest.fixture
def open_tab(address: str, request: pytest.FixtureRequest) -> Iterator[OpenTab]:
    """Opens the page in a fresh profile and, where `ready`, waits for its player.

    `drawing` takes the browser with WebGL, `size` is the window's, `context` goes to Playwright's `new_context`,
    `before` is given the Playwright page before it navigates, `base` is where the page is served; all else is what the
    address asks for. The tab does not verify by itself, which takes seconds of a core, unless `verify` is 1.
    """
    contexts = []

    def open_tab(
        *,
        drawing: bool = False,
        ready: bool = True,
        size: tuple[int, int] = (1280, 800),
        context: dict[str, Any] | None = None,
        before: Callable[[Any], None] | None = None,
        base: str = address,
        **wish: object,
    ) -> Tab:
        browser: Browser = request.getfixturevalue("drawing_browser" if drawing else "blind_browser")
        opened = browser.new_context(viewport={"width": size[0], "height": size[1]}, **(context or {}))
        opened.set_default_timeout(PATIENCE_MS)
        contexts.append(opened)
        tab = Tab(opened.new_page())
        if before is not None:
            before(tab.page)
        tab.page.goto(f"{base}{'&' if '?' in base else '?'}{urlencode({'verify': 0, **wish})}")
        if ready:
            tab.call("")
        return tab

    yield open_tab
    for opened in contexts:
        opened.close()


@pytest.fixture
def serve_copy(library: dict[str, Bundle], tmp_path: Path) -> Iterator[Callable[[Bundle], Path]]:
    """Copies a bundle and serves the copy, under the name of the folder that is returned, until the test ends."""
    names: list[str] = []

    def serve_copy(bundle: Bundle) -> Path:
        folder = tmp_path / f"copy-{len(names)}"
        shutil.copytree(bundle.folder, folder)
        library[folder.name] = Bundle(folder, bundle.manifest)
        names.append(folder.name)
        return folder

    yield serve_copy
    for name in names:
        del library[name]


@pytest.fixture(scope="session")
def served_humanoid(library: dict[str, Bundle], humanoid: Bundle) -> Bundle:
    """The real checkpoint of cleanrl/Humanoid-v4, converted and served."""
    library[humanoid.manifest.name] = humanoid
    return humanoid
