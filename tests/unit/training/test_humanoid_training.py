"""What HumanoidBalance is trained on: starts that a body can be in, and a reward for feet under the body."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray

import bbconvert.mjcf.registration  # noqa: F401  # registers the humanoid
from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.training.environments import make_environment
from bbconvert.convert.training.recipe import read_recipe
from bbconvert.mjcf.humanoid_balance import training
from bbconvert.mjcf.humanoid_balance.training import QuietStanding
from tests.support.repository import ROOT

HUMANOID = "bbconvert/HumanoidBalance-v0"

SEEDS = range(12)
POLICY = ROOT / "policies" / "humanoid-balance"


@pytest.fixture
def env() -> Iterator[QuietStanding]:
    found = QuietStanding(gymnasium.make(HUMANOID, disable_env_checker=True))
    yield found
    found.close()


def _inner(env: QuietStanding) -> MujocoEnv:
    inner = env.unwrapped
    assert isinstance(inner, MujocoEnv)
    return inner


def test_a_bowed_start_bends_over_feet_that_stand(env: QuietStanding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "BOWED_SHARE", 1.0)
    data, model = _inner(env).data, _inner(env).model
    turning = []
    for seed in SEEDS:
        env.reset(seed=seed)
        velocity = np.zeros(6)
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_BODY, model.body("right_foot").id, velocity, 0)
        turning.append((data.xmat[model.body("torso").id][8], np.linalg.norm(data.qvel[3:6])))
        assert np.linalg.norm(velocity[3:5]) < training.FALLING + 2 * training.PUSH_OFF, "the feet are not thrown about"
        for side in ("right", "left"):
            assert abs(data.geom(f"{side}_foot").xpos[2] - 0.025) < 0.03, "the plates are about on the floor"
    upright, rates = np.array(turning).T
    assert upright.min() < 0.9, "some bend deeply"
    assert rates.max() > 2, "and are still bending"


def test_the_reward_is_highest_in_the_stance_and_prefers_feet_under_the_body(env: QuietStanding) -> None:
    inner = _inner(env)
    still = np.zeros(17, np.float32)
    rewards = {}
    for name, speed in (("standing", 0.0), ("thrown", 0.8)):
        env.reset(seed=0)
        qvel = np.zeros(inner.model.nv)
        qvel[0] = speed
        inner.set_state(inner.init_qpos, qvel)
        rewards[name] = float(env.step(still)[1])
    assert 1.0 < rewards["standing"] <= 1.15
    assert rewards["thrown"] < rewards["standing"] - 0.3


def test_a_share_of_the_episodes_begins_on_the_way_of_a_recovery(env: QuietStanding, tmp_path: Path) -> None:
    recovered = []
    for seed in range(100, 150):
        env.reset(seed=seed)
        data = _inner(env).data
        recovered.append(np.concatenate([data.qpos, data.qvel]))
    states = np.array(recovered, np.float32)
    np.save(tmp_path / "starts.npy", states)
    starts = str(tmp_path / "starts.npy")
    started = QuietStanding(gymnasium.make(HUMANOID, disable_env_checker=True), starts=starts, share=0.5)
    inner = _inner(started)
    recovering = 0
    for seed in range(40):
        started.reset(seed=seed)
        same = np.isclose(states[:, 7:24], inner.data.qpos[7:], atol=1e-6).all(axis=1)
        recovering += same.any()
    assert 10 <= recovering <= 30
    started.close()


@pytest.mark.parametrize(
    ("write", "message"),
    [(None, "recoveries.py makes it"), (np.zeros((3, 46)), r"has \(3, 46\) numbers, expected states of 47 each")],
)
def test_starts_that_are_no_states_are_refused(tmp_path: Path, write: NDArray[np.float64] | None, message: str) -> None:
    path = tmp_path / "starts.npy"
    if write is not None:
        np.save(path, write)
    with pytest.raises(ValueError, match=message):
        QuietStanding(gymnasium.make(HUMANOID, disable_env_checker=True), starts=str(path), share=0.5)


@pytest.mark.slow
def test_a_slow_residual_is_found_that_stands_a_shove_which_fells_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(POLICY)
    recoveries = importlib.import_module("recoveries")
    monkeypatch.setattr(recoveries, "STANDING", POLICY)
    monkeypatch.setattr(recoveries, "TOGETHER", 32)
    monkeypatch.setattr(recoveries, "ELITE", 7)
    monkeypatch.setattr(recoveries, "STARTS", 2)
    monkeypatch.setattr(recoveries, "GENERATIONS", 10)
    search = recoveries.Search(0)
    shove = recoveries.Shove(90.0, 50.0)
    none = np.zeros((32, recoveries.KNOTS, 17))
    assert search._play([shove] * 32, none)[1].mean() < 0.2, "the policy alone falls"
    residual = search._find(shove, [])
    stood, recovery = search._rollouts(shove, residual)
    assert stood > 0.3, stood
    assert recovery.observations.shape[1:] == (recoveries.LABELLED, 376)
    assert np.abs(recovery.actions).max() <= np.float32(0.4)


@pytest.mark.parametrize(
    ("name", "init"),
    [
        ("standing.yaml", "ppo_continuous_action.cleanrl_model"),
        ("stepping.yaml", "cloned/ppo-HumanoidBalance-v0.zip"),
        ("recipe.yaml", "stepping/ppo-HumanoidBalance-v0.zip"),
    ],
)
def test_each_stage_begins_from_what_the_stage_before_makes(name: str, init: str) -> None:
    assert read_recipe(POLICY / name, {}).init == POLICY / init


def test_the_first_stage_has_its_weights_and_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    recipe = read_recipe(POLICY / "standing.yaml", {})
    assert recipe.init is not None
    assert read_checkpoint(recipe.init).network.actor.widths[-1] == 17
    make_environment(recipe).close()


def test_another_solver_of_the_contacts_makes_the_same_steps(env: QuietStanding) -> None:
    """A tenth of a second of standing: the solvers stop within their tolerance of one solution."""
    other = QuietStanding(gymnasium.make(HUMANOID, disable_env_checker=True), solver="Newton")
    assert _inner(other).model.opt.solver != _inner(env).model.opt.solver
    ends = []
    for each in (env, other):
        observation, _ = each.reset(seed=1)
        for _ in range(10):
            observation = each.step(np.zeros(17, np.float32))[0]
        ends.append(observation[:45])
        each.close()
    np.testing.assert_allclose(ends[1], ends[0], rtol=0, atol=1e-4)


def test_a_solver_that_mujoco_has_not_is_refused() -> None:
    wrong: Any = "Jacobi"
    with pytest.raises(ValueError, match="solver is one of PGS, CG, Newton, not Jacobi"):
        QuietStanding(gymnasium.make(HUMANOID, disable_env_checker=True), solver=wrong)
