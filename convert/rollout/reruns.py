"""Reruns of an episode under ULP perturbations: for how many control steps it agrees with itself."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.constants import RERUNS, ULPS
from bbconvert.convert.environments.environment import Env, mujoco_env
from bbconvert.convert.rollout.policy import Float32, Float64, OnnxPolicy
from bbconvert.convert.rollout.rollout import Episode, Rerun, equal_steps, play_episode
from bbconvert.observation.extractor import ObservationExtractor

_STATE = mujoco.mjtState.mjSTATE_INTEGRATION


def horizon(env: Env, policy: OnnxPolicy, episode: Episode, extract: ObservationExtractor) -> int:
    """The number of control steps in which `RERUNS` reruns have the episode's actions, to the last bit.

    Args:
        env: the episode's environment, which is reset.
        policy: the episode's.
        episode: one that `play_episode` played.
        extract: the observation of `env` from MuJoCo's data.
    """
    if policy.statistics is None and not policy.recurrent:
        steps = _side_by_side(env, policy, episode, extract)
        if steps is not None:
            return steps
    return _one_by_one(env, policy, episode)


def _side_by_side(env: Env, policy: OnnxPolicy, episode: Episode, extract: ObservationExtractor) -> int | None:
    """All reruns, a control step at a time, by MuJoCo's own functions; they stop where the first of them differs.

    A rerun that nothing perturbs is beside them. None where it is the one that differs: this environment's `step` does
    more than Gymnasium's.
    """
    observation, _ = env.reset(seed=episode.seed)
    inner = mujoco_env(env)
    model, data = inner.model, mujoco.MjData(inner.model)
    size = mujoco.mj_stateSize(model, _STATE)
    begin = np.empty(size)
    mujoco.mj_getState(model, inner.data, begin, _STATE)
    states = np.tile(begin, (1 + RERUNS, 1))
    observations = np.tile(observation, (1 + RERUNS, 1))
    perturbed = states[1:, 1 : 1 + model.nq + model.nv]  # after the time: positions, then velocities
    rng = np.random.default_rng(0)
    for step, action in enumerate(episode.actions):
        differ = _differing(policy, observations, action)
        if differ.any():
            return None if differ[0] else step
        perturbed *= 1 + ULPS * rng.choice((-1.0, 1.0), perturbed.shape)
        for state, row in zip(states, observations, strict=True):
            mujoco.mj_setState(model, data, state, _STATE)
            data.ctrl[:] = action
            mujoco.mj_step(model, data, nstep=inner.frame_skip)
            mujoco.mj_rnePostConstraint(model, data)
            mujoco.mj_getState(model, data, state, _STATE)
            row[:] = extract(data)
    return episode.length


def _differing(policy: OnnxPolicy, observations: Float64, action: Float32) -> NDArray[np.bool_]:
    """Which of the observations [N, n] lead to another action than `action` [m]."""
    differ: NDArray[np.bool_] = np.any(policy.actions(observations) != action, axis=1)
    # Many rows at once may be summed in another order than one.
    for row in np.flatnonzero(differ):
        differ[row] = np.any(policy(observations[row]) != action)
    return differ


def _one_by_one(env: Env, policy: OnnxPolicy, episode: Episode) -> int:
    """Each rerun in Gymnasium: for running statistics, and for environments with a `step` of their own."""
    steps = episode.length
    for k in range(RERUNS):
        policy.reset_statistics()
        rerun = Rerun(episode, np.random.default_rng(k))
        steps = equal_steps(episode, play_episode(env, policy, episode.seed, limit=steps, rerun=rerun))
    return steps
