"""What the page shows of the policy's thinking: charts, the observation's cells, the action's bars."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from playwright.sync_api import Locator, expect

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab
from tests.browser.tab import PATIENCE_MS, Tab

MINUS = "\N{MINUS SIGN}"
SIGMA = "\N{GREEK SMALL LETTER SIGMA}"

_COUNT_TRACES = """
window.traced = 0;
const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (...message) {
  if (!this.counted) this.addEventListener("message", ({ data }) => { if (data.traces) window.traced += 1; });
  this.counted = true;
  return postMessage.apply(this, message);
};
"""


def _open_charts(tab: Tab, *more: str) -> None:
    tab.page.get_by_text("Charts", exact=True).click()
    for chip in more:
        tab.page.locator(".chips").get_by_text(chip, exact=True).click()
    for name in ("Reward", "Height", *more):
        expect(_chart(tab, name)).to_be_visible()


def _chart(tab: Tab, name: str) -> Locator:
    return tab.page.get_by_role("slider", name=f"{name}: a moment")


def _expect_reading(tab: Tab, name: str, ago: str, value: float) -> None:
    """That a chart comes to say this value, to the four figures that it shows: it is drawn after the step."""
    chart, wanted = _chart(tab, name), pytest.approx(value, rel=6e-4, abs=1e-9)
    expect(chart).to_have_attribute("aria-valuetext", re.compile(f"^{re.escape(ago)}: "))
    for _ in range(PATIENCE_MS // 20):
        if _shown(chart) == wanted:
            return
        tab.page.wait_for_timeout(20)
    assert _shown(chart) == wanted


def _shown(chart: Locator) -> float:
    text = chart.get_attribute("aria-valuetext") or ""
    shown = re.search(rf" ([{MINUS}\d.e]+)( [^\d]*)?$", text)
    assert shown, text
    return float(shown[1].replace(MINUS, "-"))


def test_nothing_is_traced_until_charts_are_open_nor_after(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, before=lambda page: page.add_init_script(_COUNT_TRACES))
    tab.step(20)
    assert tab.page.evaluate("window.traced") == 0
    _open_charts(tab)
    tab.step(20)
    tab.wait_in_page("window.traced > 0")
    tab.page.get_by_text("Charts", exact=True).click()
    expect(_chart(tab, "Reward")).to_have_count(0)
    tab.snapshot()  # the worker answers in order: no trace is on its way any more
    before = tab.page.evaluate("window.traced")
    tab.step(20)
    assert tab.page.evaluate("window.traced") == before


def test_charts_show_reward_height_and_the_critics_estimate(open_tab: OpenTab, default_bundle: Bundle) -> None:
    tab = open_tab(paused=1, seed=7)
    _open_charts(tab, "Value", "Speed", "Reward terms", "Actions")
    tab.reset(seed=7)
    rewards = [tab.step().reward for _ in range(30)]
    last = tab.snapshot()
    session = onnxruntime.InferenceSession(default_bundle.folder / "policy.onnx")
    (value,) = session.run(["value"], {"observation": last.observation[None]})
    _expect_reading(tab, "Reward", "now", rewards[-1])
    _expect_reading(tab, "Value", "now", float(np.ravel(value)[0]))
    # Body positions are those of the last substep's beginning.
    height = float((_chart(tab, "Height").get_attribute("aria-valuetext") or "").split()[2])
    assert height == pytest.approx(last.qpos[2], abs=0.02)

    _chart(tab, "Reward").focus()
    tab.page.keyboard.press("ArrowLeft")
    _expect_reading(tab, "Reward", "0.05 s ago", rewards[-6])
    tab.page.keyboard.press("End")
    _expect_reading(tab, "Reward", "now", rewards[-1])


def test_a_pointer_reads_a_chart_and_a_finger_too(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=7, context={"has_touch": True})
    _open_charts(tab)
    tab.step(600)
    chart = _chart(tab, "Height")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    ago = re.compile(r"^[34]\.\d\d s ago: Height \d")
    x, y = box["x"] + 40 + 0.65 * 218, box["y"] + 30
    tab.page.touchscreen.tap(x, y)
    expect(chart).to_have_attribute("aria-valuetext", ago)
    tab.page.mouse.move(x + 44, y)
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r"^1\.\d\d s ago: Height \d"))
    tab.page.mouse.move(box["x"] - 30, y)
    expect(chart).to_have_attribute("aria-valuetext", re.compile("^now"))


def test_a_chart_is_drawn_anew_while_it_plays(open_tab: OpenTab) -> None:
    tab = open_tab()
    _open_charts(tab)
    picture = "document.querySelector('.chart canvas').toDataURL()"
    first = tab.page.evaluate(picture)
    tab.wait_in_page(f"{picture} !== argument", first)


def test_the_strip_reads_raw_and_normalised_numbers_and_counts_the_unusual(
    open_tab: OpenTab, default_bundle: Bundle
) -> None:
    tab = open_tab(paused=1, seed=2)
    tab.step(3)
    tab.call("await player.push({ body: 'torso', impulse: [150, 0, 60] });")
    snapshot = tab.step(12)
    statistics = default_bundle.manifest.normalization
    spread = np.sqrt(np.array(statistics.var) + statistics.epsilon)
    normalized = (snapshot.observation - np.array(statistics.mean)) / spread
    unusual = int((abs(normalized) > 5).sum())
    assert unusual > 0
    indicator = tab.page.locator(".strip .indicator")
    expect(indicator).to_contain_text(f"{unusual} of 376 beyond 5{SIGMA}")

    strip = tab.page.get_by_role("slider", name="Numbers of the observation")
    strip.focus()
    for _ in range(3):
        tab.page.keyboard.press("ArrowRight")
    first = default_bundle.manifest.observation.terms[0].name
    text = strip.get_attribute("aria-valuetext") or ""
    raw, sigma = re.fullmatch(rf"{first}\[2\] = ([-\d.e]+) · ([{MINUS}+][\d.]+){SIGMA}", text).groups()  # type: ignore[union-attr]
    assert float(raw) == pytest.approx(snapshot.observation[2], rel=1e-3)
    assert float(sigma.replace(MINUS, "-")) == pytest.approx(normalized[2], abs=0.006)


def test_numbers_that_training_never_saw_are_marked(
    open_tab: OpenTab, default_bundle: Bundle, serve_copy: Callable[[Bundle], Path]
) -> None:
    folder = serve_copy(default_bundle)
    manifest = json.loads((folder / "bundle.json").read_text())
    manifest["observation"]["zeroed"] = [[0, 2]]
    (folder / "bundle.json").write_text(json.dumps(manifest))
    tab = open_tab(paused=1, bundle=folder.name)
    strip = tab.page.get_by_role("slider", name="Numbers of the observation")
    strip.focus()
    tab.page.keyboard.press("ArrowRight")
    expect(strip).to_have_attribute("aria-valuetext", re.compile("training saw none"))
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowRight")
    expect(strip).to_have_attribute("aria-valuetext", re.compile(f"{SIGMA}$"))


def test_bars_count_actuators_at_their_limits_and_enter_mutes_one(open_tab: OpenTab, default_bundle: Bundle) -> None:
    tab = open_tab(paused=1, seed=2)
    tab.call("await player.push({ body: 'torso', impulse: [150, 0, 60] });")
    action = default_bundle.manifest.action
    indicator = tab.page.locator(".actions .indicator")
    counts = set()
    for _ in range(6):
        snapshot = tab.step(8)
        low, high = np.array(action.low, np.float32), np.array(action.high, np.float32)
        saturated = int(((snapshot.action <= low) | (snapshot.action >= high)).sum())
        expect(indicator).to_have_text(f"{saturated} of 17 at a limit")
        counts.add(saturated)
    assert len(counts) > 1
    bars = tab.page.get_by_role("slider", name="Actuators")
    bars.focus()
    tab.page.keyboard.press("End")
    expect(bars).to_have_attribute("aria-valuetext", re.compile(f"^{action.names[-1]} = .*limits -0.4, 0.4"))
    tab.page.keyboard.press("Enter")
    tab.wait("player.state.mutes.length === 1 && player.state.mutes[0] === 16")
