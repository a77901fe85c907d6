"""Running statistics against Gymnasium's own wrapper."""

import gymnasium
import numpy as np
from gymnasium.wrappers import NormalizeObservation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bbconvert.observation.normalization import RunningStatistics, normalize


def wrapper_of(size: int) -> NormalizeObservation:
    class Still(gymnasium.Env[np.ndarray, np.ndarray]):
        observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (size,), np.float64)
        action_space = gymnasium.spaces.Box(-1, 1, (1,))

    return NormalizeObservation(Still())


def test_running_statistics_match_gymnasium_after_a_thousand_steps() -> None:
    rng = np.random.default_rng(3)
    wrapper, ours = wrapper_of(6), RunningStatistics(6)
    scale = np.array([1e-6, 1e-3, 1.0, 10.0, 1e4, 0.0])
    for _ in range(1000):
        observation = rng.normal(size=6) * scale + 2.0
        expected = wrapper.observation(observation)
        ours.update(observation)
        got = normalize(observation, ours.mean, ours.var, wrapper.epsilon, None)
        np.testing.assert_array_equal(got, expected, strict=True)
    np.testing.assert_array_equal(ours.mean, wrapper.obs_rms.mean)
    np.testing.assert_array_equal(ours.var, wrapper.obs_rms.var)
    assert ours.count == wrapper.obs_rms.count


@settings(max_examples=50)
@given(hnp.arrays(np.float64, (3, 2), elements=st.floats(-1e8, 1e8)))
def test_running_statistics_match_gymnasium_on_any_numbers(observations: np.ndarray) -> None:
    wrapper, ours = wrapper_of(2), RunningStatistics(2)
    for observation in observations:
        expected = wrapper.observation(observation)
        ours.update(observation)
        got = normalize(observation, ours.mean, ours.var, wrapper.epsilon, None)
        np.testing.assert_array_equal(got, expected, strict=True)


def test_one_observation_too_few_changes_the_output() -> None:
    rng = np.random.default_rng(4)
    wrapper, ours = wrapper_of(3), RunningStatistics(3)
    first, second = rng.normal(size=3), rng.normal(size=3)
    wrapper.observation(first)
    expected = wrapper.observation(second)
    ours.update(second)  # the first one forgotten
    assert not np.array_equal(normalize(second, ours.mean, ours.var, wrapper.epsilon, None), expected)


def test_normalised_observations_are_clipped_before_they_are_rounded() -> None:
    got = normalize(np.array([1e9, -1e9, 0.0]), np.zeros(3), np.ones(3), 1e-8, 10.0)
    np.testing.assert_array_equal(got, np.array([10.0, -10.0, 0.0], np.float32), strict=True)
