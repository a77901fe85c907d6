"""The last minute: every moment of it can be returned to, to the last bit, and played on from."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab
from tests.browser.snapshot import Hand, Snapshot
from tests.browser.tab import Tab

PHONE = (390, 844)
CATCH_UP = 8
"""Control steps that the worker may make up for at once."""

# Plays `argument.steps` control steps and keeps every snapshot.
_PLAY = """
const seen = [];
for (let i = 0; i < argument; i++) seen.push(await player.step(1));
return seen;
"""


def _play(tab: Tab, steps: int) -> list[Snapshot]:
    return [Snapshot.read(raw) for raw in tab.call(_PLAY, steps)]


def _seek(tab: Tab, index: int) -> Snapshot:
    return Snapshot.read(tab.call("return player.seek(argument);", index))


def _equal(one: Snapshot, other: Snapshot) -> bool:
    """Every number of both, to the last bit."""
    return bool(_bits(one) == _bits(other))


def _bits(value: Any) -> Any:
    """Arrays as they lie in memory."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, Snapshot | Hand):
        return {name: _bits(field) for name, field in vars(value).items()}
    return [_bits(item) for item in value] if isinstance(value, list) else value


def _slider(tab: Tab) -> Locator:
    return tab.page.get_by_role("slider", name="Timeline")


def _history(tab: Tab) -> dict[str, Any]:
    history: dict[str, Any] = tab.call("return player.history();")
    return history


@pytest.mark.hub
def test_a_scrubbed_state_equals_the_recorded_one_to_the_last_bit_and_goes_on_as_it_did(
    open_tab: OpenTab, served_humanoid: Bundle
) -> None:
    for wish in ({}, {"bundle": served_humanoid.manifest.name}):
        tab = open_tab(paused=1, seed=3, **wish)
        played = [tab.snapshot(), *_play(tab, 120)]
        for index in (77, 3, 119, 0, 40):
            assert _equal(_seek(tab, index), played[index]), index
        assert all(_equal(now, then) for now, then in zip(_play(tab, 80), played[41:], strict=True))
        assert _history(tab)["to"] == 120


def test_what_plays_on_from_an_earlier_moment_replaces_what_came_after(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=3)
    _play(tab, 60)
    _seek(tab, 20)
    tab.call("return player.push({ body: 'torso', impulse: [15, 0, 0] });")
    other = tab.step(30)
    history = _history(tab)
    assert (history["from"], history["to"], history["at"]) == (0, 50, 50)
    assert _equal(_seek(tab, 50), other)
    assert "0 to 50; got 51" in tab.failure("await player.seek(51);")


def test_a_moment_shows_what_hands_did_and_goes_on_with_pins_and_pushes_alone(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=3, pushes="120,15")
    _play(tab, 20)
    tab.call("return player.pin({ body: 'left_lower_arm' });")
    held = _play(tab, 40)
    tab.call("return player.unpin();")
    tab.step(20)

    # Pinned, and often in the middle of a push: as if nobody had looked.
    for index in (49, 37, 25):
        assert _equal(_seek(tab, index), held[index - 21])
        assert all(_equal(now, then) for now, then in zip(_play(tab, 8), held[index - 20 :], strict=False))


def test_a_drag_of_a_moment_is_shown_and_let_go_in_words(open_tab: OpenTab) -> None:
    tab = open_tab(drawing=True, size=(480, 360), paused=1, seed=3)
    at = [float(value) for value in tab.step(20).qpos[:3]]
    tab.call("return player.grab(argument);", {"body": "torso", "point": at, "target": [at[0] + 0.2, *at[1:]]})
    dragged = _play(tab, 20)
    newtons = tab.page.locator("#forces").get_by_text(" N").filter(visible=True)
    tab.call("return player.release();")
    tab.step(20)
    expect(newtons).to_have_count(0)
    assert _equal(_seek(tab, 30), dragged[9])
    expect(newtons).to_have_count(1)
    gone_on = tab.step(1)
    tab.expect_words("status", "That drag has ended")
    assert gone_on.hand is None
    assert gone_on.bits != dragged[10].bits
    expect(newtons).to_have_count(0)


def test_the_track_is_dragged_and_shows_what_it_is_dragged_to(open_tab: OpenTab) -> None:
    tab = open_tab(seed=3)
    tab.wait("snapshot.step > 100 || snapshot.episode > 1")
    box = _slider(tab).bounding_box()
    assert box is not None
    mouse, y = tab.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + 4, y)
    mouse.down()
    tab.wait("!player.state.playing")
    first = _history(tab)
    for x in (30, 20, 10):
        mouse.move(box["x"] + x, y)
    tab.wait_in_page("(({ at, to }) => at > 0 && at < to)(await player.history())", ready=True)
    mouse.up()
    expect(tab.page.get_by_role("button", name="Play")).to_be_visible()
    later = _history(tab)
    assert first["at"] != later["at"] < later["to"]
    expect(_slider(tab)).to_have_attribute("aria-valuenow", str(later["at"]))
    episode = [episode for episode in later["episodes"] if episode["begin"] <= later["at"]][-1]
    assert tab.snapshot().step == episode["firstStep"] + later["at"] - episode["begin"]

    tab.page.get_by_role("button", name="Now").click()
    tab.wait_in_page(f"(await player.history()).at === {later['to']}", ready=True)


def test_keys_go_back_and_forth_and_the_slider_says_where_one_is(open_tab: OpenTab, default_bundle: Bundle) -> None:
    tab = open_tab(paused=1, seed=3)
    second = round(1 / default_bundle.manifest.env.dt)
    tab.step(3 * second)
    at = 3 * second
    press = tab.page.keyboard.press
    for key, moved in (("[", -second), (",", -1), ("[", -second), ("]", second)):
        press(key)
        at += moved
        expect(_slider(tab)).to_have_attribute("aria-valuenow", str(at))
        tab.wait(f"snapshot.step === {at}")
    press("Home")
    tab.wait("snapshot.step === 0")
    press("End")
    tab.wait(f"snapshot.step === {3 * second}")

    _slider(tab).focus()
    for key, at in (
        ("ArrowLeft", 3 * second - 1),
        ("PageDown", 2 * second - 1),
        ("ArrowRight", 2 * second),
        ("Home", 0),
    ):
        press(key)
        tab.wait(f"snapshot.step === {at}")
    # The arrows of the slider push nobody.
    assert _history(tab)["pushed"] == []
    expect(_slider(tab)).to_have_attribute("aria-valuetext", "3.00 s ago · seed 3 · step 0")


def test_a_finger_scrubs_on_a_phone(open_tab: OpenTab) -> None:
    tab = open_tab(size=PHONE, context={"has_touch": True, "is_mobile": True}, paused=1, seed=3)
    tab.step(1500)
    box = _slider(tab).bounding_box()
    assert box is not None
    assert box["height"] >= 36
    tab.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.wait_in_page("Math.abs((await player.history()).at - 750) < 10", ready=True)


def test_episodes_their_ends_and_pushes_stand_on_the_track(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=3, policy=0)
    tab.step(100)
    tab.reset(seed=4)
    tab.call("return player.push({ body: 'torso', impulse: [15, 0, 0] });")
    tab.step(100)
    history = _history(tab)
    assert [(episode["begin"], episode["seed"], episode["reason"]) for episode in history["episodes"]] == [
        (0, 3, "terminated"),
        (101, 4, "terminated"),
    ]
    assert [run[0] for run in history["pushed"]] == [102]
    track = _slider(tab)
    expect(track.locator(".episode")).to_have_count(2)
    expect(track.locator(".ending.terminated")).to_have_count(2)
    expect(track.locator(".pushed")).to_have_count(1)


def test_flat_out_the_page_still_answers_and_the_address_says_so(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=3)
    slider = tab.page.get_by_role("slider", name="Speed")
    slider.focus()
    tab.page.keyboard.press("End")
    tab.wait_for_address(speed="max")
    expect(slider).to_have_attribute("aria-valuetext", "max")
    tab.page.keyboard.press("Space")
    tab.wait("snapshot.episode > 3")
    assert tab.call("return (await player.metrics()).droppedSteps;") == 0
    tab.page.get_by_role("button", name="Pause").click()
    tab.wait_for_address(paused="1")
    again = open_tab(**tab.query)
    assert again.call("return player.state.speed === Infinity;") is True


# What the browser does when another tab is chosen, and when this one is again.
_HIDE = """
Object.defineProperty(document, "hidden", { value: argument, configurable: true });
document.dispatchEvent(new Event("visibilitychange"));
"""


_SHOW = f"""
const begun = performance.now();
const [before, dropped] = [(await player.history()).to, (await player.metrics()).droppedSteps];
argument = false;
{_HIDE}
while (!player.state.playing) await new Promise((wake) => setTimeout(wake, 1));
const steps = (await player.history()).to - before;
const lost = (await player.metrics()).droppedSteps - dropped;
return {{ steps, lost, ms: performance.now() - begun }};
"""


def test_a_hidden_tab_rests_and_plays_on_without_a_burst(open_tab: OpenTab, default_bundle: Bundle) -> None:
    tab = open_tab(seed=3)
    tab.wait("snapshot.step > 20")
    tab.call(_HIDE, True)
    tab.wait("!player.state.playing")
    resting = tab.snapshot()
    assert "paused" not in tab.query
    # A second passes for the page, and none for the body.
    tab.call("for (const end = performance.now() + 1000; performance.now() < end; );")
    assert _equal(tab.snapshot(), resting)
    seen = tab.call(_SHOW)
    # What was taken and what was given up is what was due since it is seen again: the hidden second is neither made up
    # for nor counted as lost. That an unburdened worker loses none: playback.test.ts, on a clock of its own.
    assert seen["steps"] + seen["lost"] <= seen["ms"] / (1000 * default_bundle.manifest.env.dt) + CATCH_UP
