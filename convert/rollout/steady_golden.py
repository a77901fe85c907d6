"""Chooses a golden rollout that Python itself repeats: one that other builds of MuJoCo can be held to."""

from collections.abc import Sequence

import numpy as np

from bbconvert.convert.environments.environment import Env, mujoco_env
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import Golden, record_golden

SEEDS = range(1, 11)
STEADY = 1e-11
"""Relative: a hundredth of what the page is held to."""


def record_steady_golden(env: Env, policy: OnnxPolicy, seeds: Sequence[int] = SEEDS) -> Golden:
    """The first seed's rollout that is steady to the last bits; the steadiest of ten where none is."""
    tried: list[tuple[float, Golden]] = []
    for seed in seeds:
        policy.reset_statistics()
        golden = record_golden(env, policy, seed)
        tried.append((last_bit_sensitivity(env, golden), golden))
        if tried[-1][0] <= STEADY:
            break
    policy.reset_statistics()
    return min(tried, key=lambda pair: pair[0])[1]


def last_bit_sensitivity(env: Env, golden: Golden) -> float:
    """The largest relative change of an observation when the state before its step is changed in the last bits.

    It is some 1e-12, but up to 1e-2 where a contact is about to open, or where the solver stops one sweep earlier:
    there Python's own number is an accident of rounding, and no other build of MuJoCo can be held to it.
    """
    data = mujoco_env(env).data
    rng = np.random.default_rng(0)
    env.reset(seed=int(golden.seed[0]))
    worst = 0.0
    for step, action in enumerate(golden.action):
        for live, recorded in ((data.qpos, golden.qpos[step]), (data.qvel, golden.qvel[step])):
            live[:] = recorded * (1 + np.finfo(float).eps * rng.uniform(-1, 1, recorded.size))
        expected = golden.observation[step + 1]
        difference = np.abs(env.step(action)[0] - expected) / np.maximum(1.0, np.abs(expected))
        worst = max(worst, float(difference.max()))
    return worst
