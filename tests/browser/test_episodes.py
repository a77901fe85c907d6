"""Steps are exact, and seeded episodes are Python's."""

import numpy as np
import pytest

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import play_episode
from tests.browser.conftest import OpenTab
from tests.browser.snapshot import Snapshot
from tests.browser.tab import Tab

EPISODES = [0, 1, 3]
"""Seeds."""
RETURN_TOLERANCE = 1e-6

_PLAY = """
let snapshot = await player.reset({ seed: argument });
const actions = [];
while (!snapshot.terminated && !snapshot.truncated) {
  snapshot = await player.step(1);
  actions.push(snapshot.action);
}
return { actions, length: snapshot.episodeLength, total: snapshot.episodeReturn, terminated: snapshot.terminated };
"""


def _python_reset(bundle: Bundle, seed: int) -> tuple[bytes, np.ndarray]:
    """qpos and qvel as bits, and the observation, after env.reset(seed=…) of a fresh environment."""
    env = rebuild_environment(bundle.manifest, bundle.folder)
    observation, _ = env.reset(seed=seed)
    data = mujoco_env(env).data
    bits = data.qpos.tobytes() + data.qvel.tobytes()
    env.close()
    return bits, observation


def test_a_seed_resets_as_gymnasium_does_to_the_last_bit(open_tab: OpenTab, default_bundle: Bundle) -> None:
    tab = open_tab(paused=1)
    tab.step(30)
    for seed in (7, 2**40 + 1):
        bits, _ = _python_reset(default_bundle, seed)
        assert tab.reset(seed=seed).bits == bits
        assert tab.reset(seed=seed + 1).bits != bits


@pytest.mark.hub
def test_the_real_humanoid_resets_and_observes_as_gymnasium_does(open_tab: OpenTab, served_humanoid: Bundle) -> None:
    bits, observation = _python_reset(served_humanoid, 7)
    reset = open_tab(bundle=served_humanoid.manifest.name, paused=1).reset(seed=7)
    assert reset.observation.size == 376
    assert reset.bits == bits
    assert reset.observation.tobytes() == observation.tobytes()


@pytest.mark.hub
def test_seeded_episodes_of_the_real_checkpoint_are_pythons_to_their_end(
    open_tab: OpenTab, served_humanoid: Bundle
) -> None:
    manifest = served_humanoid.manifest
    env = rebuild_environment(manifest, served_humanoid.folder)
    policy = OnnxPolicy(served_humanoid.policy_bytes, manifest.normalization)
    tab = open_tab(bundle=manifest.name, paused=1)
    for seed in EPISODES:
        expected = play_episode(env, policy, seed)
        played = tab.call(_PLAY, seed)
        assert played["terminated"] is expected.terminated is True
        assert played["length"] == expected.length
        assert np.array_equal(np.array(played["actions"], np.float32), expected.actions)
        assert played["total"] == pytest.approx(expected.total, rel=0, abs=RETURN_TOLERANCE)
    env.close()


def test_steps_are_counted_and_the_same_steps_give_the_same_bits(open_tab: OpenTab, default_bundle: Bundle) -> None:
    tab = open_tab(paused=1)
    tab.reset(seed=11)
    first = tab.step(137)
    assert first.step == first.episodeLength == 137
    assert first.time == pytest.approx(137 * default_bundle.manifest.env.dt, abs=1e-12)
    tab.reset(seed=12)
    assert tab.step(137).bits != first.bits
    tab.reset(seed=11)
    tab.step(100)
    again = tab.step(37)
    assert again.bits == first.bits
    assert again.observation.tobytes() == first.observation.tobytes()
    assert again.episodeReturn == first.episodeReturn
    assert tab.step(0).bits == first.bits


def test_stepping_goes_on_past_termination_with_the_episode_frozen(open_tab: OpenTab) -> None:
    tab = open_tab(paused=1, policy=0)
    ended = _fall(tab)
    later = tab.step(60)
    assert later.terminated
    assert (later.step, later.episode) == (ended.step + 60, ended.episode)
    assert (later.episodeReturn, later.episodeLength) == (ended.episodeReturn, ended.episodeLength)
    assert later.bits != ended.bits
    begun = tab.reset(seed=1)
    assert (begun.terminated, begun.step, begun.episodeLength, begun.episode) == (False, 0, 0, ended.episode + 1)


def test_playing_goes_through_the_same_states_as_stepping(open_tab: OpenTab) -> None:
    tab = open_tab(seed=6)
    tab.wait("snapshot.step > 40")
    tab.call("await player.pause();")
    played = tab.snapshot()
    tab.reset(seed=6)
    assert tab.step(played.step).bits == played.bits


# What is told of episodes, as far as the first that begins by itself: another does not follow it.
_PLAY_TO_THE_NEXT = """
window.told = [];
player.addEventListener("episode", ({ detail }) => {
  if (window.told.length < 2) window.told.push([detail.phase, detail.seed, detail.reason]);
  if (detail.phase === "begin") void player.setAutoReset(false);
});
await player.play();
"""


def test_playing_begins_the_next_seed_after_a_fall(open_tab: OpenTab) -> None:
    tab = open_tab(seed=6, policy=0, speed=4, paused=1)
    tab.call(_PLAY_TO_THE_NEXT)
    tab.wait_in_page("window.told.length === 2")
    assert tab.page.evaluate("window.told") == [["end", 6, "terminated"], ["begin", 7, None]]
    tab.wait_for_address(seed="7")


def _fall(tab: Tab) -> Snapshot:
    """Steps one by one until the episode is terminated."""
    for _ in range(500):
        snapshot = tab.step(1)
        if snapshot.terminated:
            return snapshot
    raise AssertionError("the body did not fall")
