"""The stages of a training in the page: a slider, an address, a script."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from bbconvert.convert.bundle.bundle import POLICY, Bundle, open_bundle, write_manifest
from bbconvert.convert.manifest import Stage, Training
from bbconvert.convert.shipped import CART_POLE_BUNDLE
from tests.browser.conftest import OpenTab


@pytest.fixture
def learned(library: dict[str, Bundle], tmp_path: Path) -> Bundle:
    """The cart-pole with two earlier stages: its actor's first weights halved, and a quarter of them."""
    import onnx
    from onnx import numpy_helper

    folder = tmp_path / "learned"
    shutil.copytree(CART_POLE_BUNDLE, folder)
    (folder / "stages").mkdir()
    for k, share in enumerate((0.25, 0.5)):
        model = onnx.load(folder / POLICY)
        for tensor in model.graph.initializer:
            if tensor.name == "actor.0.weight":
                tensor.CopyFrom(numpy_helper.from_array(np.float32(share) * numpy_helper.to_array(tensor), tensor.name))
        onnx.save(model, folder / "stages" / f"{k}.onnx")
    stages = [Stage(file=f"stages/{k}.onnx", steps=1000 * k) for k in range(2)]
    training = Training(stages=stages, steps=3000, curve=[(0, 12.0), (1500, 200.0), (3000, 900.0)])
    write_manifest(folder, open_bundle(folder).manifest.model_copy(update={"training": training}))
    library["learned"] = open_bundle(folder)
    return library["learned"]


def test_the_slider_plays_the_policy_of_each_stage_and_the_address_says_which(
    open_tab: OpenTab, learned: Bundle
) -> None:
    tab = open_tab(bundle="learned", paused=1, seed=3)
    state = tab.reset(seed=3).observation.tolist()
    last = tab.call("return await player.act(argument);", state)
    panel = tab.page.locator("section.learning")
    panel.locator("summary").click()
    slider = panel.get_by_role("slider", name="Stage")
    expect(panel).to_contain_text("3,000 steps")
    slider.focus()
    tab.page.keyboard.press("ArrowLeft")
    tab.wait("player.state.stage === 1")
    expect(panel).to_contain_text("1,000 steps")
    tab.wait_for_address(stage="1")
    second = tab.call("return await player.act(argument);", state)
    tab.page.keyboard.press("ArrowLeft")
    tab.wait("player.state.stage === 0")
    first = tab.call("return await player.act(argument);", state)
    assert len({tuple(action) for action in (first, second, last)}) == 3
    expect(tab.page.locator(".badge.disturbed")).to_contain_text("an earlier stage")
    tab.page.locator(".badge.disturbed").click()
    tab.wait("player.state.stage === null")
    assert tab.call("return await player.act(argument);", state) == last
    checks = tab.call("return await player.verify();")
    (row,) = [check for check in checks if "earlier stages" in check["name"]]
    assert row["ok"]
    assert row["value"] == 0


def test_a_link_opens_at_a_stage_and_one_that_is_not_there_is_said(open_tab: OpenTab, learned: Bundle) -> None:
    tab = open_tab(bundle="learned", paused=1, stage=1)
    assert tab.call("return player.state.stage;") == 1
    tab.call("await player.setBackend('onnx');")
    assert tab.call("return player.state.stage;") == 1
    assert "last stage alone" in tab.failure("await player.setBackend('tfjs');")
    assert "has 2 earlier stages" in tab.failure("await player.setStage(5);")
    tab = open_tab(bundle="learned", paused=1, stage=9)
    tab.expect_words("status", "no stage 9")


def test_a_bundle_without_stages_has_no_slider(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    expect(tab.page.locator("section.learning details")).to_have_count(0)
