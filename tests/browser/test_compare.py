"""Several policies side by side in one page."""

import numpy as np
import pytest
from playwright.sync_api import expect

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE, CART_POLE_BUNDLE
from tests.browser.conftest import OpenTab
from tests.browser.tab import Tab


@pytest.fixture(autouse=True)
def others(library: dict[str, Bundle]) -> None:
    """Are served, too."""
    library["balance-bot"] = open_bundle(BALANCE_BOT_BUNDLE)
    library["cart-pole"] = open_bundle(CART_POLE_BUNDLE)


def opened(open_tab: OpenTab, query: str) -> Tab:
    """The page at an address whose `bundle` stands there several times."""
    tab = open_tab(bundle="balance-bot", paused=1, seed=4)
    page = tab.page
    page.goto(f"{page.url.split('?')[0]}?{query}")
    tab.call("")
    return tab


def test_the_others_play_the_same_seed_step_by_step_with_this_one(open_tab: OpenTab) -> None:
    tab = opened(open_tab, "bundle=balance-bot&bundle=cart-pole&bundle=balance-bot:off&paused=1&seed=4")
    panel = tab.page.locator("section.compare")
    rows = panel.locator(".companion")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Cart-pole")
    expect(rows.nth(1)).to_contain_text("policy off")
    tab.step(100)
    expect(rows.nth(0)).to_contain_text(f"2.0 s · return {cart_return(4, 100):.1f}")
    expect(rows.nth(1)).to_contain_text("ended after")
    tab.call("await player.seek(50);")
    expect(rows.nth(0)).to_contain_text("1.0 s")
    tab.reset(seed=9)
    tab.step(40)
    expect(rows.nth(0)).to_contain_text(f"0.8 s · return {cart_return(9, 40):.1f}")
    rows.nth(1).get_by_role("button", name="Take").click()
    expect(rows).to_have_count(1)
    assert tab.complaints == []


def cart_return(seed: int, steps: int) -> float:
    """What the cart-pole earns in Gymnasium."""
    bundle = open_bundle(CART_POLE_BUNDLE)
    env = rebuild_environment(bundle.manifest, CART_POLE_BUNDLE)
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    observation, _ = env.reset(seed=seed)
    total = 0.0
    for _ in range(steps):
        observation, reward, _, _, _ = env.step(policy(observation))
        total += float(reward)
    env.close()
    return total


def test_one_is_added_in_the_panel_and_shown_as_a_ghost(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="balance-bot", seed=4, drawing=True, size=(1000, 600))
    panel = tab.page.locator("section.compare")
    panel.locator("summary").click()
    panel.get_by_label("Add another policy").select_option("balance-bot:off")
    row = panel.locator(".companion")
    expect(row).to_contain_text("ended after")
    tab.wait_in_page("location.search.endsWith('bundle=balance-bot:off')")
    panel.get_by_text("As ghosts").click()
    expect(panel.get_by_label("As ghosts")).to_be_checked()
    assert tab.complaints == []


def test_two_policies_of_one_environment_say_on_which_actions_they_disagree(
    open_tab: OpenTab, library: dict[str, Bundle]
) -> None:
    library["twin"] = open_bundle(BALANCE_BOT_BUNDLE)
    tab = opened(open_tab, "bundle=balance-bot&bundle=twin&seed=4")
    differences = tab.page.locator("section.compare .disagreement dd")
    expect(differences).to_have_count(3)
    expect(differences.first).to_contain_text("0.0%")  # it is the same policy
    del library["twin"]


def test_the_policy_answers_a_question_without_moving_anything(open_tab: OpenTab) -> None:
    tab = open_tab(bundle="balance-bot", paused=1, seed=2)
    before = tab.step(5)
    asked = before.observation + 0.01
    bundle = open_bundle(BALANCE_BOT_BUNDLE)
    expected = OnnxPolicy(bundle.policy, bundle.manifest.normalization)(asked)
    answer = tab.call("return await player.act(argument);", asked.tolist())
    np.testing.assert_array_equal(np.array(answer, np.float32), expected)
    np.testing.assert_array_equal(tab.snapshot().qpos, before.qpos)
    assert "observes 10 numbers, not 3" in tab.failure("await player.act([1, 2, 3]);")


def test_a_bundle_that_is_not_there_is_told_and_the_first_plays_on(open_tab: OpenTab) -> None:
    tab = opened(open_tab, "bundle=balance-bot&bundle=nobody&paused=1")
    tab.expect_words("status", "nobody cannot play beside this one")
    assert tab.step(3).step == 3
