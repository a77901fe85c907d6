"""A saved episode, dropped on the page, plays again and is held to what it recorded."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab
from tests.browser.picture import SMALL
from tests.browser.snapshot import Hand
from tests.browser.tab import Tab

# Drops a file of these bytes on the page, as a person does from a file manager.
_DROP = """
const transfer = new DataTransfer();
transfer.items.add(new File([new Uint8Array(argument.bytes)], argument.name));
for (const type of ["dragenter", "dragover", "drop"])
  document.getElementById("scene").dispatchEvent(
    new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }),
  );
"""


def _saved(tab: Tab, folder: Path) -> Path:
    """The episode as the page saves it."""
    path = folder / "it.safetensors"
    path.write_bytes(bytes(tab.call("return new Uint8Array((await player.rollout()).bytes);")))
    return path


def _drop(tab: Tab, path: Path) -> None:
    tab.call(_DROP, {"bytes": list(path.read_bytes()), "name": path.name})


def test_a_dropped_rollout_ends_in_the_recorded_state_to_the_last_bit(open_tab: OpenTab, tmp_path: Path) -> None:
    tab = open_tab(paused=1, seed=7)
    tab.call("return player.setHandFelt(true);")
    tab.step(20)
    tab.call("return player.push({ body: 'torso', impulse: [12, 5, 0] });")
    recorded = tab.step(60)
    path = _saved(tab, tmp_path)

    # Neither the policy nor the hand has a part in it.
    fresh = open_tab(paused=1, seed=1, policy=0)
    _drop(fresh, path)
    fresh.expect_words("status", "Replaying it.safetensors")
    fresh.expect_words("status", "Replayed 80 steps: every state is the recorded one, to the last bit")
    fresh.wait("!player.state.playing")
    ended = fresh.snapshot()
    assert (ended.step, ended.seed) == (80, 7)
    assert ended.bits == recorded.bits
    assert ended.observation.tobytes() == recorded.observation.tobytes()
    assert fresh.call("return player.state.replaying;") is False


def _same_hand(one: Hand, other: Hand) -> bool:
    same = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("point", "target", "force"))
    return one.body == other.body and same


def test_the_forces_of_a_file_are_drawn_as_they_were(open_tab: OpenTab, tmp_path: Path) -> None:
    tab = open_tab(paused=1, seed=7)
    tab.step(5)
    tab.call("return player.pin({ body: 'left_lower_arm' });")
    at = [float(value) for value in tab.snapshot().qpos[:3]]
    tab.call("return player.grab(argument);", {"body": "torso", "point": at, "target": [at[0] + 0.2, *at[1:]]})
    tab.step(5)
    tab.call("return player.push({ body: 'pelvis', impulse: [0, 8, 0] });")
    recorded = tab.step(5)
    tab.call("return player.release();")
    tab.call("return player.unpin();")
    tab.step(60)
    path = _saved(tab, tmp_path)

    # Slowly: 75 steps shall not be over before anybody looks.
    fresh = open_tab(drawing=True, size=SMALL, paused=1, seed=1, policy=0, speed=0.1)
    _drop(fresh, path)
    fresh.wait("player.state.replaying && player.state.playing")
    fresh.call("await player.pause(); await player.seek(argument);", 1)
    forces = fresh.page.locator("#forces")
    shown = {kind: forces.locator(f".force.{kind}") for kind in ("pull", "pin", "push")}
    replayed = fresh.step(15 - fresh.snapshot().step)
    assert replayed.bits == recorded.bits
    assert replayed.hand is not None
    assert recorded.hand is not None
    assert _same_hand(replayed.hand, recorded.hand)
    assert all(map(_same_hand, replayed.pins, recorded.pins))
    newtons = np.linalg.norm(recorded.hand.force)
    expect(shown["pull"]).to_have_text(f"{newtons:.0f} N" if newtons >= 10 else f"{newtons:.1f} N")
    expect(shown["pin"]).to_have_count(1)
    expect(shown["push"]).to_have_text("8.0 N·s · 80 N")
    assert "pin" not in fresh.query

    # A replay that is saved again carries them, too; where nobody pulls any more, nothing is drawn.
    assert load_file(_saved(fresh, tmp_path))["touches"].shape[1] == 13
    later = fresh.step(50)
    assert (later.step, later.hand, later.pins) == (65, None, [])
    for labels in shown.values():
        expect(labels).to_have_count(0)


def test_a_rollout_whose_actions_were_changed_is_told_to_differ(open_tab: OpenTab, tmp_path: Path) -> None:
    tab = open_tab(paused=1, seed=7)
    tab.step(40)
    path = _saved(tab, tmp_path)
    tensors = load_file(path)
    tensors["action"][10, 0] += 0.01
    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
    save_file(tensors, path, metadata)
    _drop(tab, path)
    tab.expect_words("status", "Replayed 40 steps: the states differ")


def test_a_file_is_chosen_with_the_button_and_a_push_lets_the_policy_take_over(
    open_tab: OpenTab, tmp_path: Path
) -> None:
    # Slowly: 300 steps shall not be over before anybody interferes.
    tab = open_tab(paused=1, seed=7, speed=0.1)
    recorded = tab.step(300)
    path = _saved(tab, tmp_path)
    tab.page.get_by_role("button", name="Save and load").click()
    with tab.page.expect_file_chooser() as chooser:
        tab.page.get_by_role("button", name="Replay a saved episode").click()
    chooser.value.set_files(path)
    tab.wait("player.state.replaying && snapshot.step > 10")
    tab.page.keyboard.press("Space")
    tab.wait("!player.state.playing && player.state.replaying")
    tab.page.keyboard.press("ArrowUp")
    tab.wait("!player.state.replaying")
    expect(tab.page.get_by_text("Replaying it.safetensors")).to_be_hidden()
    assert tab.step(300 - tab.snapshot().step).bits != recorded.bits


# Drops a file of two gigabytes that takes no memory, unless it is read; counts the bytes that are.
_DROP_LARGE = """
window.read = 0;
for (const type of [Blob, File]) {
  const whole = type.prototype.arrayBuffer;
  type.prototype.arrayBuffer = function () {
    window.read += this.size;
    return this.size > 1e6 ? Promise.reject(new Error("all of it was read")) : whole.call(this);
  };
}
const piece = new Blob([new Uint8Array(1e6)]);
const transfer = new DataTransfer();
transfer.items.add(new File(Array(2000).fill(piece), "film.mp4"));
document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
"""


def test_a_dropped_file_of_two_gigabytes_is_refused_unread(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=2)
    before = tab.step(9)
    tab.call(_DROP_LARGE)
    tab.expect_words("status", "film.mp4 has 2.0 GB; a saved episode has at most 128 MB.")
    assert tab.page.evaluate("window.read") == 0
    assert tab.snapshot().bits == before.bits


@pytest.mark.hub
def test_what_cannot_be_replayed_is_refused_in_words_and_nothing_changes(
    open_tab: OpenTab, served_humanoid: Bundle, default_bundle: Bundle, tmp_path: Path
) -> None:
    other = open_tab(paused=1, seed=7, bundle=served_humanoid.manifest.name)
    other.step(5)
    foreign = _saved(other, tmp_path)
    tab = open_tab(paused=1, seed=2)
    before = tab.step(9)
    _drop(tab, foreign)
    tab.expect_words("status", "was recorded in Humanoid-v4")
    _drop(tab, default_bundle.folder / "golden.safetensors")
    tab.expect_words("status", "golden.safetensors is a safetensors file, but no rollout of this page")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"not much")
    _drop(tab, broken)
    tab.expect_words("status", "broken.safetensors is truncated")
    assert tab.snapshot().bits == before.bits
