"""A policy that acts on what a network sees in the page's own picture."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.evaluate_sight import evaluate_pictures
from bbconvert.convert.rollout.estimator import AttitudeEstimator, degrees_between
from bbconvert.convert.shipped import SEEING_BUNDLE
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab

UP = 6
"""Of the observation."""


@pytest.fixture(autouse=True)
def lander(library: dict[str, Bundle]) -> Bundle:
    """Is served, too."""
    library["reorient-sight"] = open_bundle(SEEING_BUNDLE)
    return library["reorient-sight"]


@pytest.fixture
def small(open_tab: OpenTab) -> Tab:
    """In a small window: here the page's own picture costs more than the network's."""
    return open_tab(drawing=True, size=(320, 240), bundle="reorient-sight", paused=1, seed=5)


def steps_by_sight(tab: Tab, n: int) -> list[dict[str, Any]]:
    """So many control steps; what was seen before each."""
    events = tab.call(
        """
        const events = [];
        const note = ({ detail }) => events.push(detail);
        player.addEventListener("sight", note);
        await player.step(argument);
        player.removeEventListener("sight", note);
        return events;
        """,
        n,
    )
    assert len(events) == n
    return list(events)


def test_what_it_sees_turns_it_upright_and_python_goes_the_same_way(small: Tab, lander: Bundle, tmp_path: Path) -> None:
    small.call("await player.setSight('used');")
    small.reset(seed=5)
    start = small.snapshot().observation[UP]
    events = steps_by_sight(small, 120)
    errors = [event["error"] for event in events]
    assert np.median(errors) < 6
    assert start < 0.9
    assert small.snapshot().observation[UP] > math.cos(math.radians(10))
    # The picture, the truth and the estimate belong together, and to what ONNX Runtime makes of the picture here.
    network = AttitudeEstimator(lander.pose_bytes)
    for event in events[::40]:
        picture = np.array(event["pixels"], np.uint8).reshape(64, 64, 3)
        rotation = network.rotation(picture)
        assert degrees_between(rotation, np.array(event["estimate"]).reshape(3, 3)) < 0.01
        assert degrees_between(rotation, np.array(event["truth"]).reshape(3, 3)) == pytest.approx(
            event["error"], abs=0.01
        )

    file = tmp_path / "seen.safetensors"
    content = small.call("return Array.from(new Uint8Array((await player.rollout()).bytes));")
    file.write_bytes(bytes(content))
    played = evaluate_pictures(lander, file)
    assert (played.seed, played.steps) == (5, 120)
    assert played.action < 1e-3
    assert played.total == pytest.approx(played.in_tab, abs=1e-3)
    assert played.error == pytest.approx(np.median(errors), abs=0.1)


def test_beside_the_policy_it_changes_nothing_and_its_panel_shows_it(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, bundle="reorient-sight", paused=1, seed=5)
    blind = tab.step(6)
    tab.page.locator("section.sight summary").click()
    tab.wait("player.state.sight === 'beside'")
    tab.reset(seed=5)
    watched = tab.step(6)
    np.testing.assert_array_equal(watched.observation, blind.observation)
    panel = tab.page.locator("section.sight")
    expect(panel.get_by_role("img", name="What the network sees")).to_be_visible()
    expect(panel.locator("figcaption", has_text="Error")).to_contain_text("°")
    colours = tab.page.evaluate(
        "() => { const c = document.querySelector('section.sight canvas');"
        " return new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size; }"
    )
    assert colours > 40
    panel.get_by_text("Seen attitude").click()
    tab.wait("player.state.sight === 'used'")
    tab.wait_for_address(sight="used")
    expect(tab.page.locator(".badge.disturbed")).to_contain_text("acts on what it sees")
    tab.page.locator(".badge.disturbed").click()
    tab.wait("player.state.sight === 'beside'")
    tab.page.locator("section.sight summary").click()
    tab.wait("player.state.sight === 'off'")


def test_without_webgl_it_says_why_it_cannot_see_and_the_true_attitude_plays_on(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="reorient-sight", paused=1, sight="used")
    assert "There is no picture for the network to see" in tab.failure("await player.step(1);")
    tab.call("await player.setSight('off');")
    assert tab.step(3).step == 3


def test_a_bundle_without_such_a_network_has_no_panel_and_refuses_in_words(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    expect(tab.page.locator("section.sight details")).to_have_count(0)
    assert "has no network that sees" in tab.failure("await player.setSight('used');")
    assert "is not one of off, beside, used" in tab.failure("await player.setSight('always');")
