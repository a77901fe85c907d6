"""What happens when the page is opened, and what the server lets it do."""

from playwright.sync_api import Response, expect

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab

METHODS = {
    "pause",
    "play",
    "step",
    "reset",
    "load",
    "setPolicy",
    "setBackend",
    "setSpeed",
    "snapshot",
    "grab",
    "moveGrab",
    "release",
    "push",
    "metrics",
    "verify",
    "addEventListener",
}
"""The methods that docs/embedding.md lists."""


def test_the_default_bundle_plays_at_once_without_a_complaint(open_tab: OpenTab, library: dict[str, Bundle]) -> None:
    tab = open_tab(drawing=True, size=(480, 360))
    tab.wait("snapshot.step > 50")
    assert tab.call("return player.state.bundle;") == next(iter(library))
    expect(tab.page.get_by_role("heading", level=1)).to_have_text(next(iter(library.values())).manifest.title)
    assert tab.complaints == []


def test_the_player_has_every_member_of_the_contract(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    missing = tab.call("return argument.filter((name) => typeof player[name] !== 'function');", sorted(METHODS))
    assert missing == []
    assert tab.step(3).step == 3  # reading a snapshot checks its fields
    metrics = tab.call("return player.metrics();")
    assert metrics["heapBytes"] > 1e6
    assert set(metrics["stepUs"]) == {"physics", "observation", "policy", "total"}
    assert set(metrics["latenessMs"]) == {"p50", "p99"}
    assert {"controlHz", "realTimeFactor", "renderFps"} <= set(metrics)
    (row, *_) = tab.verify()
    assert set(row) == {"level", "name", "metric", "value", "tolerance", "n", "ok"}


def test_the_page_is_isolated_and_cannot_evaluate_code(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    assert tab.page.evaluate("crossOriginIsolated") is True
    # In a timer: what Playwright itself evaluates is not held to the page's policy.
    attempt = "(wake) => setTimeout(() => { try { wake(eval('1')); } catch (error) { wake(error.name); } })"
    assert tab.page.evaluate(f"() => new Promise({attempt})") == "EvalError"


def test_only_the_response_with_the_worker_may_evaluate_code(open_tab: OpenTab, address: str) -> None:
    responses: list[Response] = []
    open_tab(paused=1, before=lambda page: page.on("response", lambda response: responses.append(response)))
    policies = {
        response.url.removeprefix(address).partition("?")[0]: response.headers["content-security-policy"]
        for response in responses
    }
    assert "script-src 'self' 'wasm-unsafe-eval'" in policies[""]
    (evaluating,) = [path for path, policy in policies.items() if "'unsafe-eval'" in policy]
    assert evaluating.startswith("assets/sim-worker-")
    for response in responses:
        assert response.headers["cross-origin-opener-policy"] == "same-origin"
        assert response.headers["cross-origin-embedder-policy"] == "require-corp"


def test_events_tell_of_the_state_and_of_episodes(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1)
    events = tab.call(
        "const events = [];"
        "player.addEventListener('state', ({ detail }) => events.push(['policy', detail.policy]));"
        "player.addEventListener('episode', ({ detail }) => events.push([detail.phase, detail.seed, detail.reason]));"
        "await player.setPolicy(false);"
        "await player.reset({ seed: 4 });"
        "while (!(await player.step(10)).terminated);"
        "return events;"
    )
    assert events[0] == ["policy", False]
    assert ["begin", 4, None] in events
    assert events[-1] == ["end", 4, "terminated"]
