"""What is sent to others: a link, a frame in a page of another origin, a gallery."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import Library
from bbconvert.convert.site.export import write_site
from tests.browser.conftest import OpenTab
from tests.browser.tab import PATIENCE_MS, Tab
from tests.support.plain_host import plain_host

SUB_PATH = "some/sub/path"


@pytest.fixture
def site(library: Library, page_folder: Path, tmp_path: Path) -> Iterator[str]:
    """An exported site of two bundles, one of them with a picture; its address."""
    default = library["humanoid-balance"]
    twin = Bundle(default.folder, default.manifest.model_copy(update={"name": "twin", "title": "Its <twin>"}))
    two = {"humanoid-balance": default, "twin": twin}
    write_site(two, tmp_path / SUB_PATH, force=False, page=page_folder, previews={"twin": _PIXEL})
    with plain_host(tmp_path) as host:
        yield f"{host}{SUB_PATH}/"


# A grey JPEG of one pixel.
_PIXEL = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc0000b080001000101011100ffc4001400010000000000"
    "000000000000000000000affc40014100100000000000000000000000000000000ffda0008010100003f0047ffd9"
)


def _linked(tab: Tab, label: str) -> str:
    tab.page.get_by_role("button", name="Share").click()
    return tab.page.get_by_label(label, exact=True).input_value()


def test_the_shared_link_opens_what_one_sees(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=6, speed=2, drawing=True)
    tab.call(
        "await player.setOverlay('contacts', true); await player.setAutoReset(false); await player.setHandFelt(true);"
        "await player.setStiffness(20); await player.setMutes([0, 3]); await player.setBackend('tfjs');"
        "await player.setNoise({ observation: 0.5, action: 0.1 }); await player.setPolicy(false);"
        "await player.setRandomPushes({ perMinute: 12, impulse: 9 }); await player.reset({ seed: 11 });"
    )
    tab.page.keyboard.press("6")  # from above
    tab.wait_for_address(show="contacts", next="0", felt="1", mute="0,3", policy="0", backend="tfjs", seed="11")
    tab.wait_in_page("location.search.includes('camera=')")
    link = _linked(tab, "Link")
    assert link == tab.page.url
    again = open_tab(base=link, drawing=True)
    again.wait_in_page("location.search.includes('camera=')")
    assert again.page.url == link
    state = "return player.state;"
    assert again.call(state) == tab.call(state)
    assert again.snapshot().bits == tab.snapshot().bits


def test_copying_puts_the_link_on_the_clipboard(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, context={"permissions": ["clipboard-read", "clipboard-write"]})
    link = _linked(tab, "Link")
    tab.page.get_by_role("button", name="Copy: Link").click()
    tab.expect_words("status", "Copied")
    assert tab.page.evaluate("navigator.clipboard.readText()") == link


def test_the_frame_plays_in_a_page_of_another_origin(
    open_tab: OpenTab, site: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tab = open_tab(base=site)
    snippet = _linked(tab, "Frame")
    assert html.unescape(snippet).count(site) == 1
    folder = tmp_path_factory.mktemp("blog")
    (folder / "index.html").write_text(f"<!doctype html><title>A blog</title><h1>A blog</h1>{snippet}")
    with plain_host(folder) as blog:
        assert blog != site[: len(blog)]
        page = tab.page
        page.goto(blog)
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("button", name="Parity")).to_contain_text("actions bit-equal", timeout=PATIENCE_MS)
        expect(frame.get_by_role("button", name="Pause")).to_be_visible()
        frame.get_by_role("button", name="Pause").click()
        expect(frame.get_by_role("button", name="Play")).to_be_visible()
        whole = frame.get_by_role("link", name="Open the whole page")
        href = whole.get_attribute("href") or ""
        assert href.startswith(site)
        assert "embed" not in href
        assert "paused=1" in href


def test_an_embedded_page_shows_a_slim_bar_and_the_badge_alone(open_tab: OpenTab) -> None:
    tab = open_tab(embed=1, paused=1, size=(600, 400))
    page = tab.page
    page.get_by_role("button", name="Dismiss").click()  # that there is no picture
    names = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, a[href]")]
             .filter((control) => control.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
             .map((control) => control.getAttribute("aria-label") || control.textContent || control.id)"""
    )
    assert [re.sub("^Parity.*", "Parity", name) for name in names] == [
        "Parity",
        "Play",
        "One control step",
        "Reset to this seed",
        "Push",
        "Open the whole page in a new tab",
    ]
    expect(page.get_by_role("switch", name="Policy", exact=True)).to_be_checked()
    bar = page.locator("#transport").bounding_box()
    assert bar is not None
    assert (bar["x"], bar["width"], bar["y"] + bar["height"]) == (0, 600, 400)
    assert bar["height"] <= 56
    page.get_by_role("button", name="Play").click()
    tab.wait("snapshot.step > 3")
    tab.wait_for_address(embed="1", paused=None)


def test_the_gallery_leads_to_every_bundle_with_its_facts(open_tab: OpenTab, site: str, default_bundle: Bundle) -> None:
    page = open_tab(base=site).page
    episodes = default_bundle.manifest.parity.episodes
    assert episodes is not None
    mean = sum(episodes.returns) / len(episodes.returns)
    checks = len(default_bundle.manifest.parity.checks)

    def expect_facts(card: Locator) -> None:
        for fact in (f"return {mean:.0f} ", "bbconvert/HumanoidBalance-v0 · PPO · 100 Hz", f"all {checks} checks held"):
            expect(card).to_contain_text(fact)

    page.get_by_role("button", name="Policy to play").click()
    expect_facts(page.get_by_role("button", name="Humanoid, balancing"))
    expect(page.get_by_role("button", name="Its <twin>").locator("img")).to_have_js_property("naturalWidth", 1)
    page.get_by_role("link", name="All policies").click()
    expect(page).to_have_title(re.compile("All policies"))
    card = page.get_by_role("link", name="Humanoid, balancing")
    expect_facts(card)
    expect(page.get_by_text("A drawn figure stands where no picture was rendered.")).to_be_visible()
    expect(card.locator("img")).to_have_count(0)
    twin = page.get_by_role("link", name="Its <twin>")
    expect(twin.locator("img")).to_have_js_property("naturalWidth", 1)
    twin.click()
    page.wait_for_url(re.compile("bundle=twin"))
    assert page.evaluate("window.bbconvert.ready.then((player) => player.state.bundle)") == "twin"


def test_the_picker_changes_to_the_bundle_that_is_picked(open_tab: OpenTab, site: str) -> None:
    tab = open_tab(base=site)
    tab.page.get_by_role("button", name="Policy to play").click()
    tab.page.get_by_role("button", name="Its <twin>").click()
    tab.wait_for_address(bundle="twin")
    tab.page.get_by_role("button", name="Policy to play").click()
    expect(tab.page.get_by_role("button", name="Its <twin>")).to_have_attribute("aria-current", "true")


def test_a_gallery_without_its_list_says_so_in_words(open_tab: OpenTab, site: str, tmp_path: Path) -> None:
    (tmp_path / SUB_PATH / "bundles" / "index.json").unlink()
    tab = open_tab(base=f"{site}gallery.html", ready=False)
    tab.expect_words("alert", "bundles/index.json")
