"""Returns in Gymnasium, in the mode asked for."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.evaluate import evaluate_seeds, explain_difference
from bbconvert.convert.export.onnx_export import export_onnx, read_onnx
from bbconvert.convert.rollout.rollout import Episode
from bbconvert.convert.shipped import DEFAULT_BUNDLE
from tests.support.command_line import CommandLine


def ignore(_: int) -> None:
    """No progress wanted."""


def test_every_normalised_mode_scores_at_least_twice_the_raw_one_on_the_real_checkpoint(humanoid: Bundle) -> None:
    def mean(mode: str, *, stochastic: bool = False) -> float:
        result = evaluate_seeds(humanoid, range(100), stochastic=stochastic, normalization=mode, advance=ignore)  # type: ignore[arg-type]
        return result.mean

    raw = mean("none")
    for score in (mean("frozen"), mean("running"), mean("running", stochastic=True)):
        assert score >= 2 * raw


def test_the_same_seeds_give_the_same_returns(humanoid: Bundle) -> None:
    one, two = (
        evaluate_seeds(humanoid, range(3), stochastic=True, normalization=None, advance=ignore) for _ in range(2)
    )
    assert [e.total for e in one.episodes] == [e.total for e in two.episodes]


def test_sampled_actions_stay_within_bounds_and_differ_from_the_mean(humanoid: Bundle) -> None:
    sampled = evaluate_seeds(humanoid, [5], stochastic=True, normalization=None, advance=ignore).episodes[0]
    mean = evaluate_seeds(humanoid, [5], stochastic=False, normalization=None, advance=ignore).episodes[0]
    assert np.max(np.abs(sampled.actions)) <= np.float32(0.4)
    assert not np.array_equal(sampled.actions[0], mean.actions[0])


def test_the_network_read_back_from_policy_onnx_is_the_same_to_the_last_bit(humanoid: Bundle) -> None:
    manifest = humanoid.manifest
    again = export_onnx(read_onnx(humanoid.policy, manifest), manifest.normalization, manifest.action, {})
    del again.metadata_props[:]
    stored = type(again).FromString(humanoid.policy_bytes)
    del stored.metadata_props[:]
    assert again.SerializeToString() == stored.SerializeToString()


def test_the_difference_to_the_published_return_is_explained(humanoid: Bundle) -> None:
    result = evaluate_seeds(humanoid, range(2), stochastic=False, normalization=None, advance=ignore)
    sentence = explain_difference(humanoid.manifest, result)
    assert sentence is not None
    for word in ("deterministic", "frozen", "MuJoCo", "sampled actions"):
        assert word in sentence


def test_frozen_statistics_cannot_be_asked_of_a_bundle_without_them() -> None:
    bundle = open_bundle(DEFAULT_BUNDLE)
    running = bundle.manifest.normalization.model_copy(update={"mode": "running", "mean": None, "var": None})
    other = Bundle(bundle.folder, bundle.manifest.model_copy(update={"normalization": running}))
    with pytest.raises(UsageError, match="has no frozen statistics"):
        evaluate_seeds(other, [0], stochastic=False, normalization="frozen", advance=ignore)


def test_the_command_reports_json_with_the_published_figure(bbconvert: CommandLine, humanoid: Bundle) -> None:
    done = bbconvert("evaluate", humanoid.folder, "--episodes", "3", "--seed", "7", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document) == {"env_id", "episodes", "mean", "std", "returns", "lengths", "published"}
    assert document["published"] == {"mean": 378.92, "std": 50.08}
    assert document["mean"] == pytest.approx(np.mean(document["returns"]))
    assert len(document["lengths"]) == 3


def test_episodes_in_several_processes_are_those_of_one(small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = open_bundle(small_bundle)
    told: list[int] = []

    def play(jobs: int) -> list[Episode]:
        return evaluate_seeds(
            bundle, range(7), stochastic=False, normalization=None, advance=told.append, jobs=jobs
        ).episodes

    one = play(1)
    monkeypatch.setattr("bbconvert.convert.evaluate.WORTH", 0.0)
    for alone, beside in zip(one, play(3), strict=True):
        assert (alone.seed, alone.terminated) == (beside.seed, beside.terminated)
        np.testing.assert_array_equal(alone.actions, beside.actions)
        np.testing.assert_array_equal(alone.rewards, beside.rewards)
    assert sum(told) == 14


def test_a_process_that_fails_ends_the_evaluation_with_its_reason(
    small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(small_bundle, tmp_path / "copy")
    bundle = open_bundle(folder)
    _ = bundle.policy
    monkeypatch.setattr("bbconvert.convert.evaluate.WORTH", 0.0)

    def spoil(_: int) -> None:
        (folder / "bundle.json").write_text("{")

    with pytest.raises(BBConvertError, match=r"bundle\.json"):
        evaluate_seeds(bundle, range(5), stochastic=False, normalization=None, advance=spoil, jobs=2)
