"""A tab of the browser with the page in it."""

import json
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.browser.snapshot import Snapshot

PATIENCE_MS = 30_000
"""For whatever a test waits for."""

_PLAIN = """
const plain = (value) =>
  ArrayBuffer.isView(value) || Array.isArray(value) ? Array.from(value, plain)
  : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
  : value;
"""
"""Typed arrays become lists: Playwright carries numbers to the last bit, but typed arrays only in some versions."""

_CURSOR = "([x, y]) => getComputedStyle(document.elementFromPoint(x, y)).cursor"


class Tab:
    """The page, opened; `complaints` collects what it writes to the console as errors, and what it throws."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def call(self, body: str, argument: object = None) -> Any:
        """Runs JavaScript, the body of an async function of `player` and `argument`; returns what that returns."""
        start = f"async (argument) => {{ {_PLAIN} const player = await window.bbconvert.ready;"
        return self.page.evaluate(f"{start} return plain(await (async () => {{ {body} }})()); }}", argument)

    def failure(self, body: str, argument: object = None) -> str:
        """The message of the error that `body` ends with."""
        message = self.call(
            f"try {{ await (async () => {{ {body} }})(); }} catch (error) {{ return error.message; }} return null;",
            argument,
        )
        assert isinstance(message, str), f"no error: {body}"
        return message

    def refusal(self) -> str:
        """Why the page could not open its bundle: the reason with which `ready` rejects."""
        message = self.page.evaluate("window.bbconvert.ready.then(() => null, (error) => error.message)")
        assert isinstance(message, str), "the page opened its bundle"
        return message

    def snapshot(self) -> Snapshot:
        """The state after the last control step."""
        return Snapshot.read(self.call("return player.snapshot();"))

    def reset(self, **options: object) -> Snapshot:
        """Begins an episode: `seed`, `qpos`, `qvel`."""
        plain = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in options.items()}
        return Snapshot.read(self.call("return player.reset(argument);", plain))

    def step(self, n: int = 1) -> Snapshot:
        """Exactly `n` control steps."""
        return Snapshot.read(self.call("return player.step(argument);", n))

    def wait(self, condition: str) -> None:
        """Until `condition`, an expression of `player` and `snapshot`, holds; not for ever."""
        self.wait_in_page(f"((snapshot) => {condition})(await player.snapshot())", ready=True)

    def wait_in_page(self, condition: str, argument: object = None, *, ready: bool = False) -> None:
        """Until `condition`, an expression of `argument` (and of `player`, where `ready`), holds; not for ever.

        Playwright's own waiting evaluates strings in the page, which the page's security policy forbids.
        """
        player = "const player = await window.bbconvert.ready;" if ready else ""
        self.page.evaluate(
            f"async (argument) => {{ {player}"
            f"  for (const end = performance.now() + {PATIENCE_MS}; performance.now() < end; ) {{"
            f"    if ({condition}) return;"
            "    await new Promise((wake) => setTimeout(wake, 10));"
            "  }"
            f"  throw new Error({json.dumps(f'in vain: {condition}')});"
            "}",
            argument,
        )

    def verify(self) -> list[dict[str, Any]]:
        """The rows of the verification, computed in this tab."""
        rows: list[dict[str, Any]] = self.call("return player.verify();")
        return rows

    @property
    def query(self) -> dict[str, str]:
        """What the address says."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def wait_for_address(self, **wanted: str | None) -> None:
        """Until the address says so; None: until it does not speak of it."""
        self.wait_in_page(
            "((query) => Object.entries(argument).every(([name, value]) => query.get(name) === value))"
            "(new URLSearchParams(location.search))",
            wanted,
        )

    @property
    def badge(self) -> Locator:
        """The button that says whether this tab computes what Python did."""
        return self.page.get_by_role("button", name="Parity")

    def expect_words(self, role: Literal["alert", "alertdialog", "status"], words: str) -> None:
        """Waits until something visible says these words, in an element that assistive technology announces."""
        expect(self.page.get_by_role(role).filter(has_text=words).filter(visible=True)).to_be_visible()

    def find_body(self) -> tuple[float, float]:
        """A point, in CSS pixels, where the cursor says that a body can be dragged; the nearest to the middle."""
        size = self.page.viewport_size
        assert size is not None
        x, y = size["width"] / 2, size["height"] / 2
        self.page.mouse.move(x, y)
        for distance in range(0, min(size["width"], size["height"]) // 2, 6):
            for dx, dy in {(0, -distance), (0, distance), (-distance, 0), (distance, 0)}:
                self.page.mouse.move(x + dx, y + dy)
                if self.page.evaluate(_CURSOR, [x + dx, y + dy]) == "grab":
                    return x + dx, y + dy
        raise AssertionError("nowhere near the middle of the window can a body be dragged")
