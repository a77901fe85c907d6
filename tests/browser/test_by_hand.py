"""Actuators that are moved by hand: from the panel, by the address and by a gamepad."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenTab

GAMEPAD = """
window.axes = [0, 0];
navigator.getGamepads = () => [{ connected: true, id: "Pad", axes: window.axes }];
"""


def test_an_actuator_is_taken_over_moved_and_given_back(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    tab.page.get_by_text("By hand", exact=True).click()
    tab.page.get_by_role("combobox", name="Actuator to take over").select_option(label="left_shoulder2")
    slider = tab.page.get_by_role("slider", name="left_shoulder2")
    slider.fill("0.2")
    tab.wait("Math.abs(player.state.overrides[0]?.value - 0.2) < 1e-6")
    assert abs(tab.step(5).action[15] - 0.2) < 1e-6
    slider.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.wait("player.state.overrides[0].value > 0.205")
    expect(tab.page.get_by_role("button", name="Disturbed")).to_contain_text("1 by hand")
    tab.wait_in_page("location.search.includes('hand=15:0.2')")
    tab.page.get_by_role("button", name="Give left_shoulder2 back to the policy").click()
    tab.wait("player.state.overrides.length === 0")
    assert tab.complaints == []


def test_the_address_moves_actuators_also_with_the_policy_off(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, policy=0, hand="2:0.3,5:-0.1")
    action = tab.step(2).action
    assert {i: round(value, 6) for i, value in enumerate(action.tolist()) if value} == {2: 0.3, 5: -0.1}
    assert "takes -0.4 to 0.4" in tab.failure("await player.setOverrides([{ actuator: 0, value: 9 }]);")


def test_the_sticks_of_a_gamepad_move_what_was_taken_over(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, hand="2:0.3")
    tab.page.get_by_text("By hand", exact=True).click()
    tab.page.evaluate(GAMEPAD)
    # From the first look on, what moves counts.
    expect(tab.page.locator(".manual")).to_contain_text("Pad moves the first of them with its sticks.")
    assert tab.call("return player.state.overrides[0].value;") == 0.3
    tab.page.evaluate("window.axes = [-1, 0]")
    tab.wait("Math.abs(player.state.overrides[0].value + 0.4) < 1e-6")
