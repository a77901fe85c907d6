"""What a person takes along: the episode for Python and as a table, a picture, a film."""

import csv
import re
import struct
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from playwright.sync_api import expect
from safetensors import safe_open
from safetensors.numpy import load_file

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.environments.environment import mujoco_env
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab
from tests.support.repository import ROOT

SMALL = (480, 360)
TOLERANCE = 1e-9
"""Absolute and relative, of a state: native MuJoCo rounds a free-running step unlike WASM's (docs/architecture.md)."""


# Plays a film to its end.
_WATCH = """async (content) => {
  const film = document.createElement("video");
  film.muted = true;
  film.src = URL.createObjectURL(new Blob([new Uint8Array(content)], { type: "video/webm" }));
  const ended = new Promise((end, fail) => { film.onended = end; film.onerror = () => fail(film.error); });
  await film.play();
  await ended;
  const { totalVideoFrames: pictures } = film.getVideoPlaybackQuality();
  return { width: film.videoWidth, height: film.videoHeight, seconds: film.currentTime, pictures };
}"""


# Lets the page draw that many pictures.
_DRAW = """(pictures) => new Promise((drawn) => {
  const next = () => (pictures-- > 0 ? requestAnimationFrame(next) : drawn());
  next();
})"""


def _save(tab: Tab, item: str, folder: Path) -> Path:
    """Chooses an item of the panel; the file that the browser downloads for it, under the name that it suggests."""
    tab.page.get_by_role("button", name="Save and load").click()
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name=item).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def _snippets() -> list[str]:
    """The Python of docs/rollouts.md, as it stands there."""
    return re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "rollouts.md").read_text(), re.DOTALL)


def test_a_saved_episode_is_loaded_by_the_documented_three_lines(
    open_tab: OpenTab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = open_tab(paused=1, seed=7)
    rewards = tab.call("const r = []; for (let i = 0; i < 80; i++) r.push((await player.step(1)).reward); return r;")
    now = tab.snapshot()
    path = _save(tab, "Save this episode", tmp_path)
    tab.expect_words("status", "Saved 80 steps")
    assert path.name == "humanoid-balance-seed7.safetensors"

    snippet, metadata, _ = _snippets()
    assert len(snippet.strip().splitlines()) == 3
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(snippet, names)
    exec(metadata, names)
    rollout = names["rollout"]
    assert rollout["qpos"].shape == (81, now.qpos.size)
    assert rollout["qpos"][-1].tobytes() == now.qpos.tobytes()
    assert rollout["qvel"][-1].tobytes() == now.qvel.tobytes()
    assert rollout["observation"][-1].tobytes() == now.observation.tobytes()
    assert rollout["action"][-1].tobytes() == now.action.astype(np.float32).tobytes()
    assert rollout["reward"].tolist() == rewards
    assert "state" not in rollout
    assert "disturbed" not in rollout


@pytest.mark.hub
def test_gymnasium_replays_an_undisturbed_recording(open_tab: OpenTab, served_humanoid: Bundle, tmp_path: Path) -> None:
    tab = open_tab(paused=1, seed=5, bundle=served_humanoid.manifest.name)
    tab.step(120)
    rollout = load_file(_save(tab, "Save this episode", tmp_path))
    assert rollout["terminated"].any()
    env = gymnasium.make("Humanoid-v4", disable_env_checker=True)
    observation, _ = env.reset(seed=int(rollout["seed"][0]))
    assert observation.tobytes() == rollout["observation"][0].tobytes()
    for step, action in enumerate(rollout["action"]):
        observation, reward, terminated, truncated, _ = env.step(action)
        data = mujoco_env(env).data
        state = np.concatenate([data.qpos, data.qvel])
        recorded = np.concatenate([rollout["qpos"][step + 1], rollout["qvel"][step + 1]])
        np.testing.assert_allclose(state, recorded, rtol=TOLERANCE, atol=TOLERANCE, err_msg=f"step {step}")
        assert reward == pytest.approx(rollout["reward"][step], rel=TOLERANCE, abs=TOLERANCE)
        assert (terminated, truncated) == (bool(rollout["terminated"][step]), bool(rollout["truncated"][step]))


def test_a_disturbed_recording_says_so_and_carries_the_forces(open_tab: OpenTab, tmp_path: Path) -> None:
    tab = open_tab(paused=1, seed=7)
    tab.step(20)
    tab.call("return player.push({ body: 'torso', impulse: [12, 0, 0] });")
    tab.step(40)
    path = _save(tab, "Save this episode", tmp_path)
    tab.expect_words("status", "with the forces of your hand")
    rollout = load_file(path)
    with safe_open(path, "numpy") as file:
        assert file.metadata()["disturbed"] == "true"
    assert rollout["disturbed"][0] == 20
    assert np.abs(rollout["qfrc_applied"][0]).max() > 1
    assert rollout["qfrc_applied"].shape[:2] == (rollout["disturbed"].size, 5)


def test_a_table_has_the_same_numbers(open_tab: OpenTab, tmp_path: Path) -> None:
    tab = open_tab(paused=1, seed=7)
    now = tab.step(25)
    path = _save(tab, "Save as a table", tmp_path)
    assert path.name == "humanoid-balance-seed7.csv"
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(26))
    qpos = [float(rows[-1][f"qpos[{i}]"]) for i in range(now.qpos.size)]
    assert qpos == now.qpos.tolist()
    assert float(rows[-1]["reward"]) == now.reward


def test_a_picture_is_what_the_screen_shows_at_its_resolution(open_tab: OpenTab, tmp_path: Path) -> None:
    tab = open_tab(drawing=True, size=SMALL, context={"device_scale_factor": 2}, paused=1, seed=7)
    path = _save(tab, "Save a picture", tmp_path)
    content = path.read_bytes()
    assert (path.name, content[:8]) == ("humanoid-balance-seed7.png", b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (2 * SMALL[0], 2 * SMALL[1])
    # An empty canvas would be one colour.
    colours = tab.call(
        "const image = await createImageBitmap(new Blob([new Uint8Array(argument)]));"
        "const pencil = new OffscreenCanvas(image.width, image.height).getContext('2d');"
        "pencil.drawImage(image, 0, 0);"
        "const { data } = pencil.getImageData(0, 0, image.width, image.height);"
        "return new Set(new Uint32Array(data.buffer)).size;",
        list(content),
    )
    assert colours > 200


def test_a_film_plays(open_tab: OpenTab, tmp_path: Path) -> None:
    tab = open_tab(drawing=True, size=SMALL, seed=7)
    tab.page.get_by_role("button", name="Save and load").click()
    tab.page.get_by_role("button", name="Record a film").click()
    line = tab.page.get_by_role("status", name="Recording a film")
    # Drawn in software on a busy machine, two seconds may be two pictures.
    expect(line).to_contain_text(re.compile(r"\b(?:[2-9]|[1-5]\d) of 60 s"))
    tab.page.evaluate(_DRAW, 10)
    with tab.page.expect_download() as download:
        line.get_by_role("button", name="Stop and save").click()
    expect(line).to_be_hidden()
    assert re.fullmatch(r"humanoid-balance-seed\d+\.webm", download.value.suggested_filename)
    path = tmp_path / "film.webm"
    download.value.save_as(path)
    content = path.read_bytes()
    assert content[:4] == b"\x1a\x45\xdf\xa3"
    # The page itself may not play from memory: its security policy forbids it.
    film = tab.page.context.new_page().evaluate(_WATCH, list(content))
    assert film["width"] / film["height"] == pytest.approx(SMALL[0] / SMALL[1], rel=0.02)
    assert film["seconds"] > 1
    assert film["pictures"] > 3
