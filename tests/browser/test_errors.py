"""What goes wrong is said in words, and nothing hangs."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from bbconvert.convert.bundle.bundle import MANIFEST, POLICY, SCENE, Bundle
from bbconvert.convert.manifest import VERSION
from tests.browser.conftest import OpenTab

WORKER = "**/assets/sim-worker-*.js"
CARD: Literal["alertdialog"] = "alertdialog"


def _truncate(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 2])

    return damage


def _outdate(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "version": VERSION + 1}))


def _nest(folder: Path) -> None:
    manifest = (folder / MANIFEST).read_text().rstrip().removesuffix("}")
    (folder / MANIFEST).write_text(f'{manifest}, "later": {"[" * 100_000}{"]" * 100_000}}}')


DAMAGES = {
    "truncated manifest": (_truncate(MANIFEST), "bundle.json is truncated"),
    "nested manifest": (_nest, "bundle.json nests its brackets more than 64 deep"),
    "newer version": (_outdate, "update bbconvert"),
    "truncated policy": (_truncate(POLICY), "policy.onnx"),
    "truncated scene": (_truncate(SCENE), "scene.xml"),
    "no policy": (lambda folder: (folder / POLICY).unlink(), "There is no policy.onnx"),
}
"""What is wrong with a bundle, and the words that say it."""


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_bundle_is_refused_in_words_where_the_intact_one_opens(
    open_tab: OpenTab, serve_copy: Callable[[Bundle], Path], default_bundle: Bundle, name: str
) -> None:
    damage, words = DAMAGES[name]
    folder = serve_copy(default_bundle)
    tab = open_tab(bundle=folder.name, paused=1)
    assert tab.step(1).step == 1
    damage(folder)
    tab.page.reload()
    assert words in tab.refusal()
    tab.expect_words(CARD, words)


def test_what_a_stranger_called_something_is_text_and_not_markup(
    open_tab: OpenTab, serve_copy: Callable[[Bundle], Path], default_bundle: Bundle
) -> None:
    markup = '<img src=x onerror="window.ran = true"><script>window.ran = true</script><b>bold</b>'
    folder = serve_copy(default_bundle)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["title"] = markup
    manifest["source"] |= {"repo_id": markup, "revision": markup, "filename": markup}
    manifest["action"]["names"] = [markup for _ in manifest["action"]["names"]]
    for term in manifest["observation"]["terms"] + manifest["env"]["reward"]:
        term["name"] = markup
    (folder / MANIFEST).write_text(json.dumps(manifest))
    tab = open_tab(bundle=folder.name, paused=1, open="hud,hands,policy,charts")
    tab.step(5)
    expect(tab.page.locator("h1")).to_have_text(markup)
    expect(tab.page.get_by_role("link", name=markup)).to_have_attribute("href", re.compile("^https://huggingface.co/"))
    assert tab.page.locator("img[src=x], b:text-is('bold')").count() == 0
    assert tab.page.evaluate("window.ran") is None


def test_a_bundle_that_is_not_served_is_named_and_the_default_one_offered(
    open_tab: OpenTab, default_bundle: Bundle
) -> None:
    tab = open_tab(bundle="no-such-bundle", ready=False)
    assert "no-such-bundle" in tab.refusal()
    tab.expect_words(CARD, "no-such-bundle")
    tab.page.get_by_role("button", name="Open the default policy").click()
    tab.page.wait_for_url(re.compile(rf"bundle={default_bundle.manifest.name}&"))
    tab.wait("snapshot.step > 0")


def test_a_load_that_fails_leaves_what_plays(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=4)
    before = tab.step(20)
    assert "no-such-bundle" in tab.failure("await player.load('no-such-bundle');")
    assert tab.snapshot().bits == before.bits
    assert tab.step(1).step == 21


def test_without_webgl_the_page_says_so_and_simulates(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    tab.expect_words("status", "WebGL is missing")
    assert tab.step(10).step == 10
    with_picture = open_tab(paused=1, drawing=True, size=(320, 240))
    expect(with_picture.page.get_by_text("WebGL is missing")).to_have_count(0)


def _throw_at_start(page: Page) -> None:
    body = "throw new Error('a broken worker');"
    page.route(WORKER, lambda route: route.fulfill(response=route.fetch(), body=body))


def _cut_off(page: Page) -> None:
    page.route(WORKER, lambda route: route.abort())


@pytest.mark.parametrize(
    ("sabotage", "words"), [(_throw_at_start, "a broken worker"), (_cut_off, "could not be loaded")]
)
def test_a_worker_that_cannot_start_is_said(open_tab: OpenTab, sabotage: Callable[[Page], None], words: str) -> None:
    tab = open_tab(before=sabotage, ready=False)
    assert words in tab.refusal()
    tab.expect_words(CARD, words)


def test_a_worker_that_throws_later_fails_what_waits_and_says_so(open_tab: OpenTab) -> None:
    bomb = "self.addEventListener('message', ({ data }) => { if (data.type === 'push') throw new Error('a bomb'); });"

    def plant(route: Route) -> None:
        whole = route.fetch()
        route.fulfill(response=whole, body=f"{bomb}\n{whole.text()}")

    tab = open_tab(before=lambda page: page.route(WORKER, plant))
    tab.wait("snapshot.step > 0")
    tab.call("player.addEventListener('error', ({ detail }) => { window.fatal = detail; });")
    push = "await player.push({ body: 'torso', impulse: [1, 0, 0] });"
    assert "a bomb" in tab.failure(push)
    assert tab.page.evaluate("window.fatal.fatal") is True
    tab.expect_words(CARD, "a bomb")
    assert "Restart it or reload the page" in tab.failure("await player.snapshot();")


def test_physics_that_diverge_are_said_and_reset_and_the_world_goes_on(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    absurd = np.full(tab.reset(seed=1).qvel.size, 1e200)
    tab.reset(seed=1, qvel=absurd)
    assert "diverged" in tab.failure("await player.step(5);")
    after = tab.snapshot()
    assert after.step == 0
    assert np.all(np.isfinite(after.qpos))
    assert tab.step(30).step == 30

    tab.call("player.addEventListener('error', ({ detail }) => { window.mended = detail; });")
    tab.reset(seed=1, qvel=absurd)
    tab.call("await player.play();")
    tab.expect_words("status", "diverged")
    assert tab.page.evaluate("window.mended.fatal") is False
    tab.wait("player.state.playing && snapshot.step > 20")
    assert np.all(np.isfinite(tab.snapshot().qpos))


MEANINGLESS = {
    "await player.step(1.5);": "whole number",
    "await player.reset({ qpos: [1, 2] });": "qpos",
    "await player.reset({ qvel: [1, 2] });": "qvel",
    "await player.reset({ seed: -1 });": "seed",
    "await player.setSpeed(0);": "speed",
    "await player.setBackend('caffe');": "caffe",
    "await player.grab({ body: 'tail', point: [0, 0, 1], target: [0, 0, 2] });": "torso",
    "await player.grab({ body: 'torso', point: [0, 0, NaN], target: [0, 0, 2] });": "point",
    "await player.moveGrab([0, 0, 1]);": "grab",
}
"""Calls, and a word of the answer."""


def test_a_call_that_cannot_be_meant_rejects_in_words_and_changes_nothing(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=1)
    before = tab.step(5)
    for call, words in MEANINGLESS.items():
        assert words in tab.failure(call)
        assert tab.snapshot().bits == before.bits, call
    following = tab.step(5)
    tab.reset(seed=1)
    tab.step(5)
    assert tab.step(5).bits == following.bits
