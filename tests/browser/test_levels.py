"""The levels of an environment: chosen in the panel, by the address and by a script."""

import numpy as np
import pytest
from playwright.sync_api import expect

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE
from tests.browser.conftest import OpenTab


@pytest.fixture(autouse=True)
def balance_bot(library: dict[str, Bundle]) -> None:
    """Is served, too."""
    library["balance-bot"] = open_bundle(BALANCE_BOT_BUNDLE)


def test_the_seed_means_the_environment_made_with_the_level(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="balance-bot", level=1, paused=1)
    manifest = open_bundle(BALANCE_BOT_BUNDLE).manifest
    for level in (1, 2, 3):
        tab.call("return player.setLevel(argument);", level)
        tab.wait_for_address(level=str(level))
        env = manifest.env.model_copy(update={"kwargs": {"level": level}})
        built = rebuild_environment(manifest.model_copy(update={"env": env}), BALANCE_BOT_BUNDLE)
        built.reset(seed=11)
        there = tab.reset(seed=11)
        np.testing.assert_array_equal(there.qvel, mujoco_env(built).data.qvel)
        np.testing.assert_array_equal(there.qpos, mujoco_env(built).data.qpos)
        built.close()
    assert tab.failure("await player.setLevel(7);") == "bbconvert/BalanceBot-v0 has no level 7. Its levels: 1, 2, 3."
    assert tab.call("return player.state.level;") == 3


def test_a_level_of_the_panel_brings_its_pushes_and_records_of_its_own(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="balance-bot", paused=1)
    levels = tab.page.get_by_role("group", name="Level")
    expect(levels.get_by_role("radio", name="3")).to_be_checked()
    tab.call("localStorage.setItem('bbconvert.best.balance-bot.level1', '12.5');")
    levels.get_by_text("1", exact=True).click()
    expect(levels.get_by_role("radio", name="1")).to_be_checked()
    tab.wait("player.state.randomPushes?.perMinute === 12 && player.state.randomPushes.impulse === 1.5")
    tab.step(60)
    expect(tab.page.locator("#hud")).to_contain_text("best 12.5 s")
    tab.wait_for_address(level="1", pushes="12,1.5")


@pytest.mark.parametrize("query", [{"level": 7}, {"bundle": "humanoid-balance", "level": "x"}])
def test_a_link_with_no_such_level_says_so_and_plays_on(open_tab: OpenTab, query: dict[str, object]) -> None:
    tab = open_tab(**{"bundle": "balance-bot", "paused": 1, **query})
    tab.expect_words("status", "has no level")
    assert tab.step(3).step == 3


def test_a_rollout_of_a_level_is_replayed_at_that_level(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="balance-bot", level=2, paused=1)
    tab.step(40)
    equal = tab.call(
        """
        const { bytes } = await player.rollout();
        await player.setLevel(1);
        const done = new Promise((resolve) => player.addEventListener("replay", ({ detail }) => resolve(detail)));
        await player.replay(bytes);
        const level = player.state.level;
        await player.step(40);
        return [level, (await done).equal];
        """
    )
    assert equal == [2, True]
