"""Group-relative policy optimisation: advantages within a group, and groups that share a start."""

from pathlib import Path
from typing import Any

import numpy as np

from bbconvert.convert.training.recipe import make_recipe


def test_group_advantages_compare_with_the_group_and_forget_what_is_over() -> None:
    from bbconvert.convert.training.grpo import group_advantages

    rewards = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    played = np.array([[True, True, True], [True, False, True], [True, False, False]])
    advantages = group_advantages(rewards, played, gamma=0.5)
    to_go = np.array([[1.75, 1.0, 1.5], [1.5, 0.0, 1.0], [1.0, 0.0, 0.0]])
    difference = np.array([to_go[0] - to_go[0].mean(), [0.25, 0.0, -0.25], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(advantages, difference / np.sqrt(np.sum(difference**2) / 6), rtol=1e-6)
    assert np.all(advantages[~played] == 0)


def test_a_group_starts_from_one_state_and_is_shoved_alike(tmp_path: Path) -> None:
    from bbconvert.convert.training.algorithms import make_model
    from bbconvert.convert.training.environments import make_environments

    recipe = make_recipe(
        {"env": "bbconvert/BalanceBot-v0", "algo": "grpo", "envs": 3, "processes": False, "steps": 64, "seed": 1}
        | {"hyperparameters": {"n_steps": 64, "horizon": 16, "batch_size": 32}}
    )
    model = make_model(recipe, make_environments(recipe), None)
    model.learn(192)
    first = model.rollout_buffer.observations if model.rollout_buffer.generator_ready else None
    model.rollout_buffer.reset()
    model.collect_rollouts(model.env, _silent(model), model.rollout_buffer, 64)
    observations = model.rollout_buffer.observations
    assert first is not None
    starts = observations[::16]
    for start in starts[:2]:
        assert np.all(start == start[0])
    assert not np.array_equal(starts[0], starts[1]), "each group has a start of its own"
    assert not np.array_equal(observations[1, 0], observations[1, 1]), "exploration sets them apart"


def _silent(model: Any) -> Any:
    from stable_baselines3.common.callbacks import CallbackList

    callback = CallbackList([])
    callback.init_callback(model)
    return callback
