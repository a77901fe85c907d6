"""Policy on and off, and who computes it."""

from itertools import takewhile

import numpy as np
from playwright.sync_api import Request, expect

from tests.browser.conftest import OpenTab

KICKS = 12
LIMIT = 1e-5
"""TensorFlow.js computes in float32 (docs/architecture.md)."""


def test_without_its_policy_the_body_is_limp_and_falls(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, seed=2)
    switch = tab.page.get_by_text("Policy", exact=True)
    standing = tab.step(200)
    assert not standing.terminated
    assert np.any(standing.action)
    assert np.array_equal(standing.ctrl, standing.action)

    switch.click()
    tab.wait("player.state.policy === false")
    tab.reset(seed=2)
    limp = tab.step(200)
    assert limp.terminated
    assert not np.any(limp.action)
    assert not np.any(limp.ctrl)

    switch.click()
    tab.wait("player.state.policy === true")
    tab.reset(seed=2)
    assert tab.step(200).bits == standing.bits


def test_tensorflow_acts_within_a_hundred_thousandth_of_onnx(open_tab: OpenTab) -> None:
    requests: list[Request] = []
    tab = open_tab(paused=1, before=lambda page: page.on("request", lambda request: requests.append(request)))
    initial = tab.reset(seed=0)
    generator = np.random.default_rng(0)
    kicks = [initial.qvel + generator.normal(0, 0.5, initial.qvel.size) for _ in range(KICKS)]

    def act(qvel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        observation = tab.reset(seed=0, qvel=qvel).observation
        return observation, tab.step(1).action

    onnx = [act(qvel) for qvel in kicks]
    before_the_proof = takewhile(lambda request: not request.url.endswith("golden.safetensors"), list(requests))
    assert not [request.url for request in before_the_proof if "/tfjs/" in request.url]
    tab.page.get_by_text("TF.js").click()
    tab.wait_for_address(backend="tfjs")
    expect(tab.page.get_by_role("radio", name="TF.js")).to_be_checked()
    assert [request.url for request in requests if request.url.endswith("/tfjs/weights.bin")]
    tfjs = [act(qvel) for qvel in kicks]
    for (observation, expected), (same, actual) in zip(onnx, tfjs, strict=True):
        assert np.array_equal(observation, same)
        np.testing.assert_allclose(actual, expected, rtol=0, atol=LIMIT)
    low, high = min(action.min() for _, action in onnx), max(action.max() for _, action in onnx)
    assert high - low > 0.1
