"""A robot in the tab: its proof, and a walk under the joystick, the keyboard and a link."""

from typing import cast

import numpy as np
import pytest
from playwright.sync_api import expect

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.mjcf.robot_env import RobotEnv
from tests.browser.axe import violations
from tests.browser.conftest import OpenTab


@pytest.fixture(autouse=True)
def _served(library: dict[str, Bundle], go1: Bundle) -> None:
    library["go1"] = go1


def test_every_check_of_a_robot_holds_in_the_tab(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="go1", paused=1)

    checks = tab.call("return player.verify();")

    assert [check["name"] for check in checks if not check["ok"]] == []
    by_name = {check["name"]: check for check in checks}
    assert by_name["observation, state-synchronised in WASM"]["value"] < 1e-12
    assert by_name["qpos, state-synchronised in WASM"]["value"] < 1e-12
    assert tab.complaints == []


def test_a_robot_with_a_memory_holds_walks_and_is_dragged(
    open_tab: OpenTab, library: dict[str, Bundle], g1: Bundle
) -> None:
    library["g1"] = g1
    tab = open_tab(bundle="g1", paused=1, seed=0, command="0.8,0,0")
    assert [check["name"] for check in tab.call("return player.verify();") if not check["ok"]] == []
    expect(tab.page.locator(".gait .feet span")).to_have_text(["left", "right"])

    before = tab.reset(seed=0).qpos
    after = tab.step(150).qpos
    assert after[0] - before[0] > 1.2  # 3 s, from standing
    tab.call("await player.push({ body: 'pelvis', impulse: [0, 15, 0] });")
    pushed = tab.step(50).qpos
    assert pushed[1] - after[1] > 0.05
    assert pushed[2] > 0.6, "it stays on its feet"

    tab.call("await player.replay((await player.rollout()).bytes); await player.step(200);")
    assert np.array_equal(tab.snapshot().qpos, pushed), "replayed with the push, to the bit"
    assert tab.complaints == []


_HEAR = """
window.heard = [];
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  const command = message?.type === "swarmSet" && message.change.command;
  if (command) window.heard.push(command.map(Math.fround));
  return post.call(this, message, ...rest);
};
"""


def test_a_swarm_walks_under_the_command_of_the_link_and_of_the_stick(open_tab: OpenTab) -> None:
    """Others open while the link's settings are being told: what came meanwhile is told to them, too."""
    tab = open_tab(bundle="go1", swarm=2, command="0.3,0,1", paused=1, before=lambda page: page.add_init_script(_HEAR))
    expect(tab.page.locator("section.swarm")).to_contain_text("of real time")
    tab.wait_in_page("window.heard.length > 0")
    assert tab.page.evaluate("window.heard.at(-1)") == [np.float32(0.3), 0, 1]
    tab.page.get_by_role("button", name="Stand").click()
    tab.wait_in_page("window.heard.at(-1).join() === '0,0,0'")
    assert tab.complaints == []


def test_the_joystick_commands_and_the_robot_walks_there(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="go1", paused=1, seed=1)
    pad = tab.page.get_by_role("slider", name="Command")
    expect(pad).to_have_attribute("aria-valuetext", "forward 0.50 m/s, left 0.00 m/s, turn 0.00 rad/s")
    tab.page.get_by_role("button", name="Stand").click()
    expect(pad).to_have_attribute("aria-valuenow", "0")
    box = pad.bounding_box()
    assert box is not None
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4, steps=3)
    tab.page.mouse.up()
    expect(pad).to_have_attribute("aria-valuenow", "1.5")
    tab.wait_for_address(command="1.5,0,0")

    before = tab.reset(seed=1).qpos
    after = tab.step(150).qpos

    assert after[0] - before[0] > 2.0  # 3 s at up to 1.5 m/s
    assert abs(after[1] - before[1]) < 0.5
    assert after[2] > 0.2


def test_keys_walk_while_they_are_held(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="go1", paused=1, command="0,0,0")
    pad = tab.page.get_by_role("slider", name="Command")
    tab.page.keyboard.down("s")
    expect(pad).to_have_attribute("aria-valuenow", "-1.5")
    tab.page.keyboard.down("q")
    expect(pad).to_have_attribute("aria-valuetext", "forward -1.50 m/s, left 0.00 m/s, turn 1.20 rad/s")
    tab.page.keyboard.up("s")
    tab.page.keyboard.up("q")
    expect(pad).to_have_attribute("aria-valuetext", "forward 0.00 m/s, left 0.00 m/s, turn 0.00 rad/s")


def test_a_command_leads_where_python_walks_under_it(open_tab: OpenTab, go1: Bundle) -> None:
    tab = open_tab(bundle="go1", paused=1, command="0.3,0.2,-0.5")
    tab.reset(seed=0)
    seen = tab.step(100)

    env = rebuild_environment(go1.manifest, go1.folder)
    policy = OnnxPolicy(go1.policy, go1.manifest.normalization)
    env.reset(seed=0)
    robot = cast("RobotEnv", env.unwrapped)
    robot.command = np.array([0.3, 0.2, -0.5])
    observation = robot.observe()
    for _ in range(100):
        observation = env.step(policy(observation))[0]
    np.testing.assert_allclose(seen.qpos, robot.data.qpos, atol=1e-9)


def test_a_moment_of_the_past_is_what_it_was_and_goes_on_alike(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="go1", paused=1, command="0.8,0,0")
    tab.reset(seed=0)
    first = tab.step(60)
    later = tab.step(40)
    history = tab.call("return player.history();")
    tab.call("await player.seek(argument);", history["at"] - 40)
    back = tab.snapshot()
    assert np.array_equal(back.qpos, first.qpos)
    assert np.array_equal(back.observation, first.observation)
    assert np.array_equal(tab.step(40).qpos, later.qpos)
    tab.call("await player.seek(argument);", history["from"])
    begin = tab.snapshot()
    assert np.array_equal(tab.reset(seed=0).qpos, begin.qpos)


def test_a_command_out_of_range_is_refused_and_said(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="go1", paused=1)
    words = tab.failure("await player.setCommand([9, 0, 0]);")
    assert words == "The command is 9, 0, 0; expected: forward -1.5 to 1.5, left -0.8 to 0.8, turn -1.2 to 1.2."
    walks_nowhere = open_tab(bundle="humanoid-balance", paused=1)
    assert "it takes none" in walks_nowhere.failure("await player.setCommand([1]);")
    expect(walks_nowhere.page.locator("#joystick")).to_be_hidden()


def test_a_robot_is_dragged_and_pushed_as_any_body(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="go1", paused=1, command="0,0,0")
    still = tab.reset(seed=0)
    tab.step(50)
    tab.call("await player.push({ body: 'trunk', impulse: [0, 12, 0] });")
    pushed = tab.step(25)
    assert pushed.qpos[1] - still.qpos[1] > 0.05


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_joystick_is_for_everybody_and_in_nobodys_way(open_tab: OpenTab, size: tuple[int, int], theme: str) -> None:
    tab = open_tab(bundle="go1", paused=1, size=size, context={"color_scheme": theme, "reduced_motion": "reduce"})

    assert violations(tab.page) == []
    pad = tab.page.get_by_role("slider", name="Command").bounding_box()
    assert pad is not None
    for name in ("#transport", "#heading", "#help", "#tools"):
        other = tab.page.locator(name).bounding_box()
        assert other is not None
        beside = pad["x"] >= other["x"] + other["width"] or other["x"] >= pad["x"] + pad["width"]
        above = pad["y"] >= other["y"] + other["height"] or other["y"] >= pad["y"] + pad["height"]
        assert beside or above, name
    assert pad["x"] + pad["width"] <= size[0]
