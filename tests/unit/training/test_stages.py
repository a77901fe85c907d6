"""The stages of a training: kept by `train`, carried by `convert RUN`, played and filmed."""

import itertools
import json
import os
from pathlib import Path

import numpy as np
import pytest

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.bundle.library import bundle_files
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.rollout.policy import onnx_session
from tests.support.command_line import CommandLine

pytest.importorskip("stable_baselines3", reason="the extra `train` is not installed: pip install 'bbconvert[train]'")

RECIPE = """
env: bbconvert/CartPole-v0
env_kwargs: {level: 2}
algo: ppo
seed: 1
steps: 2000
envs: 4
processes: false
policy: {net_arch: [8], activation: tanh, log_std_init: -1.0}
hyperparameters: {n_steps: 32, batch_size: 64, n_epochs: 2, learning_rate: 0.01}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run, finished."""
    folder = tmp_path_factory.mktemp("stages")
    (folder / "recipe.yaml").write_text(RECIPE)
    done = CommandLine(folder, dict(os.environ))("train", "--recipe", folder / "recipe.yaml", "--out", folder / "run")
    assert done.returncode == 0, done.stderr
    return folder / "run"


@pytest.fixture(scope="module")
def bundle(run: Path) -> Path:
    """What `bbconvert convert RUN` makes of it."""
    out = run.parent / "bundle"
    done = CommandLine(run.parent, dict(os.environ))("convert", run, "--out", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(out)
    return out


def test_a_run_keeps_its_policy_at_nine_moments_the_untrained_first(run: Path) -> None:
    steps = sorted(int(path.name) for path in (run / "stages").iterdir())
    assert len(steps) == 9
    assert steps[0] == 0
    assert max(np.diff(steps)) < 2 * 2000 / 9 + 128
    assert all(
        {"model.zip", "vec_normalize.pkl"} == {file.name for file in (run / "stages" / str(k)).iterdir()} for k in steps
    )


def test_the_bundle_has_all_stages_and_the_curve(bundle: Path) -> None:
    opened = open_bundle(bundle)
    training = opened.manifest.training
    assert training is not None
    assert [stage.steps for stage in training.stages] == sorted(stage.steps for stage in training.stages)
    assert training.steps == 2048
    assert len(training.curve) > 5
    assert {f"stages/{k}.onnx" for k in range(9)} <= set(bundle_files(opened))
    actions = [
        onnx_session(opened.stage(stage.file)).run(["action"], {"observation": opened.golden.observation})[0]
        for stage in training.stages
    ]
    assert all(np.abs(one - other).max() > 1e-3 for one, other in itertools.pairwise(actions))
    assert any("9 earlier stages" in check.name and check.ok for check in opened.manifest.parity.checks)


def test_a_stage_of_another_graph_is_refused(bundle: Path) -> None:
    stage = bundle / "stages" / "3.onnx"
    content = stage.read_bytes()
    try:
        stage.write_bytes(content.replace(b"Tanh", b"Sinh"))
        with pytest.raises(BBConvertError, match=r"3\.onnx does not belong"):
            open_bundle(bundle).stage("stages/3.onnx")
    finally:
        stage.write_bytes(content)


@pytest.mark.parametrize("file", ["../policy.onnx", "stages/../../x.onnx", "stages/a.onnx", "/etc/passwd"])
def test_a_manifest_names_no_file_outside_of_its_stages(bundle: Path, tmp_path: Path, file: str) -> None:
    document = json.loads((bundle / "bundle.json").read_text())
    document["training"]["stages"][0]["file"] = file
    (tmp_path / "bundle.json").write_text(json.dumps(document))
    with pytest.raises(BBConvertError, match=r"training\.stages\.0\.file"):
        open_bundle(tmp_path)


def test_a_folder_that_is_no_run_is_said(bbconvert: CommandLine, tmp_path: Path) -> None:
    done = bbconvert("convert", tmp_path)
    assert done.returncode != 0
    assert "holds no policy" in done.stderr
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    done = bbconvert("convert", tmp_path)
    assert "has no result yet" in done.stderr
    file = tmp_path / "policy.pt"
    file.write_bytes(b"")
    done = bbconvert("convert", file)
    assert "with --env" in done.stderr


def test_a_film_of_stages_needs_some() -> None:
    from bbconvert.convert.cli.record import _stages
    from bbconvert.convert.film.frames import Take
    from bbconvert.convert.shipped import CART_POLE_BUNDLE

    with pytest.raises(UsageError, match="has no earlier stages"):
        _stages(Take(open_bundle(CART_POLE_BUNDLE)))


def test_a_film_of_stages_has_one_take_each(bundle: Path) -> None:
    from bbconvert.convert.cli.record import _stages
    from bbconvert.convert.film.frames import Take

    takes = _stages(Take(open_bundle(bundle), query={"show": "torques"}))
    assert [take.query.get("stage") for take in takes] == [*map(str, range(9)), None]
    assert takes[0].title == "0 steps"
    assert takes[-1].title == "2,048 steps"
    assert all(take.query["show"] == "torques" for take in takes)
