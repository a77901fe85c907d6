"""What HumanoidBalance is trained on: starts that a body can be in, and a reward for feet under the body."""

from collections.abc import Iterator

import gymnasium
import mujoco
import numpy as np
import pytest
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

import mjcf.registration  # noqa: F401  # registers the humanoid
from mjcf.humanoid_balance import training
from mjcf.humanoid_balance.training import QuietStanding
from tests.conftest import BALANCE_ENV

SEEDS = range(12)


@pytest.fixture
def env() -> Iterator[QuietStanding]:
    found = QuietStanding(gymnasium.make(BALANCE_ENV, disable_env_checker=True))
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
