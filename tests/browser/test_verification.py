"""The proof in the tab is a proof: one number changed, and it does not hold."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from playwright.sync_api import expect
from safetensors.numpy import load_file, save_file

from bbconvert.convert.browser import served
from bbconvert.convert.bundle.bundle import GOLDEN, MANIFEST, POLICY, Bundle, write_manifest
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.support.repository import ROOT

Damage = Callable[[Path], None]


def _change_golden(tensor: str, index: tuple[int, ...], by: float) -> Damage:
    def damage(folder: Path) -> None:
        tensors = load_file(folder / GOLDEN)
        changed = tensors[tensor].copy()
        changed[index] += by
        assert changed[index] != tensors[tensor][index]
        save_file({**tensors, tensor: changed}, folder / GOLDEN)

    return damage


def _change_weight(folder: Path) -> None:
    model = onnx.load(folder / POLICY)
    largest = max(model.graph.initializer, key=lambda tensor: int(np.prod(tensor.dims)))
    weights = numpy_helper.to_array(largest).copy()
    weights[0, 0] += 1e-3
    largest.CopyFrom(numpy_helper.from_array(weights, largest.name))
    onnx.save(model, folder / POLICY)


def _change_term(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (velocity,) = (term for term in manifest["observation"]["terms"] if term["source"] == "qvel")
    velocity["clip"] = [-0.5, 0.5]
    (folder / MANIFEST).write_text(json.dumps(manifest))


TWINS = {
    "observation": (_change_golden("observation", (150, 40), 1e-6), "observation, state-synchronised in WASM"),
    "initial position": (_change_golden("qpos", (0, 9), 1e-12), "qpos after reset(seed={seed})"),
    "reward": (_change_golden("reward", (100,), 1e-6), "reward, state-synchronised in WASM"),
    "weight": (_change_weight, "action of policy.onnx in ONNX Runtime Web"),
    "term": (_change_term, "observation, state-synchronised in WASM"),
}
"""What is changed, and the row that must not hold."""


def _failing(rows: list[dict[str, Any]]) -> set[str]:
    return {row["name"] for row in rows if not row["ok"]}


def _expect_badge(tab: Tab, words: str, *, green: bool) -> None:
    """Waits for the badge to say `words` beside a mark that is green, or red. The page verifies by itself as well."""
    tab.wait_in_page(
        "(([badge, words, wanted]) => {"
        "  const [red, green] = getComputedStyle(badge.querySelector('svg')).color.match(/[0-9.]+/g).map(Number);"
        "  return badge.textContent.includes(words) && (wanted ? green > red : red > green);"
        "})(argument)",
        [tab.badge.element_handle(), words, green],
    )


def test_a_tab_verifies_by_itself_unless_it_is_told_to_wait(open_tab: OpenTab) -> None:
    _expect_badge(open_tab(paused=1, verify=1), "actions bit-equal", green=True)
    waiting = open_tab(paused=1, verify=0)
    waiting.page.wait_for_timeout(2500)  # longer than a tab waits that verifies
    assert waiting.badge.get_attribute("data-standing") == "waiting"


def test_the_intact_bundle_holds_its_badge_is_green_and_the_button_verifies_again(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    rows = tab.verify()
    assert _failing(rows) == set()
    assert {row["level"] for row in rows} == {"network", "observation", "rollout"}
    assert all(row["n"] > 0 for row in rows)
    _expect_badge(tab, "actions bit-equal", green=True)
    tab.badge.click()
    dialog = tab.page.get_by_role("dialog")
    expect(dialog.get_by_role("row")).to_have_count(1 + len(rows))
    expect(dialog.get_by_role("row", name="fails")).to_have_count(0)
    tab.call("player.addEventListener('verify', ({ detail }) => { window.again = detail; });")
    dialog.get_by_role("button", name="Verify in this tab").click()
    tab.wait_in_page("window.again !== undefined")
    assert tab.page.evaluate("window.again.map((row) => row.value)") == [row["value"] for row in rows]


@pytest.mark.parametrize("twin", TWINS)
def test_one_changed_number_fails_its_row(
    open_tab: OpenTab, serve_copy: Callable[[Bundle], Path], default_bundle: Bundle, twin: str
) -> None:
    damage, row = TWINS[twin]
    wanted = row.format(seed=default_bundle.golden.seed[0])
    folder = serve_copy(default_bundle)
    damage(folder)
    tab = open_tab(bundle=folder.name, paused=1)
    rows = tab.verify()
    failing = _failing(rows)
    assert wanted in failing
    _expect_badge(tab, f"{len(failing)} of {len(rows)} checks failed", green=False)
    tab.badge.click()
    dialog = tab.page.get_by_role("dialog")
    expect(dialog.get_by_role("row", name="fails")).to_have_count(len(failing))
    header = tab.page.get_by_role("rowheader", name=wanted, exact=True)
    expect(dialog.get_by_role("row").filter(has=header)).to_contain_text("fails")


def test_the_page_says_that_an_environment_of_its_own_is_not_verified(
    open_tab: OpenTab, page_folder: Path, default_bundle: Bundle, tmp_path: Path
) -> None:
    env = default_bundle.manifest.env.model_copy(update={"id": "mine:Own-v0"})
    own = Bundle(tmp_path / "own", default_bundle.manifest.model_copy(update={"name": "own", "env": env}))
    shutil.copytree(default_bundle.folder, own.folder)
    write_manifest(own.folder, own.manifest)
    with served({"own": own}, page_folder) as address:
        tab = open_tab(bundle="own", paused=1, base=address)
        expect(tab.badge).to_contain_text("Parity (own environment)")
        tab.badge.click()
        expect(tab.page.get_by_role("dialog")).to_contain_text("Not verified: its environment is its own.")


def test_the_page_names_the_mujoco_that_a_bundle_was_made_with(
    open_tab: OpenTab, page_folder: Path, default_bundle: Bundle, tmp_path: Path
) -> None:
    manifest = default_bundle.manifest.model_copy(update={"name": "older", "mujoco_version": "3.3.7"})
    older = Bundle(shutil.copytree(default_bundle.folder, tmp_path / "older"), manifest)
    write_manifest(older.folder, manifest)
    with served({"older": older}, page_folder) as address:
        tab = open_tab(bundle="older", paused=1, base=address)
        tab.badge.click()
        told = f"older was made with MuJoCo 3.3.7, and this page plays MuJoCo {version('mujoco')}"
        expect(tab.page.locator("#other-mujoco")).to_contain_text(told)
    tab = open_tab(paused=1)
    tab.badge.click()
    expect(tab.page.locator("#other-mujoco")).to_be_hidden()


@pytest.mark.hub
def test_the_command_ends_with_3_for_a_changed_number(humanoid: Bundle, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(humanoid.folder, folder)
    TWINS["observation"][0](folder)
    command = [sys.executable, "-m", "bbconvert", "verify", str(folder), "--level", "browser", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    answer = json.loads(done.stdout)
    assert answer["ok"] is False
    assert "observation: observation, state-synchronised in WASM" in _failing(answer["checks"])
    assert not [row for row in answer["checks"] if "reset(seed" in row["name"] and not row["ok"]]
