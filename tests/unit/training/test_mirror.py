"""Left and right: the humanoid's mirror against MuJoCo, and training that keeps a policy symmetric."""

from pathlib import Path
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray

import bbconvert.mjcf.registration  # noqa: F401  # registers the humanoid
from bbconvert.mjcf.humanoid_balance.mirror import humanoid_mirror
from bbconvert.mjcf.mirror import Mirror, SignedPermutation
from tests.support.command_line import CommandLine
from tests.support.repository import ROOT

HUMANOID = "bbconvert/HumanoidBalance-v0"
WEIGHTS = ROOT / "policies" / "humanoid-balance" / "ppo_continuous_action.cleanrl_model"

Float64 = NDArray[np.float64]

MIRRORED = f"""
env: {HUMANOID}
algo: ppo
seed: 1
steps: 256
envs: 2
processes: false
init: {WEIGHTS}
normalize: frozen
policy: {{net_arch: [256, 256], activation: tanh, log_std_init: -2.5}}
hyperparameters: {{n_steps: 64, batch_size: 32, learning_rate: 1e-5}}
mirror: bbconvert.mjcf.humanoid_balance.mirror:humanoid_mirror
"""


@pytest.fixture
def env() -> MujocoEnv:
    """The humanoid without its small differences of left and right, its contacts solved to the last bit."""
    found = gymnasium.make(HUMANOID, disable_env_checker=True).unwrapped
    assert isinstance(found, MujocoEnv)
    model = found.model
    for values, first in ((model.dof_armature, 6), (model.jnt_stiffness, 1)):
        for i in range(model.njnt - 1):
            joint = model.joint(i + 1).name
            if joint.startswith("right_"):
                other = model.joint(joint.replace("right", "left")).id
                values[first - 1 + other] = values[first + i]
    mujoco.mj_setConst(model, found.data)
    model.opt.tolerance, model.opt.iterations = 0, 300
    return found


def _after(env: MujocoEnv, qpos: Float64, qvel: Float64, actions: Float64) -> Float64:
    env.reset(seed=0)
    env.set_state(qpos, qvel)
    for action in actions:
        observation = env.step(action.astype(np.float32))[0]
    seen: Float64 = observation
    return seen


def test_the_mirrored_body_moves_as_the_mirror_image_of_the_body(env: MujocoEnv) -> None:
    mirror = humanoid_mirror(env)
    rng = np.random.default_rng(0)
    start, _ = env.reset(seed=3)
    image = mirror.observation.image(start)
    nq, nv = env.model.nq, env.model.nv
    actions = rng.uniform(-0.3, 0.3, (8, env.model.nu))

    here = _after(env, np.concatenate([[0, 0], start[: nq - 2]]), start[nq - 2 :][:nv], actions)
    there = _after(env, np.concatenate([[0, 0], image[: nq - 2]]), image[nq - 2 :][:nv], mirror.action.image(actions))

    np.testing.assert_allclose(mirror.observation.image(here), there, rtol=1e-9, atol=1e-9)
    assert np.abs(here - there).max() > 0.1, "the actions were the same on both sides"
    np.testing.assert_array_equal(mirror.observation.image(image), start)


def test_what_is_not_its_own_inverse_is_no_mirror() -> None:
    with pytest.raises(ValueError, match="the original"):
        SignedPermutation(np.array([1, 2, 0]), np.ones(3))


def test_a_policy_trained_behind_a_mirror_is_symmetric(bbconvert: CommandLine, env: MujocoEnv, tmp_path: Path) -> None:
    from bbconvert.convert.checkpoints import read_checkpoint

    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(MIRRORED)
    done = bbconvert("train", "--recipe", recipe, "--out", "run")
    assert done.returncode == 0, done.stderr

    mirror = humanoid_mirror(env)
    first = read_checkpoint(WEIGHTS)
    trained = read_checkpoint(bbconvert.cwd / "run" / "ppo-HumanoidBalance-v0.zip")
    moved = 0.0
    for seed in range(3):
        observation, _ = env.reset(seed=seed)
        image = mirror.observation.image(observation)
        action = _preaction(trained, observation)
        np.testing.assert_allclose(mirror.action.image(_preaction(trained, image)), action, rtol=0, atol=1e-5)
        mean = (_preaction(first, observation) + mirror.action.image(_preaction(first, image))) / 2
        moved = max(moved, float(np.abs(action - mean).max()))
    assert 1e-4 < moved < 0.2, "it started from the mean of the policy and its image, and learnt"


def _preaction(checkpoint: Any, observation: Float64) -> Float64:
    statistics = checkpoint.statistics
    hidden = (observation - statistics.mean) / np.sqrt(statistics.var + checkpoint.epsilon)
    *layers, last = checkpoint.network.actor.layers
    for layer in layers:
        hidden = np.tanh(layer.weight @ np.clip(hidden, -10, 10) + layer.bias)
    action: Float64 = last.weight @ hidden + last.bias
    return action


def two_by_two(env: gymnasium.Env[Any, Any]) -> Mirror:
    """Of other sizes than the humanoid's."""
    two = SignedPermutation(np.array([1, 0]), np.ones(2))
    return Mirror(two, two)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("humanoid_mirror", "no_mirror", "has no attribute 'no_mirror'"),
        (
            "bbconvert.mjcf.humanoid_balance.mirror:humanoid_mirror",
            "tests.unit.training.test_mirror:two_by_two",
            "for an observation of (2,)",
        ),
        ("[256, 256]", "[255, 256]", "an odd width"),
        ("algo: ppo", "algo: sac", "only ppo and grpo"),
    ],
)
def test_a_mirror_that_does_not_fit_is_refused_in_words(
    bbconvert: CommandLine, tmp_path: Path, before: str, after: str, message: str
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(MIRRORED.replace(f"init: {WEIGHTS}\nnormalize: frozen\n", "").replace(before, after))
    done = bbconvert("train", "--recipe", recipe, "--out", "run")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
