"""Motion that is worth comparing on: kicked states, random torques, many contacts."""

from collections.abc import Iterator
from dataclasses import dataclass

import gymnasium
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.environments.environment import extractor_of, mujoco_env, rebuild_environment

STEPS = 2_400
EPISODE = 100
"""Steps between kicks."""


@dataclass(frozen=True)
class Kicked:
    """The same `STEPS` kicked states, observed twice: [STEPS, n] float64 each."""

    gymnasium: NDArray[np.float64]
    extracted: NDArray[np.float64]
    """By the manifest's terms."""


def kicked_states(bundle: Bundle) -> Kicked:
    """Plays them in the bundle's environment."""
    env = rebuild_environment(bundle.manifest, bundle.folder)
    try:
        inner = mujoco_env(env)
        extract = extractor_of(env, bundle.manifest.observation)
        pairs = [(seen.copy(), extract(inner.data)) for seen in kicked_observations(env, STEPS, seed=0)]
    finally:
        env.close()
    theirs, ours = zip(*pairs, strict=True)
    return Kicked(np.array(theirs), np.array(ours))


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
