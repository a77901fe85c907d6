"""Many bodies of one bundle in one page."""

import numpy as np
import pytest
from playwright.sync_api import expect

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import play_episode
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE
from tests.browser.conftest import OpenTab

_EPISODES = "return await player.episodes(argument[0], { workers: argument[1] });"


@pytest.fixture(autouse=True)
def balance_bot(library: dict[str, Bundle]) -> Bundle:
    """Is served, too."""
    library["balance-bot"] = open_bundle(BALANCE_BOT_BUNDLE)
    return library["balance-bot"]


def test_episodes_are_those_of_gymnasium_whatever_the_number_of_workers(open_tab: OpenTab, balance_bot: Bundle) -> None:
    tab = open_tab(bundle="balance-bot", paused=1)
    seeds = [3, 11, 4, 900, 7]
    one, two, three = (tab.call(_EPISODES, [seeds, workers]) for workers in (1, 2, 3))
    assert one == two == three
    assert [episode["seed"] for episode in one] == seeds
    env = rebuild_environment(balance_bot.manifest, BALANCE_BOT_BUNDLE)
    policy = OnnxPolicy(balance_bot.policy, balance_bot.manifest.normalization)
    for episode in one:
        here = play_episode(env, policy, episode["seed"])
        assert episode["episodeLength"] == here.length
        assert episode["episodeReturn"] == pytest.approx(here.total, abs=1e-6)
    env.close()


def test_a_link_opens_a_swarm_and_its_panel_counts(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="balance-bot", swarm=6)
    panel = tab.page.locator("section.swarm")
    expect(panel).to_contain_text("of real time")
    expect(panel.get_by_role("slider", name="Bodies")).to_be_visible()
    tab.wait_for_address(swarm="6")
    panel.get_by_role("button", name="Push all").click()
    tab.call("await player.setPolicy(false);")  # all of them fall
    expect(panel).to_contain_text("episodes ended")
    tab.wait_in_page("!document.querySelector('section.swarm').textContent.includes(' 0 episodes ended')")
    expect(panel.get_by_role("img", name="Share of bodies")).to_be_visible()
    tab.call("await player.load('humanoid-balance');")
    expect(panel).to_contain_text("of real time")
    assert tab.complaints == []


@pytest.mark.parametrize("asked", ["0", "1e9", "many"])
def test_a_link_with_no_such_number_says_so_and_plays_alone(open_tab: OpenTab, asked: str) -> None:
    tab = open_tab(bundle="balance-bot", swarm=asked, paused=1)
    tab.expect_words("status", "swarm= takes a number of bodies from 1 to 1000")
    assert tab.step(3).step == 3


def test_a_body_that_is_clicked_is_the_one_that_is_played(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="balance-bot", swarm=9, drawing=True, size=(900, 700), camera="-90,80,20")
    tab.wait("player.state.playing")
    expect(tab.page.locator("section.swarm")).to_contain_text("of real time")
    tab.call("await player.pause();")
    seed = tab.call("return (await player.snapshot()).seed;")
    box = tab.page.locator("#scene").bounding_box()
    assert box is not None
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    for radius in range(60, 320, 12):
        for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
            x, y = middle + radius * np.array([np.cos(angle), np.sin(angle)])
            if tab.page.evaluate("([x, y]) => document.elementFromPoint(x, y).id", [x, y]) != "scene":
                continue
            tab.page.mouse.click(x, y)
            tab.page.wait_for_timeout(60)
            if (now := tab.call("return (await player.snapshot()).seed;")) != seed:
                assert now in range(1, 9)
                return
    pytest.fail("no body of the swarm could be clicked")
