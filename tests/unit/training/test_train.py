"""`bbconvert train`: recipes, runs that survive being stopped and killed, and the algorithms."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.training.algorithms import make_model
from bbconvert.convert.training.recipe import ALGOS, make_recipe, read_recipe, recipe_yaml
from bbconvert.convert.training.saving import checkpoints, claim_folder, read_curve, steps_of
from tests.support.command_line import CommandLine
from tests.support.repository import ROOT

pytest.importorskip("stable_baselines3", reason="the extra `train` is not installed: pip install 'bbconvert[train]'")

SMALL = """
env: bbconvert/BalanceBot-v0
env_kwargs: {level: 1}
algo: ppo
seed: 3
steps: 4096
envs: 2
processes: false
policy: {net_arch: [16, 16], activation: tanh, log_std_init: -1.0}
hyperparameters: {n_steps: 512, batch_size: 256, n_epochs: 4, learning_rate: 1e-3, gamma: 0.98}
"""


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(SMALL)
    return path


def _convert(bbconvert: CommandLine, command: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Runs the command that `train` printed last."""
    import shlex

    program, *words = shlex.split(command.strip().splitlines()[-1])
    assert program == "bbconvert"
    return bbconvert(*words, *arguments)


@pytest.mark.timeout(600)
def test_a_quarter_of_a_minute_of_training_outlasts_the_untrained_policy_by_far(
    bbconvert: CommandLine, recipe_file: Path
) -> None:
    """PPO on BalanceBot, level 1: untrained it stands for one or two seconds of twenty."""
    lengths = {}
    for name, steps in (("untrained", 1), ("trained", 32768)):
        done = bbconvert("train", "--recipe", recipe_file, "--steps", str(steps), "--out", name)
        assert done.returncode == 0, done.stderr
        if steps == 1:  # one rollout was learnt from all the same: make it the policy that it began with
            _untrain(bbconvert.cwd / name / "ppo-BalanceBot-v0.zip")
        made = _convert(bbconvert, done.stdout, "--out", f"{name}-bundle")
        assert made.returncode == 0, made.stderr
        played = bbconvert("evaluate", f"{name}-bundle", "--episodes", "5", "--json")
        lengths[name] = float(np.mean(json.loads(played.stdout)["lengths"]))
    assert lengths["untrained"] < 150
    assert lengths["trained"] > 4 * lengths["untrained"]


def _untrain(path: Path) -> None:
    """Gives the zip the weights that its seed draws."""
    from stable_baselines3 import PPO

    trained = PPO.load(path, device="cpu")
    fresh = PPO("MlpPolicy", _one_environment(), seed=3, policy_kwargs=trained.policy_kwargs, device="cpu")
    trained.policy.load_state_dict(fresh.policy.state_dict())
    trained.save(path)


def _one_environment() -> Any:
    from bbconvert.convert.training.environments import make_environments

    return make_environments(make_recipe({"env": "bbconvert/BalanceBot-v0", "algo": "ppo", "envs": 1}))


@pytest.mark.parametrize("algo", ALGOS)
def test_every_algorithm_leaves_a_zip_that_converts(bbconvert: CommandLine, tmp_path: Path, algo: str) -> None:
    recipe = tmp_path / "recipe.yaml"
    own = {"ppo": "{n_steps: 64}", "grpo": "{n_steps: 64, horizon: 32}"}.get(algo, "{learning_starts: 50}")
    recipe.write_text(
        f"env: InvertedPendulum-v4\nalgo: {algo}\nsteps: 128\nenvs: 2\nprocesses: false\n"
        f"policy: {{net_arch: [8]}}\nhyperparameters: {own}\n"
    )
    done = bbconvert("train", "--recipe", recipe, "--out", "run")
    assert done.returncode == 0, done.stderr
    assert f"run/{algo}-InvertedPendulum-v4.zip" in done.stdout
    assert (bbconvert.cwd / "run" / "vec_normalize.pkl").is_file() == (algo in {"ppo", "grpo"})
    made = _convert(bbconvert, done.stdout, "--out", "bundle")
    assert made.returncode == 0, made.stderr


def test_a_learning_rate_falls_to_nothing_and_the_curve_counts_episodes(bbconvert: CommandLine, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "env: InvertedPendulum-v4\nalgo: ppo\nsteps: 512\nenvs: 2\nprocesses: false\npolicy: {net_arch: [8]}\n"
        "hyperparameters: {n_steps: 64, batch_size: 64, learning_rate: lin_0.01}\n"
    )
    done = bbconvert("train", "--recipe", recipe, "--out", "run")
    assert done.returncode == 0, done.stderr
    assert read_recipe(bbconvert.cwd / "run" / "recipe.yaml", {}).hyperparameters["learning_rate"] == "lin_0.01"
    curve = read_curve(bbconvert.cwd / "run" / "curve.csv")
    counts = [point.episodes or 0 for point in curve]
    assert counts == sorted(counts)
    assert 10 < counts[-1] < 512
    model = make_model(read_recipe(recipe, {}), _one_environment(), None)
    assert [model.lr_schedule(left) for left in (1.0, 0.5, 0.0)] == pytest.approx([0.01, 0.005, 0.0])


def test_options_alone_are_a_recipe_and_processes_work(bbconvert: CommandLine) -> None:
    done = bbconvert("train", "InvertedPendulum-v4", "--steps", "1", "--envs", "2", "--seed", "5", "--out", "run")
    assert done.returncode == 0, done.stderr
    kept = read_recipe(bbconvert.cwd / "run" / "recipe.yaml", {})
    assert (kept.env, kept.algo, kept.steps, kept.envs, kept.seed) == ("InvertedPendulum-v4", "ppo", 1, 2, 5)
    assert kept.processes


def test_a_killed_run_goes_on_from_its_last_checkpoint(bbconvert: CommandLine, recipe_file: Path) -> None:
    run = bbconvert.cwd / "run"
    with bbconvert.start("train", "--recipe", recipe_file, "--steps", "200000", "--out", run) as process:
        _wait_for_a_checkpoint(run, process)
        process.send_signal(signal.SIGKILL)
    reached = steps_of(checkpoints(run)[-1])
    assert 0 < reached < 200_000
    assert not list(run.glob("*.zip"))

    target = reached + 2000
    done = bbconvert("train", "--out", run, "--resume", "--steps", str(target))

    assert done.returncode == 0, done.stderr
    curve = read_curve(run / "curve.csv")
    assert curve[-1].steps >= target
    steps = [point.steps for point in curve]
    assert steps == sorted(steps)
    assert any(step <= reached for step in steps), "the curve goes back to before the kill"
    assert _updates(run / "ppo-BalanceBot-v0.zip") > _rollouts(reached), "the weights are the old ones, trained on"


def test_ctrl_c_saves_and_says_how_to_go_on(bbconvert: CommandLine, recipe_file: Path) -> None:
    run = bbconvert.cwd / "run"
    with bbconvert.start("train", "--recipe", recipe_file, "--steps", "200000", "--out", run) as process:
        _wait_for_a_checkpoint(run, process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "saved" in errors
    assert f"Go on with: bbconvert train --out {run} --resume" in errors
    assert "Traceback" not in errors
    assert (run / "ppo-BalanceBot-v0.zip").is_file()
    done = bbconvert("train", "--out", run, "--resume", "--steps", str(steps_of(checkpoints(run)[-1]) + 1))
    assert done.returncode == 0, done.stderr


def _wait_for_a_checkpoint(run: Path, process: "subprocess.Popen[str]") -> None:
    while not checkpoints(run):
        assert process.poll() is None, process.communicate()


def _updates(path: Path) -> int:
    from stable_baselines3 import PPO

    model = PPO.load(path, device="cpu")
    assert model._n_updates % 4 == 0
    return int(model._n_updates)


def _rollouts(steps: int) -> int:
    """Updates that a run of the small recipe has made after so many steps: 4 epochs for each 1024."""
    return 4 * (steps // 1024)


def test_the_result_is_the_mean_of_the_last_weights(bbconvert: CommandLine, recipe_file: Path) -> None:
    from stable_baselines3 import PPO

    recipe_file.write_text(SMALL + "average: 4\n")
    assert bbconvert("train", "--recipe", recipe_file, "--steps", "1024", "--out", "run").returncode == 0
    done = bbconvert("train", "--out", "run", "--resume", "--steps", "2048")
    assert done.returncode == 0, done.stderr

    run = bbconvert.cwd / "run"
    result, last = (
        PPO.load(path, device="cpu").policy.state_dict()
        for path in (run / "ppo-BalanceBot-v0.zip", checkpoints(run)[-1] / "model.zip")
    )
    distances = {name: float((result[name] - last[name]).abs().max()) for name in result}
    assert all(0 < distance < 0.05 for distance in distances.values()), distances
    assert _convert(bbconvert, done.stdout, "--out", "bundle").returncode == 0


def test_a_mean_that_forgets_nothing_is_still_the_first_weights_when_gone_on_with(
    bbconvert: CommandLine, recipe_file: Path
) -> None:
    from stable_baselines3 import PPO

    recipe_file.write_text(SMALL + "average: 1000000\n")
    run = bbconvert.cwd / "run"

    def weights(path: Path) -> dict[str, Any]:
        return {name: value.numpy() for name, value in PPO.load(path, device="cpu").policy.state_dict().items()}

    assert bbconvert("train", "--recipe", recipe_file, "--steps", "1024", "--out", run).returncode == 0
    before, trained = weights(run / "ppo-BalanceBot-v0.zip"), weights(checkpoints(run)[-1] / "model.zip")
    assert bbconvert("train", "--out", run, "--resume", "--steps", "2048").returncode == 0
    after = weights(run / "ppo-BalanceBot-v0.zip")
    for name, value in before.items():
        np.testing.assert_allclose(after[name], value, rtol=0, atol=1e-6)
        assert np.abs(trained[name] - value).max() > 1e-4, "training moved them"


def test_the_mean_is_exponential() -> None:
    import torch

    from bbconvert.convert.training.average import Average

    model: Any = SimpleNamespace(policy=torch.nn.Linear(1, 1, bias=False))

    def learn(weight: float) -> None:
        torch.nn.init.constant_(model.policy.weight, weight)

    learn(8.0)
    average = Average(model, rollouts=4)
    learn(0.0)
    average.take(model)
    average.take(model)

    with average.in_place(model):
        assert model.policy.weight.item() == pytest.approx(8 * 0.75**2)
    assert model.policy.weight.item() == 0.0


def test_the_mean_of_two_zips_is_between_them(tmp_path: Path) -> None:
    from stable_baselines3 import PPO

    env = _one_environment()
    for seed in (1, 2):
        PPO("MlpPolicy", env, seed=seed, device="cpu").save(tmp_path / f"{seed}.zip")
    mean = [sys.executable, "policies/mean.py", *(str(tmp_path / name) for name in ("1.zip", "2.zip", "mean.zip"))]
    subprocess.run(mean, cwd=ROOT, check=True)
    one, two, both = (
        PPO.load(tmp_path / name, device="cpu").policy.state_dict() for name in ("1.zip", "2.zip", "mean.zip")
    )
    for name, value in both.items():
        np.testing.assert_allclose(value, (one[name] + two[name]) / 2, rtol=0, atol=1e-7)


def test_a_half_written_checkpoint_is_none(tmp_path: Path) -> None:
    (tmp_path / ".checkpoint-abc").mkdir()
    (tmp_path / "recipe.yaml").write_text(SMALL)
    for steps in (900, 1000):
        (tmp_path / f"checkpoint-{steps}").mkdir()
    assert [steps_of(path) for path in checkpoints(tmp_path)] == [900, 1000]
    assert claim_folder(tmp_path, resume=True) == tmp_path / "checkpoint-1000"


def test_a_recipe_reads_back_as_it_was_written(recipe_file: Path) -> None:
    recipe = read_recipe(recipe_file, {"seed": 9, "steps": None})
    assert (recipe.seed, recipe.steps, recipe.hyperparameters["learning_rate"]) == (9, 4096, 0.001)
    recipe_file.write_text(recipe_yaml(recipe))
    assert read_recipe(recipe_file, {}) == recipe


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("learning_rat: 1", "there is no key 'learning_rat' (the keys are env, env_kwargs, algo"),
        ("algo: dqn", "algo is 'dqn': Input should be 'ppo', 'grpo', 'sac', 'td3' or 'tqc'"),
        ("steps: many", "steps is 'many'"),
        ("hyperparameters: {learning_rate: lin_fast}", "hyperparameters.learning_rate is 'lin_fast'"),
        ("hyperparameters: {gama: 0.9}", "PPO has no hyperparameter 'gama'. It has: learning_rate, n_steps"),
        ("policy: {activation: sine}", "policy.activation is 'sine'; the choices are tanh, relu, elu"),
        ("env_kwargs: {level: 7}", "level is one of 1, 2, 3, not 7"),
        ("env: bbconvert/Nothing-v0", "See: bbconvert envs"),
        ("normalize: frozen", "normalize: frozen needs an init"),
        (
            "wrappers: [{class: 'bbconvert.mjcf.perturbation:Nudge'}]",
            "There is no wrapper bbconvert.mjcf",
        ),
        (
            "wrappers: [{class: 'bbconvert.mjcf.perturbation:Perturbation', kwargs: {bodies: [leg]}}]",
            "no movable body 'leg'",
        ),
        ("wrappers: [{class: 'bbconvert.mjcf.perturbation:Perturbation', arguments: 1}]", "there is no key"),
    ],
)
def test_a_wrong_recipe_is_refused_in_words(bbconvert: CommandLine, recipe_file: Path, change: str, words: str) -> None:
    key = change.split(":", maxsplit=1)[0]
    kept = [line for line in SMALL.strip().splitlines() if not line.startswith(f"{key}:")]
    recipe_file.write_text("\n".join([*kept, change]) + "\n")
    done = bbconvert("train", "--recipe", recipe_file, "--out", "run")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_is_never_overwritten_nor_invented(bbconvert: CommandLine, recipe_file: Path) -> None:
    done = bbconvert("train", "--out", "nowhere", "--resume")
    assert (done.returncode, "There is no run in nowhere" in done.stderr) == (1, True)
    (bbconvert.cwd / "mine").mkdir()
    (bbconvert.cwd / "mine" / "thesis.txt").write_text("precious")
    done = bbconvert("train", "--recipe", recipe_file, "--out", "mine")
    assert (done.returncode, "mine exists" in done.stderr) == (1, True)
    assert bbconvert("train", "--out", "x").returncode == 2
    assert bbconvert("train", "--out", "x", "--resume", "--seed", "3").returncode == 2


def test_without_stable_baselines3_the_pip_command_is_named() -> None:
    program = "import sys; sys.modules['stable_baselines3'] = None\nfrom bbconvert.convert.cli.main import main; main()"
    command = [sys.executable, "-c", program, "train", "InvertedPendulum-v4", "--out", "x"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 1
    assert "pip install 'bbconvert[train]'" in done.stderr


def test_only_train_imports_stable_baselines3() -> None:
    program = (
        "import sys, bbconvert.convert.pipeline, bbconvert.convert.cli.main; print('stable_baselines3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_start_from_a_checkpoint_acts_like_it(tmp_path: Path) -> None:
    from stable_baselines3.common.vec_env import VecNormalize

    from bbconvert.convert.checkpoints import read_checkpoint
    from bbconvert.convert.training.algorithms import make_model
    from bbconvert.convert.training.environments import make_environments, normalized
    from bbconvert.convert.training.start import start_from

    first = ROOT / "policies" / "humanoid-balance" / "ppo_continuous_action.cleanrl_model"
    values = {"env": "bbconvert/HumanoidBalance-v0", "algo": "ppo", "envs": 1, "normalize": "frozen"}
    recipe = make_recipe({**values, "policy": {"net_arch": [128, 128], "activation": "tanh"}})
    env = normalized(recipe, make_environments(recipe))
    model = make_model(recipe, env, None)
    start_from(model, recipe, first, None)
    checkpoint = read_checkpoint(first)
    assert isinstance(env, VecNormalize)
    assert checkpoint.statistics is not None
    observation = env.reset()
    hidden = observation[0].astype(np.float64)
    *layers, last = checkpoint.network.actor.layers
    for layer in layers:
        hidden = np.tanh(layer.weight @ hidden + layer.bias)
    expected = np.clip(last.weight @ hidden + last.bias, -0.4, 0.4)
    np.testing.assert_allclose(model.predict(observation, deterministic=True)[0][0], expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(env.obs_rms.mean, checkpoint.statistics.mean, rtol=0, atol=1e-9)

    wrong = make_recipe({**values, "policy": {"net_arch": [64, 64]}})
    with pytest.raises(BBConvertError, match=r"layers of \[376, 128, 128, 17\] numbers"):
        start_from(make_model(wrong, env, None), wrong, first, None)


def test_the_curve_is_a_csv_that_anything_reads(bbconvert: CommandLine, recipe_file: Path) -> None:
    assert bbconvert("train", "--recipe", recipe_file, "--out", "run").returncode == 0
    with (bbconvert.cwd / "run" / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[-1]["steps"] == "4096"
    assert float(rows[-1]["episode_length"]) > 10
