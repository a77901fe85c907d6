"""Frozen observation statistics for a PPO checkpoint that was saved without its own."""

from collections.abc import Callable

import gymnasium
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.checkpoints.checkpoint import ObservationStatistics
from bbconvert.convert.rollout.policy import OnnxPolicy

STEPS = 10_000
"""Control steps: twice as many give a policy whose returns cannot be told apart."""


def estimate_statistics(
    env: gymnasium.Env[NDArray[np.float64], NDArray[np.float32]],
    policy: OnnxPolicy,
    advance: Callable[[int], None],
    steps: int = STEPS,
) -> ObservationStatistics:
    """Plays episodes with the running-normalised policy and keeps the statistics that it arrived at.

    Normalising while the statistics grow is what CleanRL's evaluation does. The first episode is seeded with 0 and the
    rest go on from there, so that the same checkpoint gives the same numbers.

    Args:
        env: the environment, closed by the caller.
        policy: `policy.onnx` in `running` mode; its statistics start afresh.
        advance: told the number of steps done since it was last called.
        steps: how many control steps to play.

    Raises:
        ValueError: the policy is not in `running` mode.
    """
    policy.reset_statistics()
    statistics = policy.statistics
    if statistics is None:
        raise ValueError("statistics are estimated with a policy in running mode")
    observation, _ = env.reset(seed=0)
    policy.begin()
    policy.observe(observation)
    for step in range(1, steps + 1):
        observation, _, terminated, truncated, _ = env.step(policy(observation))
        policy.observe(observation)
        if terminated or truncated:
            observation, _ = env.reset()
            policy.begin()
            policy.observe(observation)
        if step % 500 == 0:
            advance(500)
    mean, var = statistics.mean.astype(np.float64), statistics.var.astype(np.float64)
    return ObservationStatistics(mean, var, float(statistics.count))
