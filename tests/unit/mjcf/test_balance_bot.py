"""BalanceBot: the environment, the shoves, and the policy that ships."""

from pathlib import Path

import gymnasium
import mujoco
import numpy as np
import pytest
import yaml  # type: ignore[import-untyped]
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

import bbconvert.mjcf.registration  # noqa: F401
from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.files.digest import sha256_of
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import RecordedPolicy, play_episode, record_golden
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE
from bbconvert.mjcf.balance_bot.dynamics import LEVELS
from bbconvert.mjcf.perturbation import Perturbation
from tests.support.bundle_bytes import bundle_bytes
from tests.support.repository import ROOT

POLICIES = ROOT / "policies" / "balance-bot"
STILL = np.zeros(3, np.float32)


def _bot(level: int) -> "gymnasium.Env[np.ndarray, np.ndarray]":
    return gymnasium.make("bbconvert/BalanceBot-v0", level=level, disable_env_checker=True)


def _unshoved_steps(level: int, seed: int) -> int:
    return play_episode(_bot(level), RecordedPolicy(np.zeros((1000, 3), np.float32)), seed).length


@pytest.mark.parametrize("level", LEVELS)
def test_without_torque_it_falls_within_two_seconds(level: int) -> None:
    assert max(_unshoved_steps(level, seed) for seed in range(20)) * 0.02 < 2


def test_each_level_is_harder_than_the_one_before() -> None:
    one, two, three = (LEVELS[number] for number in (1, 2, 3))
    assert one.tilt > two.tilt > three.tilt
    assert one.swing < two.swing < three.swing
    assert one.impulse < two.impulse < three.impulse


def test_leaving_the_platform_ends_the_episode() -> None:
    env = _bot(1)
    env.reset(seed=0)
    inner = mujoco_env(env)
    for x, terminated in ((0.55, False), (0.65, True)):
        qpos = inner.init_qpos.copy()
        qpos[2] = x
        inner.set_state(qpos, inner.init_qvel)
        assert env.step(STILL)[2] is terminated


def test_the_platform_swings_and_the_bot_starts_on_it() -> None:
    env = _bot(3)
    env.reset(seed=4)
    data = mujoco_env(env).data
    assert np.hypot(*data.qvel[0:2]) > 0.05
    np.testing.assert_array_equal(data.qvel[2:5], 0)  # at rest, as seen from the platform
    velocity = np.zeros(6)
    bot = mujoco_env(env).model.body("bot").id
    mujoco.mj_objectVelocity(mujoco_env(env).model, data, mujoco.mjtObj.mjOBJ_BODY, bot, velocity, 0)
    np.testing.assert_allclose(velocity[3:5], data.qvel[0:2], rtol=0, atol=1e-12)


def test_a_shove_changes_momentum_by_its_impulse_and_the_policy_does_not_see_the_force() -> None:
    impulse = 3.0
    env = Perturbation(_bot(1), bodies=["bot"], impulse=(impulse, impulse), every=(0.2, 0.2))
    env.reset(seed=1)
    inner = mujoco_env(env)
    inner.model.opt.gravity[:] = 0  # in the air nothing else acts
    qpos = inner.init_qpos.copy()
    qpos[4] = 1.0
    inner.set_state(qpos, inner.init_qvel)
    for _ in range(10):
        env.step(STILL)
    assert np.all(inner.data.qvel[2:5] == 0)
    for _ in range(5):
        env.step(STILL)
        assert np.all(inner.data.qfrc_applied == 0), "cleared, as the page clears it"
        assert np.all(inner.data.xfrc_applied == 0)
    # The force goes on at the body's centre of mass while the body turns about it.
    momentum = inner.model.body("bot").mass[0] * _velocity_of_the_centre(inner)
    assert np.linalg.norm(momentum[:2]) == pytest.approx(impulse, rel=1e-2)
    assert momentum[2] == pytest.approx(0, abs=1e-2)


def _velocity_of_the_centre(inner: MujocoEnv) -> np.ndarray:
    mujoco.mj_forward(inner.model, inner.data)
    velocity = np.zeros(6)
    bot = inner.model.body("bot").id
    mujoco.mj_objectVelocity(inner.model, inner.data, mujoco.mjtObj.mjOBJ_BODY, bot, velocity, 0)
    arm = inner.data.xipos[bot] - inner.data.xpos[bot]
    return velocity[3:] + np.cross(velocity[:3], arm)


def test_shoves_are_seeded_and_leave_the_environments_own_draws_alone() -> None:
    shoved = Perturbation(_bot(3), **LEVELS[3].shoves)
    bare = _bot(3)
    np.testing.assert_array_equal(shoved.reset(seed=8)[0], bare.reset(seed=8)[0])
    runs = []
    for seed in (8, 8, 9):
        shoved.reset(seed=seed)
        runs.append(np.array([shoved.step(STILL)[0] for _ in range(120)]))
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_level_scales_the_shoves_and_follows_success() -> None:
    env = Perturbation(_bot(1), bodies=["bot"], impulse=(2.0, 2.0), every=(0.1, 0.1), level=0.5, growth=0.1)
    env.reset(seed=0)
    terminated = truncated = False
    while not (terminated or truncated):
        _, _, terminated, truncated, info = env.step(STILL)
    assert terminated
    assert info["level"] == pytest.approx(0.4)


def test_a_body_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="no movable body 'torso'; those that move are platform, bot"):
        Perturbation(_bot(1), bodies=["torso"])


def test_the_recipe_shoves_as_its_level_does() -> None:
    for path, number in (("recipe.yaml", 3), ("ppo.yaml", 1), ("grpo.yaml", 1)):
        recipe = yaml.safe_load((POLICIES / path).read_text())
        assert recipe["env_kwargs"] == {"level": number}
        assert recipe["wrappers"][0]["kwargs"] == LEVELS[number].shoves, path


def test_the_bundle_is_small_and_made_of_the_weights_in_the_repository() -> None:
    assert bundle_bytes(BALANCE_BOT_BUNDLE) < 100_000
    bundle = open_bundle(BALANCE_BOT_BUNDLE)
    assert bundle.manifest.source.sha256 == sha256_of(POLICIES / "ppo-BalanceBot-v0.zip")
    assert bundle.manifest.env.kwargs == {"level": 3}
    assert all(check.ok for check in bundle.manifest.parity.checks)
    scene = Path(BALANCE_BOT_BUNDLE / "scene.xml")
    assert scene.read_bytes() == (ROOT / "mjcf" / "balance_bot" / "scene.xml").read_bytes()


def test_the_shipped_policy_stands_the_hardest_levels_shoves_and_a_dead_one_does_not() -> None:
    """A sample of what `just policies` measures over 200 seeds."""
    bundle = open_bundle(BALANCE_BOT_BUNDLE)
    env = Perturbation(rebuild_environment(bundle.manifest, bundle.folder), **LEVELS[3].shoves)
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    lengths = [play_episode(env, policy, seed).length for seed in range(1000, 1010)]
    assert np.mean(np.array(lengths) == 1000) >= 0.8
    assert _unshoved_steps(3, 1000) < 100


def test_the_golden_rollout_is_repeated_to_the_last_bit_and_does_not_fall() -> None:
    bundle = open_bundle(BALANCE_BOT_BUNDLE)
    golden = bundle.golden
    assert golden.steps == 300
    env = rebuild_environment(bundle.manifest, bundle.folder)
    again = record_golden(env, RecordedPolicy(golden.action), int(golden.seed[0]), golden.steps)
    np.testing.assert_array_equal(again.qpos, golden.qpos)
    assert not np.any(golden.terminated)
