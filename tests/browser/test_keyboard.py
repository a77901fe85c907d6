"""Every key that the help names does what it says."""

import numpy as np
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab


def test_keys_play_step_reset_and_switch_the_policy(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=8)
    press = tab.page.keyboard.press
    start = tab.snapshot()

    press(".")
    tab.wait("snapshot.step === 1")
    press(".")
    tab.wait("snapshot.step === 2")
    press("r")
    tab.wait("snapshot.step === 0")
    assert tab.snapshot().bits == start.bits
    press("Shift+R")
    tab.wait("snapshot.seed === 9")

    press("p")
    tab.wait("!player.state.policy")
    press("p")
    tab.wait("player.state.policy")

    press("Space")
    tab.wait("player.state.playing && snapshot.step > 5")
    press("Space")
    tab.wait("!player.state.playing")
    # A step pauses what plays, and counts one.
    press("Space")
    tab.wait("player.state.playing")
    press(".")
    tab.wait("!player.state.playing")


def test_arrow_keys_push_the_body_in_four_directions(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=8)
    unpushed = tab.step(10).qvel[:2]
    directions = []
    for key in ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"):
        tab.reset(seed=8)
        tab.page.keyboard.press(key)
        directions.append(tab.step(10).qvel[:2] - unpushed)
    up, down, left, right = directions
    assert min(np.linalg.norm(direction) for direction in directions) > 0.05
    assert np.dot(up, down) < 0
    assert np.dot(left, right) < 0
    assert abs(np.dot(up, left)) < 0.5 * np.linalg.norm(up) * np.linalg.norm(left)


def test_h_shows_and_hides_the_telemetry_and_a_question_mark_the_help(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    press, page = tab.page.keyboard.press, tab.page
    hide, show = (page.get_by_role("button", name=f"{what} telemetry") for what in ("Hide", "Show"))
    expect(hide).to_be_visible()
    press("h")
    expect(show).to_be_visible()
    expect(page.get_by_text("Control rate")).to_be_hidden()
    press("h")
    expect(hide).to_be_visible()
    expect(page.get_by_text("Control rate")).to_be_visible()

    dialog = page.get_by_role("dialog", name="Keyboard and mouse")
    press("Shift+?")
    expect(dialog).to_be_visible()
    press("Shift+?")
    expect(dialog).to_be_hidden()


def test_keys_typed_into_the_seed_stay_there(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=8)
    seed = tab.page.get_by_role("spinbutton", name="Seed")
    seed.focus()
    for key in ("p", "r", "h", "."):
        tab.page.keyboard.press(key)
    tab.page.keyboard.press("ArrowUp")
    expect(seed).to_have_value("9")
    assert tab.snapshot().step == 0
    assert tab.call("return player.state.policy;") is True
