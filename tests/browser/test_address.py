"""The address mirrors the state, both ways."""

from playwright.sync_api import expect

from convert.bundle import Bundle
from tests.browser.conftest import OpenTab


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
    assert (tab.query["seed"], tab.query["backend"]) == ("0", "onnx")
