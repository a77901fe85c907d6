"""Whoever plays: by keyboard or screen reader, with large letters, few colours, or without motion."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Playwright, expect

from bbconvert.convert.browser import browser_arguments, find_browser
from bbconvert.convert.bundle.bundle import MANIFEST, Bundle
from bbconvert.convert.bundle.library import Library
from bbconvert.convert.site.export import write_site
from tests.browser.axe import violations
from tests.browser.conftest import OpenTab
from tests.browser.layout import focus_next, obstructed, targets
from tests.browser.stuck import CRASH, SECONDS, SPIN, let_pass, plant_trap, push
from tests.browser.tab import PATIENCE_MS, Tab
from tests.support.plain_host import plain_host

DESKTOP, PHONE = (1440, 900), (390, 844)
SIZES = [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")]
LEAST_TARGET = 24
"""CSS pixels, of WCAG 2.2's "target size (minimum)"; links within a line of text are exempt."""


def _context(size: tuple[int, int], **options: Any) -> dict[str, Any]:
    phone = {"has_touch": True, "is_mobile": True} if size == PHONE else {}
    # A picture of what moves has colours in between.
    return {"reduced_motion": "reduce", **phone, **options}


def _show_telemetry(page: Page) -> None:
    if page.get_by_role("button", name="Show telemetry").is_visible():
        page.get_by_role("button", name="Show telemetry").click()


def _unfold(tab: Tab) -> None:
    """Everything that the telemetry has."""
    page = tab.page
    _show_telemetry(page)
    for section in ("Disturb the policy", "Charts"):
        page.get_by_text(section, exact=True).click()
    for quantity in ("Reward terms", "Value", "Actions"):
        page.locator(".chips").get_by_text(quantity, exact=True).click()
    page.get_by_text("Random pushes", exact=True).click()
    tab.call("await player.setMutes([1]); await player.step(40);")
    expect(page.get_by_role("button", name="Disturbed")).to_be_visible()


OPENERS = ["Share", "Policy to play", "Save and load", "View", "Help", "Parity"]
"""Buttons that open something, which Escape closes."""


def _opener(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=name != "Parity").first


@pytest.fixture
def two_bundles(library: Library, page_folder: Path, tmp_path: Path) -> Iterator[str]:
    """A site with a list to pick from, and a gallery; its address."""
    default = library["humanoid-balance"]
    twin = Bundle(default.folder, default.manifest.model_copy(update={"name": "twin", "title": "Its twin"}))
    write_site({"humanoid-balance": default, "twin": twin}, tmp_path / "site", force=False, page=page_folder)
    with plain_host(tmp_path / "site") as host:
        yield host


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_whatever_is_open(
    open_tab: OpenTab, two_bundles: str, size: tuple[int, int], theme: str
) -> None:
    found: list[str] = []

    def look(place: str) -> None:
        found.extend(f"{place}: {violation}" for violation in violations(tab.page))

    tab = open_tab(base=f"{two_bundles}?paused=1", size=size, context=_context(size, color_scheme=theme))
    page = tab.page
    look("with a notice")
    page.get_by_role("button", name="Dismiss").click()
    if size == PHONE:
        page.get_by_role("button", name="More controls").click()
        look("more controls")
        page.get_by_role("button", name="More controls").click()
    for name in OPENERS:
        _opener(page, name).click()
        look(name)
        page.keyboard.press("Escape")
    _unfold(tab)
    look("telemetry")
    page.goto(f"{two_bundles}?paused=1&embed=1")
    tab.call("")
    look("embedded")
    page.goto(f"{two_bundles}?paused=1&swarm=3&bundle=humanoid-balance&bundle=twin&open=hud")
    tab.call("")
    expect(page.locator("section.swarm")).to_contain_text("of real time")
    expect(page.locator("section.compare .companion")).to_have_count(1)
    look("swarm and side by side")
    page.goto(f"{two_bundles}gallery.html")
    expect(page.get_by_role("link", name="Its twin")).to_be_visible()
    look("gallery")
    page.goto(f"{two_bundles}?bundle=none")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    look("error")
    assert found == []


def test_axe_would_find_a_button_without_a_name(open_tab: OpenTab) -> None:
    page = open_tab(paused=1).page
    page.evaluate("document.querySelector('#help').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('#help').removeAttribute('title')")
    assert [violation.split(":")[0] for violation in violations(page)] == ["button-name, #help"]


@pytest.mark.parametrize("size", SIZES)
def test_every_target_is_large_enough_for_a_finger(open_tab: OpenTab, two_bundles: str, size: tuple[int, int]) -> None:
    tab = open_tab(base=f"{two_bundles}?paused=1", size=size, context=_context(size))
    page = tab.page
    measured = targets(page)
    for name in OPENERS:
        _opener(page, name).click()
        measured += targets(page)
        page.keyboard.press("Escape")
    _unfold(tab)
    measured += targets(page)
    page.goto(f"{two_bundles}gallery.html")
    expect(page.get_by_role("link", name="Its twin")).to_be_visible()
    measured += targets(page)
    assert len({target["name"] for target in measured}) > 40
    small = {
        target["name"]: (target["right"] - target["left"], target["bottom"] - target["top"])
        for target in measured
        if not target["inline"]
        and min(target["right"] - target["left"], target["bottom"] - target["top"]) < LEAST_TARGET - 0.01
    }
    assert small == {}


@pytest.mark.parametrize("size", SIZES)
def test_tab_reaches_every_control_and_shows_where_it_is(
    open_tab: OpenTab, two_bundles: str, size: tuple[int, int]
) -> None:
    tab = open_tab(base=f"{two_bundles}?paused=1", verify=1, size=size, context=_context(size))
    page = tab.page
    page.get_by_role("button", name="Dismiss").click()
    _unfold(tab)
    expect(_opener(page, "Parity")).to_contain_text("bit-equal", timeout=PATIENCE_MS)  # its words are its name here
    # Of radio buttons Tab reaches the one that is chosen; the arrows the others.
    wanted = {target["name"] for target in targets(page) if target["radio"] is None or target["checked"]}
    assert len(wanted) > 40
    page.evaluate("document.activeElement.blur()")
    page.mouse.click(size[0] / 2, 2)
    reached: dict[str, dict[str, Any]] = {}
    for _ in range(3 * len(wanted)):
        focused = focus_next(page)
        if focused is None and wanted <= reached.keys():
            break
        if focused is not None:
            reached[focused["name"]] = focused
    assert wanted - reached.keys() == set()
    assert [name for name, focused in reached.items() if not focused["shown"]] == []
    assert [name for name, focused in reached.items() if not focused["uncovered"]] == []


def test_enter_opens_and_escape_closes_and_gives_the_focus_back(open_tab: OpenTab, two_bundles: str) -> None:
    page = open_tab(base=f"{two_bundles}?paused=1", size=DESKTOP, context=_context(DESKTOP)).page
    for name in OPENERS:
        opener = _opener(page, name)
        opener.focus()
        before = len(targets(page))
        page.keyboard.press("Enter")
        within = page.evaluate(
            "() => [...document.querySelectorAll(':popover-open, dialog[open], #view:not([hidden])')].length"
        )
        assert within == 1, name
        assert len(targets(page)) != before, name
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(page.locator(":popover-open, dialog[open], #view:not([hidden])")).to_have_count(0)
        expect(opener).to_be_focused()


@pytest.fixture
def large_letters(playwright: Playwright, address: str, tmp_path: Path) -> Iterator[Any]:
    """Opens the page in a browser whose user has set letters of 32 pixels, twice the usual, at a size."""
    contexts = []

    def open_large(size: tuple[int, int]) -> Tab:
        profile = tmp_path / f"profile-{size[0]}"
        (profile / "Default").mkdir(parents=True)
        settings = {"webkit": {"webprefs": {"default_font_size": 32}}}
        (profile / "Default" / "Preferences").write_text(json.dumps(settings))
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=str(find_browser()),
            args=browser_arguments(drawing=False),
            viewport={"width": size[0], "height": size[1]},
            **_context(size),
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.pages[0]
        page.goto(f"{address}?paused=1")
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
        return Tab(page)

    yield open_large
    for context in contexts:
        context.close()


@pytest.mark.parametrize("size", SIZES)
def test_letters_twice_as_large_hide_and_clip_nothing(large_letters: Any, size: tuple[int, int]) -> None:
    tab = large_letters(size)
    tab.call("")
    page = tab.page
    page.get_by_role("button", name="Dismiss").click()
    problems = {"at first": obstructed(page)}
    page.get_by_role("button", name="More controls").click()
    problems["more controls"] = obstructed(page)
    page.get_by_role("button", name="More controls").click()
    for name in OPENERS:
        if not _opener(page, name).is_visible():
            continue  # one bundle alone leaves nothing to pick
        _opener(page, name).click()
        within = obstructed(page) if name in ("Help", "Parity") else []
        problems[name] = within
        page.keyboard.press("Escape")
    _unfold(tab)
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    page.goto(page.url.split("?")[0] + "?paused=1&embed=1")
    tab.call("")
    page.get_by_role("button", name="Dismiss").click()
    problems["embedded"] = obstructed(page)
    page.goto(page.url.split("?")[0] + "gallery.html")
    expect(page.get_by_role("link", name="Humanoid, balancing")).to_be_visible()
    problems["gallery"] = obstructed(page)
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    assert {place: there for place, there in problems.items() if there} == {}
    assert max(widths) <= size[0]


def test_the_time_limit_is_told_calmly_and_a_fall_is_not(
    open_tab: OpenTab, serve_copy: Callable[[Bundle], Path], default_bundle: Bundle
) -> None:
    folder = serve_copy(default_bundle)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["env"]["max_episode_steps"] = 20
    (folder / MANIFEST).write_text(json.dumps(manifest))
    tab = open_tab(bundle=folder.name, paused=1, size=DESKTOP)
    alarm = tab.page.evaluate("getComputedStyle(document.querySelector('.timeline')).getPropertyValue('--bad')")
    colour = "getComputedStyle(document.querySelector('#hud .ending')).color"
    tab.step(20)
    expect(tab.page.get_by_text("truncated", exact=True)).to_be_visible()
    calm = tab.page.evaluate(colour)
    tab.call("await player.setPolicy(false); await player.setAutoReset(false);")
    tab.reset(qpos=np.array([0, 0, 0.2, 1, *[0] * 20], dtype=float))
    tab.step(1)
    expect(tab.page.get_by_text("terminated", exact=True)).to_be_visible()
    red, green, blue = (int(alarm[k : k + 2], 16) for k in (1, 3, 5))
    assert tab.page.evaluate(colour) == f"rgb({red}, {green}, {blue})"
    assert calm == tab.page.evaluate("getComputedStyle(document.body).color")


def test_who_wants_no_motion_gets_none(open_tab: OpenTab) -> None:
    turning = "getComputedStyle(document.querySelector('.badge[data-standing=running] .icon')).animationName"
    names = []
    for wish in ("no-preference", "reduce"):
        tab = open_tab(paused=1, verify=1, context={"reduced_motion": wish})
        tab.wait_in_page("document.querySelector('.badge[data-standing=running] .icon') !== null")
        names.append(tab.page.evaluate(turning))
    assert names == ["turn", "none"]


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
@pytest.mark.parametrize("trap", [SPIN, CRASH], ids=["silent", "crashed"])
def test_what_is_asked_of_a_stuck_simulation_has_no_violation_and_is_in_sight(
    open_tab: OpenTab, trap: str, size: tuple[int, int], scheme: str
) -> None:
    tab = open_tab(size=size, context=_context(size, color_scheme=scheme), before=plant_trap(trap), paused=1)
    push(tab)
    let_pass(tab, SECONDS)
    asked = tab.page.get_by_role("alertdialog")
    expect(asked).to_be_visible()
    buttons = asked.get_by_role("button")
    expect(buttons).to_have_count(2)
    for button in buttons.all():
        button.click(trial=True)
    tab.page.clock.resume()
    assert violations(tab.page) == []
