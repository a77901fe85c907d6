"""A finger on the screen: Playwright taps but does not drag, so this speaks Chromium's own protocol."""

from playwright.sync_api import Page


class Finger:
    """One finger on a tab whose context was made with `has_touch`. Coordinates in CSS pixels."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def down(self, x: float, y: float) -> None:
        """Touches the screen."""
        self._send("touchStart", x, y)

    def move(self, x: float, y: float) -> None:
        """Slides to a point."""
        self._send("touchMove", x, y)

    def up(self) -> None:
        """Leaves the screen."""
        self._session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def _send(self, kind: str, x: float, y: float) -> None:
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
