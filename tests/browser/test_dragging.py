"""A person takes the body by a limb, with a mouse and with a finger, and lets it go."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, expect

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab
from tests.browser.finger import Finger
from tests.browser.tab import Tab

SMALL = (480, 360)
"""A software renderer draws it quickly."""
PULL = (90, -60)
"""Where to drag, CSS pixels right and down."""
DISPLACED = 0.05
"""Metres that a drag moves the body's root by at least, where it is told from an undragged one."""


def _newtons(tab: Tab) -> Locator:
    """The force, written beside the elastic band."""
    return tab.page.get_by_text(re.compile(r"^\d+(\.\d)? N$")).filter(visible=True)


def _take_hold(tab: Tab) -> tuple[float, float]:
    """Presses the mouse on the body and drags it; returns where it pressed."""
    x, y = tab.find_body()
    tab.page.mouse.down()
    tab.wait("snapshot.hand !== null")
    before = tab.snapshot().hand
    tab.page.mouse.move(x + PULL[0], y + PULL[1], steps=3)
    assert before is not None
    tab.wait(f"snapshot.hand.target[2] > {before.target[2]} + 0.1")
    return x, y


def _displacement(tab: Tab, seed: int, steps: int, dragged: np.ndarray) -> float:
    """How far (metres) `dragged` puts the root from where the same seed, undragged, has it after `steps`."""
    tab.reset(seed=seed)
    undragged = tab.step(steps)
    assert undragged.hand is None
    return float(np.linalg.norm(dragged[:3] - undragged.qpos[:3]))


def test_a_mouse_drags_the_body_away_from_where_the_same_seed_goes_undragged(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, paused=1, seed=3)
    bodies = tab.call("return player.loaded.scene.bodies.map((body) => body.name);")
    _take_hold(tab)
    dragged = tab.step(60)
    hand = dragged.hand
    assert hand is not None
    assert hand.body in bodies
    assert np.linalg.norm(hand.force) > 1
    assert np.dot(hand.force, hand.target - hand.point) > 0
    tab.page.mouse.up()
    tab.wait("snapshot.hand === null")
    assert _displacement(tab, 3, 60, dragged.qpos) > DISPLACED
    # Without a drag the same comparison finds nothing at all.
    tab.reset(seed=3)
    assert _displacement(tab, 3, 60, tab.step(60).qpos) == 0


def test_the_elastic_band_says_its_force_for_as_long_as_it_pulls(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, paused=1, seed=3)
    expect(_newtons(tab)).to_have_count(0)
    _take_hold(tab)
    hand = tab.step(1).hand
    assert hand is not None
    expect(_newtons(tab)).to_have_text(f"{np.linalg.norm(hand.force):.0f} N")
    tab.page.mouse.up()
    expect(_newtons(tab)).to_have_count(0)


def test_a_playing_body_is_dragged_and_let_go(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, seed=3)
    _take_hold(tab)
    tab.call("await player.reset({ seed: 3 });")  # lets go: the drag of before is not part of the comparison
    tab.page.mouse.up()
    _take_hold(tab)
    held = tab.snapshot().step
    tab.wait(f"snapshot.step > {held} + 60")
    tab.call("await player.pause();")
    dragged = tab.snapshot()
    assert dragged.hand is not None
    tab.page.mouse.up()
    tab.wait("snapshot.hand === null")
    assert _displacement(tab, dragged.seed, dragged.step, dragged.qpos) > DISPLACED


def test_no_force_stays_behind_after_a_release(
    open_tab: OpenTab, serve_copy: Callable[[Bundle], Path], default_bundle: Bundle
) -> None:
    folder = serve_copy(default_bundle)
    # Without the solver's warm start qpos, qvel and the forces are all there is, so that equal means equal to the bit.
    scene = folder / "scene.xml"
    xml, edits = re.subn(r"(<option [^>]*>)", r'\1<flag warmstart="disable"/>', scene.read_text())
    assert edits == 1
    scene.write_text(xml)
    tab = open_tab(drawing=True, size=SMALL, bundle=folder.name, paused=1, policy=0, seed=3)
    _take_hold(tab)
    held = tab.step(20)
    pulled_on = tab.step(20)
    assert pulled_on.hand is not None
    tab.page.mouse.up()
    tab.wait("snapshot.hand === null")
    released = tab.snapshot()
    went_on = tab.step(20)
    tab.reset(seed=3, qpos=released.qpos, qvel=released.qvel)
    assert tab.step(20).bits == went_on.bits
    # The same comparison across steps that were held tells the force.
    tab.reset(seed=3, qpos=held.qpos, qvel=held.qvel)
    assert tab.step(20).bits != pulled_on.bits


def test_a_finger_drags_the_body_too(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, context={"has_touch": True}, paused=1, seed=3)
    x, y = tab.find_body()
    finger = Finger(tab.page)
    finger.down(x, y)
    tab.wait("snapshot.hand !== null")
    finger.move(x + PULL[0] / 2, y + PULL[1] / 2)
    finger.move(x + PULL[0], y + PULL[1])
    tab.wait("snapshot.hand.target[2] > snapshot.hand.point[2] + 0.1")
    dragged = tab.step(60)
    assert dragged.hand is not None
    finger.up()
    tab.wait("snapshot.hand === null")
    assert _displacement(tab, 3, 60, dragged.qpos) > DISPLACED


def test_a_pen_drags_the_body_too(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, paused=1, seed=3)
    x, y = tab.find_body()
    session = tab.page.context.new_cdp_session(tab.page)
    tab.page.evaluate("addEventListener('pointerdown', (event) => { window.pressed = event.pointerType; })")

    def pen(kind: str, dx: float, dy: float) -> None:
        session.send(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": x + dx, "y": y + dy, "button": "left", "buttons": 1, "pointerType": "pen"},
        )

    pen("mousePressed", 0, 0)
    tab.wait("snapshot.hand !== null")
    assert tab.page.evaluate("window.pressed") == "pen"
    pen("mouseMoved", *PULL)
    tab.wait("snapshot.hand.target[2] > snapshot.hand.point[2] + 0.1")
    dragged = tab.step(60)
    pen("mouseReleased", *PULL)
    tab.wait("snapshot.hand === null")
    assert _displacement(tab, 3, 60, dragged.qpos) > DISPLACED


def test_a_drag_beside_the_body_turns_the_camera_and_touches_nothing(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, paused=1, seed=3)
    undragged = tab.step(20)
    tab.reset(seed=3)
    x, y = tab.find_body()
    tab.page.mouse.move(x - 180, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x - 120, y + 30, steps=3)
    assert tab.snapshot().hand is None
    assert tab.step(20).bits == undragged.bits
    tab.page.mouse.up()
