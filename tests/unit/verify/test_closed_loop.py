"""Episodes that depart from their recording are held to as many steps as Python agrees with itself."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, SupportsFloat

import gymnasium
import numpy as np
import pytest

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.environments.environment import Env, mujoco_env, rebuild_environment
from bbconvert.convert.parity import Episodes, partial_steps
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.reruns import horizon
from bbconvert.convert.rollout.rollout import Episode, play_episode
from bbconvert.convert.verify.check import row
from bbconvert.convert.verify.closed_loop import Horizons, closed_loop_checks
from bbconvert.observation.extractor import ObservationExtractor


@pytest.fixture
def small(small_bundle: Path) -> Bundle:
    return open_bundle(small_bundle)


@pytest.fixture
def env(small: Bundle) -> Iterator[Env]:
    env = rebuild_environment(small.manifest, small.folder)
    yield env
    env.close()


def policy_of(bundle: Bundle) -> OnnxPolicy:
    return OnnxPolicy(bundle.policy_bytes, bundle.manifest.normalization, bundle.manifest.observation.zeroed)


class Assisted(gymnasium.Wrapper[Any, Any, Any, Any]):
    """An environment whose `step` does more than Gymnasium's: it slows the body down."""

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        mujoco_env(self).data.qvel[:] *= 0.99
        return super().step(action)


def test_reruns_side_by_side_are_those_in_gymnasium(small: Bundle, env: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = policy_of(small)
    extract = ObservationExtractor(mujoco_env(env).model, small.manifest.observation)
    episode = play_episode(env, policy, 3)
    # A perturbation that shows in the first actions, at the same step whatever its signs.
    for module in ("rollout", "reruns"):
        monkeypatch.setattr(f"bbconvert.convert.rollout.{module}.ULPS", 0.01)
    assert horizon(env, policy, episode, extract) == 1
    assert horizon(Assisted(env), policy, play_episode(Assisted(env), policy, 3), extract) == 1
    for module in ("rollout", "reruns"):
        monkeypatch.setattr(f"bbconvert.convert.rollout.{module}.ULPS", 0.0)
    assert horizon(env, policy, episode, extract) == episode.length


def test_an_environment_with_a_step_of_its_own_is_rerun_by_its_own_step(
    small: Bundle, env: Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = policy_of(small)
    extract = ObservationExtractor(mujoco_env(env).model, small.manifest.observation)
    monkeypatch.setattr("bbconvert.convert.rollout.rollout.ULPS", 0.0)
    monkeypatch.setattr("bbconvert.convert.rollout.reruns.ULPS", 0.0)
    assisted = Assisted(env)
    episode = play_episode(assisted, policy, 3)
    # MuJoCo's own functions would depart at once; the unperturbed rerun tells.
    assert horizon(assisted, policy, episode, extract) == episode.length


def test_a_horizon_is_long_enough_to_mean_something_and_measured_once(small: Bundle) -> None:
    said: list[str] = []
    horizons = Horizons(small, said.append)
    steps = horizons.of(2)
    assert horizons.of(2) == steps
    assert said == ["rerunning seed 2, which departs, under ULP perturbations"]
    assert 10 < steps <= small.manifest.parity.episodes.lengths[2]  # type: ignore[union-attr]


class Known(Horizons):
    """Horizons that the test knows."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def of(self, seed: int) -> int:  # noqa: ARG002  # as the method that it replaces
        return self._steps


EPISODE = Episode(7, np.zeros((100, 1), np.float32), np.arange(100.0), terminated=True)
RECORDED = Episodes(
    seeds=[7],
    returns=[EPISODE.total],
    lengths=[100],
    partial_returns=[[EPISODE.total_to(steps) for steps in partial_steps(100)]],
)


@pytest.mark.parametrize(
    ("step", "horizon", "ok"),
    [
        (85, 60, True),  # departs after its horizon
        (45, 60, True),  # between the last recorded part within the horizon, 40 steps, and the horizon
        (30, 60, False),  # before that
        (85, 100, False),  # Python agrees with itself to the end
        (3, 2, True),  # too early for anything to be held
    ],
)
def test_a_return_that_departs_is_held_to_its_horizon(step: int, horizon: int, *, ok: bool) -> None:
    rewards = EPISODE.rewards.copy()
    rewards[step] += 1e-3
    returns, lengths = closed_loop_checks("rollout", [replace(EPISODE, rewards=rewards)], RECORDED, Known(horizon))
    assert returns.ok is ok
    assert lengths.ok
    assert (
        returns.name == f"returns of closed-loop episodes, 0 of 1 to their end, the others for {horizon} steps or more"
    )


def test_an_episode_cut_short_within_its_horizon_fails() -> None:
    short = Episode(7, EPISODE.actions[:40], EPISODE.rewards[:40], terminated=True)
    returns, lengths = closed_loop_checks("browser", [short], RECORDED, Known(60))
    assert (returns.ok, lengths.ok) == (True, False)  # it earned the same for as long as it lasted
    assert closed_loop_checks("browser", [short], RECORDED, Known(40))[1].ok


def test_older_bundles_are_held_to_the_part_that_they_recorded() -> None:
    older = Episodes(seeds=[7], returns=[EPISODE.total], lengths=[100], horizons=[60], horizon_returns=[1770.0])
    assert older.partial(0, 33) == (60, 1770.0)
    departed = replace(EPISODE, rewards=np.append(EPISODE.rewards[:-1], 0.0))
    returns, _ = closed_loop_checks("rollout", [departed], older, Known(60))
    assert returns.ok
    assert returns.value == 0


def test_an_episode_equal_to_its_end_asks_for_no_horizon() -> None:
    rows = closed_loop_checks("rollout", [EPISODE], RECORDED, Known(0))
    name = "closed-loop episodes, 1 of 1 to their end"
    assert rows == [
        row("rollout", f"returns of {name}", metric="max |Δ|", value=0.0, tolerance=1e-6, n=1),
        row("rollout", f"lengths of {name}", metric="episodes cut short", value=0.0, tolerance=0.0, n=1),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"partial_returns": None}, "partial_returns are missing"),
        ({"partial_returns": [[1.0]]}, "an episode of 100 steps has 1 partial returns"),
        ({"partial_returns": []}, "partial_returns has 0 entries, seeds has 1"),
    ],
)
def test_a_manifest_without_its_partial_returns_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Episodes(**{**RECORDED.model_dump(), **change})
