"""Stable-Baselines3 checkpoints as people keep them: on the Hub, in folders, with and without what belongs to them."""

import json
import shutil
from pathlib import Path

import pytest

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.checkpoints.companions import ENV_KWARGS
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.pipeline import fitting_environment
from tests.oracle.sb3_agents import CASES, Agent, train
from tests.support.command_line import CommandLine

CARD = """---
library_name: stable-baselines3
tags: [InvertedPendulum-v4, reinforcement-learning]
model-index:
- name: A2C
  results:
  - dataset: {name: InvertedPendulum-v4, type: InvertedPendulum-v4}
    metrics: [{type: mean_reward, value: 123.40 +/- 5.60}]
---
"""


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Agent:
    """An A2C on InvertedPendulum-v4 that was trained with VecNormalize."""
    return train(CASES["a2c-sde"], tmp_path_factory.mktemp("a2c"))


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Agent:
    """A DDPG on InvertedPendulum-v4 that was told the time left."""
    return train(CASES["ddpg-time-feature"], tmp_path_factory.mktemp("ddpg"))


def alone(agent: Agent, folder: Path, **notes: str) -> Path:
    """The zip without its statistics; `notes` are the texts of .yml files beside it."""
    path = folder / "agent.zip"
    shutil.copyfile(agent.checkpoint, path)
    for name, text in notes.items():
        (folder / f"{name}.yml").write_text(text)
    return path


@pytest.mark.hub
@pytest.mark.parametrize(
    ("name", "algorithm", "sizes", "activation", "statistics"),
    [
        ("a2c-Humanoid-v3", "a2c", [376, 64, 64, 17], "tanh", True),
        ("ars-Walker2d-v3", "ars", [17, 6], "relu", True),
        ("ppo-Ant-v3", "ppo", [112, 64, 64, 8], "tanh", True),
        ("ppo-HalfCheetah-v3", "ppo", [17, 256, 256, 6], "relu", True),
        ("sac-Hopper-v3", "sac", [11, 256, 256, 3], "relu", False),
        ("tqc-Swimmer-v3", "tqc", [8, 256, 256, 2], "relu", False),
        ("trpo-Hopper-v3", "trpo", [11, 64, 64, 3], "tanh", True),
    ],
)
def test_the_real_agents_are_read(
    name: str, algorithm: str, sizes: list[int], activation: str, statistics: bool, shared_hub: Path
) -> None:
    read = read_checkpoint(shared_hub / "sb3" / name / f"{name}.zip")

    actor = read.network.actor
    assert (read.algorithm, [actor.inputs, *actor.widths]) == (algorithm, sizes)
    assert (read.statistics is not None, read.normalizes) == (statistics, statistics)
    assert (read.network.squash is not None) == (algorithm in ("sac", "tqc"))
    assert actor.activation == activation


def test_a_repository_as_on_the_hub_is_pulled_with_its_statistics_and_reward(
    agent: Agent, bbconvert_at_hub: CommandLine, hub_folder: Path
) -> None:
    assert agent.vec_normalize is not None
    repository = hub_folder / "tester" / "InvertedPendulum-v4-A2C-expert"
    (repository / "agents" / "invertedpendulum-v4-A2C-expert").mkdir(parents=True)
    (repository / "README.md").write_text(CARD)
    shutil.copyfile(agent.checkpoint, repository / "agents" / "invertedpendulum-v4-A2C-expert.zip")
    unpacked = repository / "agents" / "invertedpendulum-v4-A2C-expert"
    shutil.copyfile(agent.vec_normalize, unpacked / "vecnormalize.pkl")
    (unpacked / "config.yml").write_text("normalize: true\n")
    (repository / "train_eval_metrics.zip").write_bytes(b"PK")

    result = bbconvert_at_hub("pull", "tester/InvertedPendulum-v4-A2C-expert", "--out", "out")

    assert (result.returncode, result.stdout) == (0, "out\n"), result.stderr
    assert "Observation statistics read from vecnormalize.pkl." in result.stderr
    manifest = json.loads((bbconvert_at_hub.cwd / "out" / "bundle.json").read_text())
    assert (manifest["source"]["library"], manifest["source"]["algorithm"]) == ("stable-baselines3", "a2c")
    assert manifest["env"]["trained_on"] == "InvertedPendulum-v4"
    assert (manifest["published"]["mean_reward"], manifest["published"]["std"]) == (123.4, 5.6)
    assert manifest["normalization"]["clip"] == 3.0


def test_lost_statistics_are_told_and_estimated(agent: Agent, tmp_path: Path) -> None:
    read = read_checkpoint(alone(agent, tmp_path, config="normalize: true\n"))

    assert (read.normalizes, read.statistics) == (True, None)
    assert "vec_normalize.pkl" in read.notes[0]
    assert "they are estimated" in read.notes[0]
    assert "--vec-normalize FILE" in read.notes[0]


def test_without_a_word_of_normalisation_the_policy_sees_raw_observations(agent: Agent, tmp_path: Path) -> None:
    read = read_checkpoint(alone(agent, tmp_path))

    assert (read.normalizes, read.statistics, read.clip, read.notes) == (False, None, None, ())


def test_statistics_that_training_did_not_use_are_left_aside_unless_named(agent: Agent, tmp_path: Path) -> None:
    assert agent.vec_normalize is not None
    path = alone(agent, tmp_path, config="normalize: false\n")
    statistics = tmp_path / "vec_normalize.pkl"
    shutil.copyfile(agent.vec_normalize, statistics)

    assert not read_checkpoint(path).normalizes
    assert "left aside" in read_checkpoint(path).notes[0]
    assert read_checkpoint(path, vec_normalize=statistics).statistics is not None


def test_a_wrapper_that_is_left_out_is_named(agent: Agent, tmp_path: Path) -> None:
    path = alone(agent, tmp_path, config="env_wrapper: my.wrappers.HistoryWrapper\n")

    assert "my.wrappers.HistoryWrapper" in read_checkpoint(path).notes[0]


@pytest.mark.parametrize(
    ("notes", "fits"),
    [
        ({}, True),
        ({"config": "env_wrapper: sb3_contrib.common.wrappers.TimeFeatureWrapper\n"}, True),
        ({"config": "policy: MlpPolicy\n"}, False),
    ],
)
def test_one_number_more_is_the_time_unless_the_notes_deny_it(
    notes: dict[str, str], fits: bool, timed: Agent, tmp_path: Path
) -> None:
    read = read_checkpoint(alone(timed, tmp_path, **notes))

    if fits:
        assert fitting_environment(read, "InvertedPendulum-v4", {}).env.wrappers == ["TimeFeatureWrapper"]
    else:
        with pytest.raises(BBConvertError, match="maps 5 observations to 1 actions, the environment has 4 and 1"):
            fitting_environment(read, "InvertedPendulum-v4", {})


def test_the_noted_arguments_build_the_environment_and_a_persons_own_come_before(agent: Agent, tmp_path: Path) -> None:
    path = alone(agent, tmp_path)
    (tmp_path / ENV_KWARGS).write_text("{reset_noise_scale: 0.25, frame_skip: 3}\n")
    read: Checkpoint = read_checkpoint(path)

    spec = fitting_environment(read, "InvertedPendulum-v5", {"frame_skip": 5})

    assert spec.env.kwargs == {"reset_noise_scale": 0.25, "frame_skip": 5}
    assert spec.env.frame_skip == 5
