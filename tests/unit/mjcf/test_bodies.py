"""CartPole, Stand, BalanceBall and Reorient: what ends an episode, what is paid, and the policies that ship."""

import math
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest
import yaml  # type: ignore[import-untyped]
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

import bbconvert.mjcf.registration  # noqa: F401
from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.environments.environment import mujoco_env
from bbconvert.convert.files.digest import sha256_of
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import play_episode
from bbconvert.convert.shipped import (
    BALANCE_BALL_BUNDLE,
    CART_POLE_BUNDLE,
    REORIENT_BUNDLE,
    SEEING_BUNDLE,
    STAND_BUNDLE,
)
from bbconvert.mjcf.balance_ball.dynamics import LEVELS as BALL
from bbconvert.mjcf.cart_pole.dynamics import LEVELS as CART
from bbconvert.mjcf.perturbation import Perturbation
from bbconvert.mjcf.reorient.training import NoisyAttitude
from tests.support.bundle_bytes import bundle_bytes
from tests.support.repository import ROOT

SIZES = {"CartPole": (4, 1), "Stand": (30, 4), "BalanceBall": (60, 8)}


def made(name: str, **kwargs: Any) -> "gymnasium.Env[np.ndarray, np.ndarray]":
    return gymnasium.make(f"bbconvert/{name}-v0", disable_env_checker=True, **kwargs)


def placed(name: str, changes: dict[int, float], **kwargs: Any) -> tuple[MujocoEnv, bool]:
    """An environment whose positions were changed, and whether a still step ends its episode."""
    env = made(name, **kwargs)
    env.reset(seed=0)
    inner = mujoco_env(env)
    qpos = inner.init_qpos.copy()
    for i, value in changes.items():
        qpos[i] = value
    inner.set_state(qpos, inner.init_qvel)
    return inner, bool(env.step(np.zeros(SIZES[name][1], np.float32))[2])


@pytest.mark.parametrize(("name", "sizes"), SIZES.items())
def test_sizes_rate_and_reward_are_as_documented(name: str, sizes: tuple[int, int]) -> None:
    env = made(name)
    assert (env.observation_space.shape, env.action_space.shape) == ((sizes[0],), (sizes[1],))
    assert mujoco_env(env).dt == pytest.approx(0.02)
    assert env.spec is not None
    assert env.spec.max_episode_steps == 1000
    env.reset(seed=4)
    _, reward, _, _, info = env.step(env.action_space.sample())
    assert float(reward) == pytest.approx(sum(float(value) for value in info.values()), abs=1e-12)
    assert info["reward_alive"] == 1
    assert all(value <= 0 for name, value in info.items() if name != "reward_alive")


@pytest.mark.parametrize("level", CART)
def test_a_cart_pole_ends_where_the_pole_tips_or_the_cart_leaves_its_rail(level: int) -> None:
    tilt = math.radians(CART[level].tilt)
    assert not placed("CartPole", {1: 0.9 * tilt}, level=level)[1]
    assert placed("CartPole", {1: 1.05 * tilt}, level=level)[1]
    assert placed("CartPole", {1: -1.05 * tilt}, level=level)[1]
    assert not placed("CartPole", {0: 1.7}, level=level)[1]
    assert placed("CartPole", {0: 1.85}, level=level)[1]


def test_a_standing_body_ends_where_its_hips_sink() -> None:
    assert not placed("Stand", {})[1]
    assert not placed("Stand", {1: -0.2, 3: 1.0, 4: -2.0, 5: 1.0, 6: -2.0})[1]
    assert placed("Stand", {1: -0.3, 3: 1.2, 4: -2.3, 5: 1.2, 6: -2.3})[1]


@pytest.mark.parametrize("level", BALL)
def test_a_balance_ball_ends_where_plank_or_torso_tip_or_leave_each_other(level: int) -> None:
    tilt = math.radians(BALL[level].tilt)
    assert not placed("BalanceBall", {}, level=level)[1]
    assert placed("BalanceBall", {5: 1.1 * tilt}, level=level)[1]
    assert placed("BalanceBall", {8: math.radians(50)}, level=level)[1]
    assert placed("BalanceBall", {7: -0.2}, level=level)[1]
    assert placed("BalanceBall", {0: 0.45}, level=level)[1]
    assert placed("BalanceBall", {6: 0.45}, level=level)[1]


def test_only_the_feet_stand_on_the_plank_and_the_plank_on_the_ball() -> None:
    inner, _ = placed("BalanceBall", {})
    names = {
        tuple(sorted((inner.model.geom(c.geom1).name, inner.model.geom(c.geom2).name))) for c in inner.data.contact
    }
    assert names == {("ball", "floor"), ("ball", "plank"), ("left_foot", "plank"), ("plank", "right_foot")}


@pytest.mark.parametrize("name", ["CartPole", "BalanceBall"])
def test_there_is_no_other_level(name: str) -> None:
    with pytest.raises(ValueError, match="level is one of 1, 2, 3, not 4"):
        made(name, level=4)


@pytest.mark.parametrize(("name", "levels"), [("cart-pole", CART), ("balance-ball", BALL)])
def test_recipes_shove_as_their_level_does(name: str, levels: Any) -> None:
    recipe = yaml.safe_load((ROOT / "policies" / name / "recipe.yaml").read_text())
    impulse = levels[recipe["env_kwargs"]["level"]].impulse
    assert recipe["wrappers"][0]["kwargs"]["impulse"] == pytest.approx([0.4 * impulse, impulse])


def test_the_cart_pole_that_ships_is_small_and_stands_under_the_shoves_of_its_highest_level() -> None:
    assert bundle_bytes(CART_POLE_BUNDLE) < 60_000
    bundle = open_bundle(CART_POLE_BUNDLE)
    assert bundle.manifest.source.sha256 == sha256_of(ROOT / "policies" / "cart-pole" / "ppo-CartPole-v0.zip")
    assert all(check.ok for check in bundle.manifest.parity.checks)
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    shoved = Perturbation(made("CartPole", level=3), bodies=["cart", "pole"], impulse=(0.32, 0.8))
    lengths = [play_episode(shoved, policy, seed).length for seed in range(500, 510)]
    assert lengths == [1000] * 10


def test_the_body_that_stands_is_small_and_stands_calmly() -> None:
    assert bundle_bytes(STAND_BUNDLE) < 150_000
    bundle = open_bundle(STAND_BUNDLE)
    assert bundle.manifest.source.sha256 == sha256_of(ROOT / "policies" / "stand" / "ppo-Stand-v0.zip")
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    env = made("Stand")
    data = mujoco_env(env).data
    for seed in range(10):
        observation, _ = env.reset(seed=seed)
        speeds = []
        for step in range(1000):
            observation, _, terminated, _, _ = env.step(policy(observation))
            assert not terminated, seed
            if step >= 100:
                assert abs(data.qpos[2]) < math.radians(10), seed
                speeds.append(np.abs(data.qvel[3:7]).max())
        assert np.percentile(speeds, 95) < 0.2, seed


def test_the_figure_on_the_ball_is_small_and_stands_under_the_shoves_of_its_highest_level() -> None:
    assert bundle_bytes(BALANCE_BALL_BUNDLE) < 300_000
    bundle = open_bundle(BALANCE_BALL_BUNDLE)
    assert bundle.manifest.source.sha256 == sha256_of(ROOT / "policies" / "balance-ball" / "ppo-BalanceBall-v0.zip")
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    shoved = Perturbation(made("BalanceBall", level=3), bodies=["torso"], impulse=(0.4, 1.0))
    lengths = [play_episode(shoved, policy, seed).length for seed in range(500, 510)]
    assert lengths.count(1000) >= 9
    hips = mujoco_env(shoved).data.qpos[7]
    assert hips > -0.1  # it stands, and does not sit


def test_the_lander_that_sees_is_the_same_lander_with_a_network_of_less_than_a_megabyte() -> None:
    blind, seeing = open_bundle(REORIENT_BUNDLE), open_bundle(SEEING_BUNDLE)
    assert (SEEING_BUNDLE / "pose.onnx").stat().st_size < 1_000_000
    for file in ("policy.onnx", "scene.xml", "golden.safetensors", "tfjs/weights.bin"):
        assert (SEEING_BUNDLE / file).read_bytes() == (REORIENT_BUNDLE / file).read_bytes()
    estimator = seeing.manifest.estimator
    assert estimator is not None
    assert estimator.terms == ["quaternion", "up"]
    assert estimator.error.pictures >= 2000
    assert estimator.error.median <= 3
    assert estimator.error.percentile_95 <= 10
    assert seeing.manifest.env == blind.manifest.env
    assert (ROOT / "policies" / "reorient" / "pose" / "pose.onnx").read_bytes() == seeing.pose_bytes


def test_a_lander_starts_in_any_attitude_and_topples_by_itself() -> None:
    env = made("Reorient")
    assert env.spec is not None
    assert env.spec.max_episode_steps == 500
    up = np.array([env.reset(seed=seed)[0][4:7] for seed in range(400)])
    np.testing.assert_allclose(np.linalg.norm(up, axis=1), 1, atol=1e-12)
    assert np.all(np.abs(up.mean(axis=0)) < 0.1)
    np.testing.assert_allclose(up.std(axis=0), 1 / math.sqrt(3), atol=0.05)
    inner = mujoco_env(env)
    inner.set_state(np.array([1, 0.02, 0, 0.0]), np.zeros(3))
    for _ in range(400):
        observation, _, terminated, _, _ = env.step(np.zeros(3, np.float32))
    assert observation[6] < 0.5
    assert not terminated


def test_noise_turns_the_attitude_and_what_comes_of_it_alike() -> None:
    noisy = NoisyAttitude(made("Reorient"), sigma=0.05)
    bare = made("Reorient")
    turned = []
    for seed in range(200):
        seen, true = noisy.reset(seed=seed)[0], bare.reset(seed=seed)[0]
        np.testing.assert_array_equal(seen[7:], true[7:])
        rotation = np.zeros(9)
        mujoco.mju_quat2Mat(rotation, seen[:4])
        np.testing.assert_allclose(seen[4:7], rotation[6:9], atol=1e-9)
        turned.append(2 * math.acos(min(1.0, abs(float(seen[:4] @ true[:4])))))
    assert np.sqrt(np.mean(np.square(turned))) == pytest.approx(0.05 * math.sqrt(3), rel=0.1)
    np.testing.assert_array_equal(noisy.reset(seed=3)[0], noisy.reset(seed=3)[0])


def test_the_lander_that_ships_is_small_and_turns_upright_from_anywhere() -> None:
    assert bundle_bytes(REORIENT_BUNDLE) < 100_000
    bundle = open_bundle(REORIENT_BUNDLE)
    assert bundle.manifest.source.sha256 == sha256_of(ROOT / "policies" / "reorient" / "ppo-Reorient-v0.zip")
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    env = made("Reorient")
    for seed in range(20):
        observation, _ = env.reset(seed=seed)
        for _ in range(250):
            observation, *_ = env.step(policy(observation))
        assert observation[6] > math.cos(math.radians(10)), seed
