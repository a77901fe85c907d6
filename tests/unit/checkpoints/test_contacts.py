"""Whether training saw contact forces: the statistics know, and without them the environment's age."""

from pathlib import Path

import numpy as np
import pytest

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint, ObservationStatistics
from bbconvert.convert.checkpoints.contacts import unseen_contacts
from bbconvert.convert.environments.environment import EnvironmentSpec, environment_spec
from bbconvert.observation.normalization import RunningStatistics
from tests.support.networks import seeded_policy


@pytest.fixture(scope="module")
def ant() -> EnvironmentSpec:
    return environment_spec("Ant-v3", {})


def checkpoint(statistics: ObservationStatistics | None) -> Checkpoint:
    return Checkpoint(
        library="stable-baselines3",
        algorithm="ppo",
        network=seeded_policy(1, (111, 4, 8)),
        normalizes=statistics is not None,
        statistics=statistics,
        epsilon=1e-8,
        clip=10.0,
    )


def trained(steps: int, *, contact: float) -> ObservationStatistics:
    """Running statistics after `steps` observations, in one of which a single contact force was not 0."""
    statistics = RunningStatistics(111)
    rng = np.random.default_rng(steps)
    for step in range(steps):
        observation = np.concatenate([rng.standard_normal(27), np.zeros(84)])
        observation[60] = contact if step == steps // 2 else 0.0
        statistics.update(observation)
    mean, var = (array.astype(np.float64) for array in (statistics.mean, statistics.var))
    return ObservationStatistics(mean, var, float(statistics.count))


@pytest.mark.parametrize("steps", [100, 1000])
def test_statistics_of_zeros_tell_that_no_contact_was_seen(steps: int, ant: EnvironmentSpec) -> None:
    assert unseen_contacts(checkpoint(trained(steps, contact=0.0)), ant) == [(27, 111)]


def test_merged_statistics_of_zeros_tell_it_too(ant: EnvironmentSpec) -> None:
    """The processes of ARS merge their statistics: the common variance is larger than 1e-4/count."""
    merged = ObservationStatistics(np.zeros(111), np.full(111, 1.18e-8), 1e7)

    assert unseen_contacts(checkpoint(merged), ant) == [(27, 111)]


@pytest.mark.parametrize(("index", "mean", "var"), [(60, 1e-12, 1.18e-8), (60, 0.0, 1.19e-8), (None, 0.0, 1.1e-6)])
def test_small_variances_that_zeros_do_not_leave_are_contact_forces(
    index: int | None, mean: float, var: float, ant: EnvironmentSpec
) -> None:
    statistics = ObservationStatistics(np.zeros(111), np.full(111, 1.18e-8), 1e7)
    statistics.mean[slice(None) if index is None else index] = mean
    statistics.var[slice(None) if index is None else index] = var

    assert unseen_contacts(checkpoint(statistics), ant) == []


@pytest.mark.parametrize("steps", [100, 1000])
def test_one_touch_in_training_is_enough(steps: int, ant: EnvironmentSpec) -> None:
    assert unseen_contacts(checkpoint(trained(steps, contact=0.5)), ant) == []


@pytest.mark.parametrize(
    ("env_id", "kwargs", "expected"),
    [
        ("Ant-v3", {}, [(27, 111)]),
        ("Ant-v4", {"use_contact_forces": True}, []),
        ("Ant-v4", {}, []),
        ("Humanoid-v2", {}, [(292, 376)]),
        ("Humanoid-v4", {}, []),
        ("Hopper-v3", {}, []),
    ],
)
def test_without_statistics_the_environments_version_decides(
    env_id: str, kwargs: dict[str, bool], expected: list[tuple[int, int]]
) -> None:
    assert unseen_contacts(checkpoint(None), environment_spec(env_id, kwargs)) == expected


@pytest.mark.hub
@pytest.mark.parametrize(
    ("name", "env_id", "time_feature", "expected"),
    [("ppo-Ant-v3", "Ant-v3", True, [(27, 111)]), ("a2c-Humanoid-v3", "Humanoid-v3", False, [])],
)
def test_the_real_agents_are_told_apart(
    name: str, env_id: str, time_feature: bool, expected: list[tuple[int, int]], shared_hub: Path
) -> None:
    read = read_checkpoint(shared_hub / "sb3" / name / f"{name}.zip")

    assert unseen_contacts(read, environment_spec(env_id, {}, time_feature=time_feature)) == expected
