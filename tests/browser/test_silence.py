"""A simulation that does not answer, or stopped, is said, ended and started again in the state that was shown."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import OpenTab
from tests.browser.snapshot import Snapshot
from tests.browser.stuck import CRASH, SECONDS, SPIN, WORKER, freeze, let_pass, plant_trap, push
from tests.browser.tab import Tab

QUESTION = "The simulation has not answered for 10 s."


def _question(tab: Tab) -> Locator:
    return tab.page.get_by_role("alertdialog", name=QUESTION)


def _prepared(tab: Tab) -> Snapshot:
    """In the middle of an episode, with settings that are not the usual ones."""
    tab.step(20)
    tab.call("return player.pin({ body: 'left_lower_arm' });")
    tab.call(
        "await player.setSpeed(0.5); await player.setStiffness(40); await player.setMutes([2]);"
        "await player.setNoise({ action: 0.1 }); await player.setOverlay('contacts', true);"
    )
    return tab.step(25)


def _same(one: Snapshot, other: Snapshot) -> bool:
    told = [(shot.episode, shot.step, shot.seed, shot.episodeReturn, shot.terminated) for shot in (one, other)]
    return one.bits == other.bits and one.observation.tobytes() == other.observation.tobytes() and told[0] == told[1]


def test_a_worker_that_spins_is_stopped_and_another_goes_on_in_its_state(open_tab: OpenTab) -> None:
    tab = open_tab(before=plant_trap(SPIN), paused=1, seed=7)
    before = _prepared(tab)
    push(tab)
    let_pass(tab, SECONDS)
    expect(_question(tab)).to_be_visible()
    expect(tab.page.get_by_role("button", name="Wait")).to_be_focused()
    tab.page.get_by_role("button", name="Stop it").click()
    tab.expect_words("status", "paused in the last state you saw")
    expect(_question(tab)).to_have_count(0)
    assert tab.page.evaluate("window.failure") == "The simulation was stopped before it answered."
    after = tab.snapshot()
    assert _same(after, before)
    assert [pin.body for pin in after.pins] == ["left_lower_arm"]
    state = tab.call("return player.state;")
    assert (state["speed"], state["stiffness"], state["mutes"], state["playing"]) == (0.5, 40, [2], False)
    assert (state["noise"]["action"], state["overlays"]) == (0.1, ["contacts"])

    # And it lives: what follows is what would have followed.
    tab.call("await player.setNoise({ action: 0 }); await player.setMutes([]); await player.unpin();")
    undisturbed = open_tab(paused=1, seed=7)
    _prepared(undisturbed)
    undisturbed.call("await player.setNoise({ action: 0 }); await player.setMutes([]); await player.unpin();")
    assert _same(tab.step(30), undisturbed.step(30))


def test_a_worker_that_stopped_is_started_again_with_a_button(open_tab: OpenTab) -> None:
    tab = open_tab(before=plant_trap(CRASH), paused=1, seed=7)
    before = _prepared(tab)
    push(tab)
    tab.expect_words("alertdialog", "a bomb")
    tab.expect_words("alertdialog", "Restart keeps your settings")
    assert "Restart it or reload" in tab.failure("await player.snapshot();")
    tab.page.get_by_role("button", name="Restart").click()
    tab.expect_words("status", "paused in the last state you saw")
    expect(tab.page.get_by_role("alertdialog")).to_have_count(0)
    assert _same(tab.snapshot(), before)


def test_waiting_keeps_the_worker_and_the_question_comes_again(open_tab: OpenTab) -> None:
    tab = open_tab(before=plant_trap(SPIN), paused=1, seed=7)
    push(tab)
    let_pass(tab, SECONDS)
    expect(_question(tab)).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(_question(tab)).to_have_count(0)
    let_pass(tab, 9)
    expect(tab.page.get_by_role("alertdialog")).to_have_count(0)
    let_pass(tab, 1)
    expect(tab.page.get_by_role("alertdialog", name="The simulation has not answered for 20 s.")).to_be_visible()


def test_an_answer_takes_the_question_back(open_tab: OpenTab) -> None:
    # A worker that says nothing for as long as somebody wants, and then all of it.
    muffle = """
    const { postMessage } = Worker.prototype;
    window.held = [];
    Worker.prototype.postMessage = function (...message) {
      if (window.muffled) window.held.push([this, message]);
      else postMessage.apply(this, message);
    };
    window.unmuffle = () => {
      window.muffled = false;
      for (const [worker, message] of window.held) postMessage.apply(worker, message);
    };
    """

    def before(page: Page) -> None:
        page.clock.install()
        page.add_init_script(muffle)

    tab = open_tab(before=before, seed=7, paused=1)
    freeze(tab)
    tab.call("player.addEventListener('error', ({ detail }) => { window.told = detail; });")
    tab.call("player.addEventListener('alive', () => { window.alive = true; });")
    tab.page.evaluate("window.muffled = true")
    let_pass(tab, SECONDS)
    expect(_question(tab)).to_be_visible()
    told = tab.page.evaluate("window.told")
    assert told == {"type": "error", "message": QUESTION, "fatal": False, "silent": 10}
    tab.page.evaluate("window.unmuffle()")
    expect(_question(tab)).to_have_count(0)
    assert tab.page.evaluate("window.alive") is True
    assert tab.step(1).step == 1


@pytest.mark.parametrize("hidden", [False, True])
def test_a_tab_that_was_hidden_or_asleep_accuses_nobody(open_tab: OpenTab, hidden: bool) -> None:
    tab = open_tab(before=plant_trap(SPIN), paused=1, seed=7)
    push(tab)
    if hidden:
        tab.call(
            "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
            "document.dispatchEvent(new Event('visibilitychange'));"
        )
        let_pass(tab, 60)
    else:
        tab.page.clock.fast_forward("08:00:00")
    expect(tab.page.get_by_role("alertdialog")).to_have_count(0)


def test_a_worker_that_answers_is_never_accused_while_it_plays_or_steps(open_tab: OpenTab) -> None:
    tab = open_tab(before=lambda page: page.clock.install(), seed=7)
    freeze(tab)
    for _ in range(15):
        tab.page.clock.run_for(1000)
        tab.snapshot()
    expect(tab.page.get_by_role("alertdialog")).to_have_count(0)


def test_a_bundle_that_is_never_read_can_be_left(open_tab: OpenTab) -> None:
    trap = "self.addEventListener('message', ({ data }) => { if (data.type === 'load') for (;;); });"
    # It speaks once, as a load does, and then no more.
    first = "self.postMessage({ type: 'progress', stage: 'Reading', fraction: 0 });"

    def plant(route: Route) -> None:
        whole = route.fetch()
        route.fulfill(response=whole, body=f"{first}\n{trap}\n{whole.text()}")

    def before(page: Page) -> None:
        page.clock.install()
        page.route(WORKER, plant)

    tab = open_tab(before=before, ready=False, bundle="humanoid-balance")
    expect(tab.page.get_by_text("Reading")).to_be_visible()
    tab.page.clock.pause_at(tab.page.evaluate("Date.now()") / 1000 + 1)
    let_pass(tab, SECONDS)
    tab.expect_words("alertdialog", "stuck on this bundle")
    # The route's handler is done with the other worker before the test is over.
    with tab.page.expect_response(WORKER):
        tab.page.get_by_role("button", name="Stop it").click()
    assert tab.refusal() == "The simulation was stopped before it answered."
    expect(tab.page.get_by_role("button", name="Open the default policy")).to_be_visible()
