"""The address mirrors the state, both ways."""

from playwright.sync_api import expect

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab

MILLIMETRE = 1.001e-3
"""What an address rounds a pin's place to."""
ROUNDING = 1e-12


def test_the_address_is_obeyed_follows_the_controls_and_reproduces_them(
    open_tab: OpenTab, address: str, default_bundle: Bundle
) -> None:
    tab = open_tab(seed=5, paused=1, policy=0, speed=2, backend="tfjs")
    state = tab.call("return player.state;")
    wanted = {"seed": 5, "playing": False, "policy": False, "speed": 2, "backend": "tfjs"}
    assert {name: state[name] for name in wanted} == wanted
    assert tab.snapshot().bits == tab.reset(seed=5).bits
    page = tab.page
    expect(page.get_by_role("spinbutton", name="Seed")).to_have_value("5")
    expect(page.get_by_role("switch", name="Policy", exact=True)).not_to_be_checked()
    expect(page.get_by_role("radio", name="TF.js")).to_be_checked()
    expect(page.get_by_role("button", name="Play")).to_be_visible()

    page.get_by_text("Policy", exact=True).click()
    tab.wait_for_address(policy=None)
    page.get_by_text("ONNX", exact=True).click()
    tab.wait_for_address(backend="onnx")
    page.get_by_role("slider", name="Speed").focus()
    page.keyboard.press("Home")
    tab.wait_for_address(speed="0.1")
    page.get_by_role("button", name="Play").click()
    tab.wait_for_address(paused=None)
    page.get_by_role("button", name="Pause").click()
    tab.wait_for_address(paused="1")
    page.get_by_role("spinbutton", name="Seed").fill("12")
    page.get_by_role("spinbutton", name="Seed").press("Enter")
    tab.wait_for_address(seed="12")
    assert tab.query == {
        "bundle": default_bundle.manifest.name,
        "backend": "onnx",
        "seed": "12",
        "paused": "1",
        "speed": "0.1",
    }

    again = open_tab(**tab.query)
    assert again.page.url == page.url
    assert again.call("return player.state;") == tab.call("return player.state;")
    assert again.snapshot().bits == tab.snapshot().bits


def test_an_address_that_cannot_be_meant_is_said_and_the_page_plays(open_tab: OpenTab) -> None:
    tab = open_tab(seed=-3, backend="caffe", paused=1)
    tab.expect_words("status", "whole number")
    tab.expect_words("status", "caffe")
    assert (tab.query["seed"], tab.query["backend"]) == ("0", "kernel")


def test_a_link_puts_the_same_tool_in_hand_opens_the_same_panels_and_pins_the_same_points(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=3)
    page = tab.page
    assert not {"tool", "open", "pin"} & set(tab.query)
    page.keyboard.press("2")
    tab.wait_for_address(tool="push")
    page.locator(".charts summary").click()
    tab.wait_for_address(open="hud,hands,charts")
    at = [float(value) for value in tab.snapshot().qpos[:3]]
    point, target = [at[0] + 0.05, at[1], at[2] + 0.1], [at[0] + 0.15, at[1] + 0.05, at[2] + 0.2]
    tab.call("await player.pin(argument);", {"body": "torso", "point": point, "target": target})
    tab.call("await player.pin({ body: 'left_lower_arm' });")
    tab.wait_in_page("new URLSearchParams(location.search).getAll('pin').length === 2")

    again = open_tab(base=page.url)
    assert again.page.url == page.url
    expect(again.page.get_by_role("radio", name="Push")).to_be_checked()
    expect(again.page.locator(".charts canvas").first).to_be_visible()
    expect(again.page.get_by_role("slider", name="Stiffness")).to_be_visible()
    for pin, same in zip(tab.snapshot().pins, again.snapshot().pins, strict=True):
        assert pin.body == same.body
        assert abs(pin.point - same.point).max() < MILLIMETRE
        assert abs(pin.target - same.target).max() < MILLIMETRE

    again.page.keyboard.press("1")
    again.page.keyboard.press("h")
    again.call("await player.unpin();")
    again.wait_for_address(tool=None, pin=None, open="hands,charts")
    folded = open_tab(base=again.page.url)
    assert folded.page.url == again.page.url
    expect(folded.page.get_by_role("slider", name="Stiffness")).to_be_hidden()


def test_a_link_by_hand_pins_a_body_by_its_name_where_it_is_or_where_it_says(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=3, policy=0, pin="torso", open="none")
    (pin,) = tab.snapshot().pins
    assert pin.body == "torso"
    assert abs(pin.point - pin.target).max() < ROUNDING
    expect(tab.page.locator("#hud-body")).to_be_hidden()
    (moved,) = open_tab(paused=1, seed=3, pin="torso,1,0,1.5").snapshot().pins
    assert moved.target.tolist() == [1, 0, 1.5]
    assert abs(moved.point - pin.point).max() < ROUNDING


def test_a_tool_a_panel_or_a_pin_that_there_is_not_is_said(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, tool="hammer", open="attic,charts", pin="torso,up")
    for words in ('no tool "hammer"', 'no panel "attic"', '"torso,up" is not a pin'):
        tab.expect_words("status", words)
    tab.wait_for_address(tool=None, pin=None, open="charts")
    open_tab(paused=1, pin="tail").expect_words("status", "tail")
