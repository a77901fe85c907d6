"""The scene: what is shown over it, where it is looked at from, what it follows, and that it comes back."""

import re

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab
from tests.browser.picture import SMALL, STILL, Picture, be_drawn, changed, different, still_picture

GRAVITY = 9.81


def test_an_overlay_shows_at_its_key_and_goes_at_its_key(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, context=STILL, paused=1, seed=3)
    tab.step(120)
    plain = still_picture(tab)
    keys = {"k": "contacts", "n": "forces", "j": "joints", "m": "centreOfMass", "t": "torques"}
    for key, overlay in keys.items():
        tab.page.keyboard.press(key)
        tab.wait(f"player.state.overlays.join() === '{overlay}'")
        assert changed(plain, still_picture(tab)) > 100, overlay
        tab.page.keyboard.press(key)
        tab.wait("player.state.overlays.length === 0")
        assert changed(plain, still_picture(tab)) == 0, overlay


def _centre_of_mass(bundle: Bundle, qpos: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the body in a pose, as MuJoCo itself has it, metres."""
    model = mujoco.MjModel.from_xml_path(str(bundle.folder / "scene.xml"))
    data = mujoco.MjData(model)
    data.qpos = qpos
    mujoco.mj_forward(model, data)
    return np.array(data.subtree_com[1])


def test_the_centre_of_mass_leaves_a_trail_where_it_came(open_tab: OpenTab, default_bundle: Bundle) -> None:
    look = {"show": "centreOfMass", "camera": "-90,2,2.5"}
    tab = open_tab(drawing=True, size=SMALL, context=STILL, paused=1, seed=3, policy=0, **look)
    be_drawn(tab)
    way = [_centre_of_mass(default_bundle, tab.snapshot().qpos)]
    for _ in range(15):
        way.append(_centre_of_mass(default_bundle, tab.step(8).qpos))
        be_drawn(tab)
    trailed = still_picture(tab)

    def begin_anew() -> Picture:
        for wanted in (0, 1):
            tab.page.keyboard.press("m")
            tab.wait(f"player.state.overlays.length === {wanted}")
            picture = still_picture(tab)
        return picture

    # Begun anew it has no trail. From the side x goes to the right, and z up.
    rows, columns = np.nonzero(different(trailed, begin_anew()))
    assert len(rows) > 60
    x, _, z = np.ptp(way, axis=0)
    assert np.ptp(rows) / np.ptp(columns) == pytest.approx(z / x, rel=0.25)
    # A body that was put elsewhere did not come by a way.
    tab.reset(seed=3, qpos=tab.snapshot().qpos + np.eye(len(tab.snapshot().qpos))[0] * 20)
    jumped = still_picture(tab)
    assert changed(jumped, begin_anew()) == 0


def test_the_forces_written_at_the_feet_carry_a_standing_body(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, paused=1, seed=3)
    tab.step(120)
    written = tab.page.locator(".force.contact")
    expect(written).to_have_count(0)
    tab.page.keyboard.press("n")
    expect(written).to_have_count(2)
    newtons = sum(float(text.removesuffix(" N")) for text in written.all_inner_texts())
    weight = GRAVITY * tab.call("return player.loaded.scene.mass;")
    assert 0.8 < newtons / weight < 1.2


def test_the_menu_switches_what_the_keys_switch(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    tab.page.get_by_role("button", name="View", exact=True).click()
    switch = tab.page.get_by_role("switch", name="Joint axes")
    expect(switch).not_to_be_checked()
    tab.page.get_by_text("Joint axesJ").click()
    tab.wait("player.state.overlays.join() === 'joints'")
    tab.page.keyboard.press("j")
    expect(switch).not_to_be_checked()
    tab.wait("player.state.overlays.length === 0")
    assert "There are: contacts, forces" in tab.failure("await player.setOverlay('wind', true);")


def test_presets_look_from_where_they_say(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, context=STILL, paused=1, seed=3)
    unpushed = tab.step(10).qvel[:2]
    # A push goes away from the viewer, so it tells where he is.
    for key, away in (("4", (-1, 0)), ("5", (0, 1)), ("7", (1, 0))):
        tab.reset(seed=3)
        tab.page.keyboard.press(key)
        still_picture(tab)
        tab.page.keyboard.press("ArrowUp")
        pushed = tab.step(10).qvel[:2] - unpushed
        assert np.dot(pushed, away) > 0.95 * np.linalg.norm(pushed) > 0.05, key


def test_a_double_click_follows_a_body_and_f_the_whole_again(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, context=STILL, paused=1, seed=3)
    whole = still_picture(tab)
    x, y = tab.find_body()
    tab.page.mouse.dblclick(x, y)
    followed = tab.page.get_by_role("button", name=re.compile("^Following "))
    expect(followed).to_be_visible()
    assert followed.inner_text().removeprefix("Following ") in tab.call(
        "return player.loaded.scene.bodies.map((body) => body.name);"
    )
    assert tab.snapshot().hand is None
    assert changed(whole, still_picture(tab)) > 100
    tab.page.keyboard.press("f")
    expect(followed).to_be_hidden()


def test_a_link_shows_the_same_overlays_from_the_same_side_of_the_same_body(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, context=STILL, paused=1, seed=3)
    plain = still_picture(tab)
    for key in ("k", "n", "j", "m", "t"):
        tab.page.keyboard.press(key)
    tab.wait_for_address(show="contacts,forces,joints,centreOfMass,torques")
    x, y = tab.find_body()
    tab.page.mouse.dblclick(x, y)
    followed = tab.page.get_by_role("button", name=re.compile("^Following "))
    body = followed.inner_text().removeprefix("Following ")
    tab.page.keyboard.press("7")
    tab.wait_for_address(follow=body)
    tab.wait_in_page("location.search.includes('camera=behind,')")
    seen = still_picture(tab)
    assert changed(plain, seen) > 1000

    again = open_tab(drawing=True, size=SMALL, context=STILL, **tab.query)
    expect(again.page.get_by_role("button", name=f"Following {body}")).to_be_visible()
    assert changed(seen, still_picture(again)) < 100  # the address rounds degrees
    assert again.query == tab.query
    again.page.keyboard.press("f")
    again.wait_for_address(follow=None)


def test_an_address_that_follows_what_there_is_not_is_said(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, paused=1, follow="tail", camera="behind", show="wind")
    for words in ('no body "tail"', "not a camera position", 'no overlay "wind"'):
        tab.expect_words("status", words)
    tab.wait_for_address(follow=None, camera=None, show=None)


def test_the_scene_follows_the_systems_theme_while_it_is_open(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, context=STILL, paused=1, seed=3)
    tab.page.emulate_media(color_scheme="light")
    light = still_picture(tab)
    tab.page.emulate_media(color_scheme="dark")
    assert light.mean() - still_picture(tab).mean() > 60
    tab.page.emulate_media(color_scheme="light")
    assert changed(light, still_picture(tab)) == 0


def test_a_lost_picture_comes_back_as_it_was(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=SMALL, context=STILL, paused=1, seed=3)
    tab.step(20)
    whole = still_picture(tab)
    tab.page.evaluate(
        "window.lost = document.getElementById('scene').getContext('webgl2').getExtension('WEBGL_lose_context');"
    )
    tab.page.evaluate("window.lost.loseContext()")
    notice = tab.page.get_by_text("The graphics driver lost the picture")
    expect(notice).to_be_visible()
    assert changed(whole, still_picture(tab)) > 100
    tab.page.evaluate("window.lost.restoreContext()")
    expect(notice).to_be_hidden()
    assert changed(whole, still_picture(tab)) == 0
