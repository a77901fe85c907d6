"""What a person does to the body with the tools: stiffer drags, pushes at a point, pins, and pushes by themselves."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.finger import Finger
from tests.browser.snapshot import Snapshot
from tests.browser.tab import Tab

SMALL = (480, 480)
"""A software renderer draws it quickly."""
CENTIMETRES = 0.05
"""How far (metres) a pinned torso may give way."""
TORSO = slice(0, 3)
"""The root's position in `qpos`."""


def _number(tab: Tab, pattern: str) -> Locator:
    """A number that is written beside a force in the picture."""
    return tab.page.locator("#forces").get_by_text(re.compile(pattern)).filter(visible=True)


def _torso(snapshot: Snapshot) -> NDArray[np.float64]:
    return snapshot.qpos[TORSO]


def test_a_stiffer_drag_pulls_harder(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)

    def dragged(stiffness: float) -> tuple[float, float]:
        """Newtons at first and metres after a moment, towards +x, under a drag of 30 cm."""
        tab.call("await player.setStiffness(argument);", stiffness)
        x, y, z = map(float, _torso(tab.reset(seed=3)))
        tab.call("await player.grab(argument);", {"body": "torso", "point": [x, y, z], "target": [x + 0.3, y, z]})
        hand = tab.snapshot().hand
        assert hand is not None
        return float(hand.force[0]), float(_torso(tab.step(15))[0] - x)

    (soft, near), (stiff, far) = dragged(4), dragged(40)
    assert stiff > 5 * soft
    assert far > 2 * near
    assert "1 to 200 N/m" in tab.failure("await player.setStiffness(1000);")


def test_the_policy_feels_the_hand_only_where_the_switch_says_so(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    bodies = tab.call("return player.loaded.scene.bodies.map((body) => body.name);")

    def felt() -> NDArray[np.float64]:
        """Torque and force on the torso, as the policy observes them under a drag."""
        at = [float(value) for value in _torso(tab.reset(seed=3))]
        tab.call("await player.grab(argument);", {"body": "torso", "point": at, "target": [at[0] + 0.3, *at[1:]]})
        # The observation ends with the contact forces: six numbers a body.
        wrenches = tab.step(3).observation[-6 * len(bodies) :].reshape(-1, 6)
        torso: NDArray[np.float64] = wrenches[bodies.index("torso")]
        return torso

    assert not felt().any()
    tab.page.get_by_role("switch", name="feels your forces").focus()
    tab.page.keyboard.press("Space")
    tab.wait_for_address(felt="1")
    force = felt()[3:]
    assert force[0] > 10
    hand = tab.snapshot().hand
    assert hand is not None
    np.testing.assert_allclose(force, hand.force, rtol=0.2, atol=5)


def test_the_stiffness_slider_says_newtons_and_the_address_carries_it(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    slider = tab.page.get_by_role("slider", name="Stiffness")
    slider.focus()
    tab.page.keyboard.press("End")
    tab.wait_for_address(stiffness="200")
    assert re.fullmatch(r"[\d,]+ N/m", slider.get_attribute("aria-valuetext") or "")
    again = open_tab(**tab.query)
    assert again.call("return player.state.stiffness;") == pytest.approx(200)


def test_a_pinned_torso_stays_in_place_without_its_policy_and_falls_when_let_go(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, policy=0, seed=3)
    start = tab.snapshot()
    tab.call("await player.pin({ body: 'torso' });")
    for _ in range(5):
        assert np.linalg.norm(_torso(tab.step(60)) - _torso(start)) < CENTIMETRES
    pinned = tab.snapshot()
    assert [pin.body for pin in pinned.pins] == ["torso"]
    assert pinned.pins[0].force[2] > 100
    tab.page.get_by_role("button", name="Remove pins").click()
    tab.wait("snapshot.pins.length === 0")
    assert _torso(start)[2] - _torso(tab.step(100))[2] > 0.5


def test_the_hold_tool_leaves_the_body_where_it_was_dragged_and_a_click_lets_it_go(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, paused=1, policy=0, seed=3)
    tab.page.get_by_text("Hold", exact=True).click()
    x, y = tab.find_body()
    tab.page.mouse.down()
    tab.wait("snapshot.hand !== null")
    tab.page.mouse.move(x + 20, y - 40, steps=3)
    tab.step(10)
    tab.page.mouse.up()
    tab.wait("snapshot.pins.length === 1 && snapshot.hand === null")
    pin = tab.snapshot().pins[0]
    assert np.linalg.norm(tab.step(100).pins[0].point - pin.target) < 0.1
    expect(_number(tab, r"^\d+ N$")).to_have_count(1)

    # The body hangs, still: a click where it is pinned takes the pin out.
    tab.step(300)
    x, y = tab.find_body()
    body = tab.snapshot().pins[0].body
    tab.page.mouse.down()
    tab.wait("snapshot.hand !== null")
    grabbed = tab.snapshot().hand
    assert grabbed is not None
    tab.page.mouse.up()
    if grabbed.body == body:
        tab.wait("snapshot.pins.length === 0 && snapshot.hand === null")
    else:
        tab.wait("snapshot.pins.length === 2")


def test_x_pins_what_is_dragged_and_lets_go_of_it(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, paused=1, seed=3)
    tab.find_body()
    tab.page.mouse.down()
    tab.wait("snapshot.hand !== null")
    tab.page.keyboard.press("x")
    tab.wait("snapshot.hand === null && snapshot.pins.length === 1")
    tab.page.mouse.up()
    tab.step(1)
    assert len(tab.snapshot().pins) == 1
    tab.page.keyboard.press("x")
    tab.wait("snapshot.pins.length === 0")
    # With nothing in hand it holds the whole body.
    tab.page.keyboard.press("x")
    tab.wait("snapshot.pins.length === 1")
    assert tab.snapshot().pins[0].body == "torso"


def test_the_push_tool_pushes_where_a_press_meets_the_body_and_shows_an_arrow(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, paused=1, seed=3)
    unpushed = tab.step(11).qvel[:2]
    tab.reset(seed=3)
    x, y = tab.find_body()
    tab.page.keyboard.press("2")
    expect(tab.page.get_by_role("radio", name="Push")).to_be_checked()
    tab.page.mouse.click(x, y)
    arrow = _number(tab, r"^\d+ N·s · \d+ N$")
    expect(arrow).to_have_count(1)
    assert tab.snapshot().hand is None
    assert np.linalg.norm(tab.step(11).qvel[:2] - unpushed) > 0.05
    tab.step(45)
    expect(arrow).to_have_count(0)


def test_a_finger_pushes_and_holds_without_a_hover(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, context={"has_touch": True}, paused=1, seed=3)
    x, y = tab.find_body()
    finger = Finger(tab.page)
    tab.page.get_by_text("Push", exact=True).first.tap()
    expect(tab.page.get_by_role("radio", name="Push")).to_be_checked()
    finger.down(x, y)
    finger.up()
    expect(_number(tab, r"N·s")).to_have_count(1)
    tab.page.get_by_text("Hold", exact=True).tap()
    finger.down(x, y)
    tab.wait("snapshot.hand !== null")
    finger.move(x + 15, y - 15)
    finger.up()
    tab.wait("snapshot.pins.length === 1")


def test_random_pushes_are_those_of_the_seed_and_the_address_carries_them(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=5)
    quiet = tab.step(150).bits
    tab.page.get_by_role("switch", name="Random pushes").focus()
    tab.page.keyboard.press("Space")
    tab.wait("player.state.randomPushes !== null")
    tab.call("await player.setRandomPushes({ perMinute: 60, impulse: 15 });")
    tab.reset(seed=5)
    pushed = tab.step(150).bits
    assert pushed != quiet
    tab.reset(seed=5)
    assert tab.step(150).bits == pushed
    tab.reset(seed=6)
    assert tab.step(150).bits != pushed
    tab.reset(seed=5)
    tab.wait_for_address(pushes="60,15", seed="5")
    again = open_tab(**tab.query)
    assert again.step(150).bits == pushed
    tab.call("await player.setRandomPushes(null);")
    tab.wait_for_address(pushes=None)
    tab.reset(seed=5)
    assert tab.step(150).bits == quiet
