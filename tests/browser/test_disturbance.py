"""Noise, muted actuators and sampled actions: switched, shown, undone, and carried by the address."""

import numpy as np
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab

STEPS = 25


def _chip(tab: Tab) -> Locator:
    """What says that the policy is not alone with its body, and undoes it."""
    return tab.page.get_by_role("button", name="Disturbed")


def _unfold(tab: Tab) -> None:
    """Opens the section of the panel about the policy."""
    tab.page.locator("summary").filter(has_text="Disturb the policy").click()


def _bits(tab: Tab, seed: int = 4) -> bytes:
    tab.reset(seed=seed)
    return tab.step(STEPS).bits


def test_a_muted_actuator_gets_nothing_from_its_bar_its_name_and_the_keyboard(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=4)
    page = tab.page
    whole = tab.step(1)
    assert np.all(whole.ctrl[[2, 6]] != 0)
    page.locator(".bars .bar").nth(2).click()
    tab.wait("player.state.mutes.length === 1")
    _unfold(tab)
    knee = page.get_by_role("checkbox", name="Mute right_knee")
    knee.focus()
    page.keyboard.press("Space")
    tab.wait_for_address(mute="2,6")
    expect(page.get_by_role("checkbox", name="Mute abdomen_x")).to_be_checked()
    tab.reset(seed=4)
    muted = tab.step(1)
    silent = np.isin(np.arange(17), [2, 6])
    assert np.all(muted.ctrl[silent] == 0)
    assert np.array_equal(muted.ctrl[~silent], whole.ctrl[~silent])
    expect(_chip(tab)).to_contain_text("2 muted")
    assert "Actuator 17 does not exist" in tab.failure("await player.setMutes([17]);")


def test_noise_changes_what_the_policy_does_and_comes_out_the_same_again(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=4)
    quiet = _bits(tab)
    _unfold(tab)
    seen = []
    for name in ("Observation noise", "Action noise"):
        slider = tab.page.get_by_role("slider", name=name)
        slider.focus()
        for _ in range(4):
            tab.page.keyboard.press("ArrowRight")
        expect(_chip(tab)).to_be_visible()
        seen.append(_bits(tab))
        assert _bits(tab) == seen[-1]
        assert _bits(tab, 5) != seen[-1]
    assert len({quiet, *seen}) == 3
    tab.reset(seed=4)
    tab.wait_for_address(noise="0.2,0.04")
    again = open_tab(**tab.query)
    assert again.step(STEPS).bits == seen[-1]


def test_sampled_actions_are_drawn_anew_each_step_and_are_not_offered_by_tensorflow(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=4)
    mean = _bits(tab)
    _unfold(tab)
    tab.page.get_by_text("Sampled actions").click()
    tab.wait_for_address(sampled="1")
    sampled = _bits(tab)
    assert sampled != mean
    assert _bits(tab) == sampled
    assert "Sampled actions need the backend kernel or ONNX" in tab.failure("await player.setBackend('tfjs');")
    tab.call("await player.setSampling(false); await player.setBackend('tfjs');")
    expect(tab.page.get_by_role("switch", name="Sampled actions")).to_be_disabled()


def test_one_click_puts_all_back_to_the_last_bit(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=4)
    pure = _bits(tab)
    expect(_chip(tab)).to_be_hidden()
    tab.call("await player.setSampling(true); await player.setNoise({ action: 0.1 }); await player.setMutes([0, 1]);")
    assert _bits(tab) != pure
    expect(_chip(tab)).to_contain_text("sampled · action noise · 2 muted")
    _chip(tab).click()
    expect(_chip(tab)).to_be_hidden()
    tab.wait_for_address(sampled=None, noise=None, mute=None)
    assert _bits(tab) == pure


def test_a_disturbed_policy_verifies_as_if_it_were_not(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=4, sampled=1, noise="1,0.2", mute="0,1")
    expect(_chip(tab)).to_be_visible()
    checks = tab.verify()
    assert checks
    assert all(check["ok"] for check in checks)


def test_what_an_address_cannot_mean_is_said_and_the_rest_is_done(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, mute="99", noise="0.5,0", pushes="12")
    tab.expect_words("status", "Actuator 99 does not exist")
    tab.expect_words("status", "above 0 N·s")
    assert tab.call("return player.state.noise.observation;") == 0.5
    assert tab.call("return player.state.mutes;") == []
