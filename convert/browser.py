"""The page in an installed, headless Chrome or Chromium, driven from Python."""

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bbconvert.convert.bundle.library import Library
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.serve.server import Server, listen, make_app
from bbconvert.convert.shipped import PAGE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

_NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome", "msedge")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
)
_ARGUMENTS = [
    "--no-first-run",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_DRAWING = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
_NOT_DRAWING = ["--disable-3d-apis"]
"""Without a graphics card a drawn frame takes the main thread some 100 ms; the simulation does not need it."""
TIMEOUT_MS = 120_000
"""For one call into the page: a verification takes seconds, on two busy cores some ten."""


def find_browser() -> Path:
    """The installed browser, and Playwright to drive it.

    Raises:
        BBConvertError: one of the two is missing; the message names the install.
    """
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError as error:
        raise BBConvertError(
            "Playwright, which drives the browser, is not installed: pip install 'bbconvert[browser]'. "
            "Without a browser: bbconvert verify BUNDLE --level network (or observation, or rollout)."
        ) from error
    found = [path for name in _NAMES if (path := shutil.which(name))]
    found += [place for place in _PLACES if Path(place).is_file()]
    if not found:
        raise BBConvertError(
            "No Chrome or Chromium is installed (looked for: " + ", ".join(_NAMES) + "). Install one: "
            "apt-get install chromium, brew install --cask chromium, or https://www.google.com/chrome. "
            "Without a browser: bbconvert verify BUNDLE --level network (or observation, or rollout)."
        )
    return Path(found[0])


@contextmanager
def served(library: Library, page: Path = PAGE) -> Iterator[str]:
    """The page with these bundles on a free port of this machine; yields its address."""
    listener = listen("127.0.0.1", 0)
    server = Server(make_app(library, page))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def start_browser(playwright: "Playwright", *, drawing: bool) -> "Browser":
    """The installed browser, headless; the caller closes it. Without `drawing` there is no WebGL.

    Raises:
        BBConvertError: none is installed.
    """
    return playwright.chromium.launch(executable_path=str(find_browser()), args=browser_arguments(drawing=drawing))


def browser_arguments(*, drawing: bool) -> list[str]:
    """The command line of the browser: quiet, with a renderer in software or without WebGL."""
    arguments = [*_ARGUMENTS, *(_DRAWING if drawing else _NOT_DRAWING)]
    if sys.platform.startswith("linux") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to run as root with its sandbox
    return arguments


@contextmanager
def open_page(
    address: str, *, drawing: bool, width: int = 1280, height: int = 800, scale: float = 1.0
) -> Iterator["Page"]:
    """The page at `address`, loaded and its player ready, in a headless browser of its own.

    Without `drawing` there is no WebGL: the page says so, and simulates all the same.

    Raises:
        BBConvertError: no browser, or the page could not start; the message is the page's own.
    """
    executable = find_browser()
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        browser = start_browser(playwright, drawing=drawing)
        try:
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
            page.set_default_timeout(TIMEOUT_MS)
            try:
                page.goto(address)
                page.evaluate("window.bbconvert.ready.then(() => true)")
            except Error as error:
                raise BBConvertError(f"The page did not start in {executable.name}: {error.message}") from error
            yield page
        finally:
            browser.close()
