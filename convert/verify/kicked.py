"""Motion that is worth comparing on: kicked states, random torques, many contacts."""

from collections.abc import Iterator

import gymnasium
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.environments.environment import mujoco_env

EPISODE = 100
"""Steps between kicks."""


def kicked_observations(
    env: gymnasium.Env[NDArray[np.float64], NDArray[np.float32]], steps: int, seed: int
) -> Iterator[NDArray[np.float64]]:
    """Yields Gymnasium's own observation [n] after each of `steps` steps of random actions.

    Every 100 steps the environment is reset, its positions shaken by 0.1 and its velocities set at random, so that
    bodies tumble, collide and reach their joint limits. The environment is the caller's, its data stands at the step
    yielded.
    """
    inner = mujoco_env(env)
    rng = np.random.default_rng(seed)
    env.action_space.seed(seed)
    for step in range(steps):
        if step % EPISODE == 0:
            env.reset(seed=seed + step)
            qpos = inner.data.qpos + rng.uniform(-0.1, 0.1, inner.model.nq)
            inner.set_state(qpos, rng.normal(0.0, 2.0, inner.model.nv))
        yield env.step(env.action_space.sample())[0]
