"""A robot with an LSTM, in whole: its proof, its walks, and what the tab makes of its memory."""

from pathlib import Path

import numpy as np
import pytest

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import bundle_files
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.evaluate_robot import evaluate_robot
from bbconvert.convert.robots.repository import find_robot
from bbconvert.convert.rollout.policy import OnnxPolicy
from tests.support.command_line import CommandLine
from tests.support.vitest import run_parity


def test_every_check_holds_and_the_network_is_the_originals(g1: Bundle) -> None:
    manifest = g1.manifest
    assert manifest.version == 2
    assert manifest.network.recurrent is not None
    assert (manifest.network.recurrent.kind, manifest.network.recurrent.hidden) == ("lstm", 64)
    assert [check.name for check in manifest.parity.checks if not check.ok] == []
    assert any("in torch" in check.name for check in manifest.parity.checks)


def test_its_licence_goes_where_it_goes(g1: Bundle) -> None:
    assert "BSD 3-Clause" in (g1.folder / "LICENSE.txt").read_text()
    assert "LICENSE.txt" in bundle_files(g1)


def test_it_walks_as_its_own_script_recorded_it(g1: Bundle, shared_robots: Path) -> None:
    """On its own for ten seconds, the network in float64 and the script's in float32: centimetres apart at the end."""
    record = np.load(shared_robots / "unitree_rl_gym" / "g1" / "record.npz")
    env = rebuild_environment(g1.manifest, g1.folder)
    policy = OnnxPolicy(g1.policy, g1.manifest.normalization)
    data = mujoco_env(env).data
    observation, _ = env.reset(seed=0)
    policy.begin()
    for step in range(len(record["action"])):
        if step == 100:
            np.testing.assert_allclose(data.qpos, record["qpos"][step], atol=1e-4)
        observation = env.step(policy(observation))[0]
    assert 4.4 < data.qpos[0] < 4.9
    assert data.qpos[2] > 0.7


def test_it_follows_commands_and_stands_up_to_pushes(g1: Bundle) -> None:
    walks = evaluate_robot(g1, [0, 1], lambda _: None)
    assert [walk.fell for walk in walks] == [False, False]
    assert max(walk.speed_error for walk in walks) < 0.5


def test_the_tab_keeps_what_it_remembers(g1: Bundle) -> None:
    assert run_parity("recurrent", g1.folder) == 9


@pytest.mark.command
def test_a_repository_is_converted_as_it_is(shared_robots: Path, bbconvert: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "g1"
    done = bbconvert("convert", shared_robots / "unitree_rl_gym", "--robot", "g1", "--out", out)
    assert done.returncode == 0, done.stderr
    assert (out / "bundle.json").is_file()


def test_what_a_repository_does_not_have_is_named(shared_robots: Path, tmp_path: Path) -> None:
    repository = shared_robots / "unitree_rl_gym"
    with pytest.raises(BBConvertError, match=r"has no robot 'g11': --robot g1 or h1\. Did you mean --robot g1"):
        find_robot(repository, "g11", None)
    with pytest.raises(BBConvertError, match="Name one of its robots: --robot g1 or h1"):
        find_robot(repository, None, None)
    with pytest.raises(BBConvertError, match="has no deploy file of Unitree"):
        find_robot(tmp_path, "g1", None)
    (tmp_path / "g1.yaml").write_text((repository / "deploy" / "g1.yaml").read_text())
    with pytest.raises(BBConvertError, match=r"policy_path, which is not at .*the files motion\.pt are: none"):
        find_robot(tmp_path, "g1", None)
