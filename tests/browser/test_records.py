"""The longest balance and the hardest push survived: counted as they happen, and remembered by this browser."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab

NOTHING = "\N{EN DASH}"
"""Stands for a value that there is none of yet."""

# A browser that forbids a page to keep anything, as private windows may.
_FORBID = """
for (const name of ["getItem", "setItem"])
  Storage.prototype[name] = () => { throw new DOMException("forbidden", "SecurityError"); };
"""


def _row(tab: Tab, label: str) -> Locator:
    return tab.page.locator("#hud .row").filter(has_text=label)


def _push(tab: Tab, impulse: float) -> None:
    tab.call("return player.push({ body: 'torso', impulse: [argument, 0, 0] });", impulse)


@pytest.mark.parametrize("forbidden", [False, True], ids=["stored", "forbidden"])
def test_the_longest_balance_is_remembered_where_the_browser_allows_it(open_tab: OpenTab, forbidden: bool) -> None:
    tab = open_tab(paused=1, seed=3, before=(lambda page: page.add_init_script(_FORBID)) if forbidden else None)
    longest = _row(tab, "Longest balance")
    tab.step(150)
    expect(longest).to_contain_text("best 1.50 s")
    # A shorter episode changes neither, going back in time adds nothing.
    tab.reset(seed=4)
    tab.step(100)
    tab.call("return player.seek(120);")
    tab.step(20)
    expect(longest).to_contain_text("best 1.50 s")
    expect(longest.locator(".value")).to_have_text("1.50 s")
    tab.page.reload()
    tab.call("")
    expect(longest.locator(".value")).to_have_text(NOTHING)
    expect(longest.locator(".note")).to_have_text("" if forbidden else "best 1.50 s")


def test_a_push_counts_once_the_body_has_stood_for_three_seconds_after_it(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=3)
    hardest = _row(tab, "Hardest push survived").locator(".value")
    _push(tab, 4.0)
    tab.step(290)
    expect(_row(tab, "Longest balance")).to_contain_text("2.90 s")
    expect(hardest).to_have_text(NOTHING)
    tab.step(15)
    assert tab.snapshot().terminated is False
    expect(hardest).to_have_text("4.0 N·s")
    # Whoever falls has not survived, and what is gone back on did not happen.
    tab.reset(seed=4)
    _push(tab, 150.0)
    assert tab.step(310).terminated is True
    tab.reset(seed=5)
    _push(tab, 6.0)
    tab.step(10)
    tab.reset(seed=5)
    tab.step(320)
    expect(_row(tab, "Longest balance")).to_contain_text("3.20 s")
    expect(hardest).to_have_text("4.0 N·s")


def test_a_beaten_best_is_said_once_and_a_replay_sets_none(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=3)
    tab.step(50)
    tab.reset(seed=4)
    for _ in range(3):
        tab.step(30)
    tab.expect_words("status", "A new personal best: the longest balance")
    expect(tab.page.get_by_text("A new personal best")).to_have_count(1)
    expect(_row(tab, "Longest balance")).to_contain_text("0.90 s")

    other = open_tab(paused=1, seed=3)
    saved = tab.call("return new Uint8Array((await player.rollout()).bytes);")
    other.call("await player.replay(new Uint8Array(argument).buffer); return player.step(80);", saved)
    expect(_row(other, "Episode")).to_contain_text("2")
    expect(_row(other, "Longest balance").locator(".value")).to_have_text(NOTHING)
