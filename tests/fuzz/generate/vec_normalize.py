"""Stable-Baselines3's saved VecNormalize."""

from random import Random
from typing import Any

from tests.fuzz.generate import values
from tests.fuzz.generate.hostile_pickle import forged, shared_bomb
from tests.fuzz.generate.numpy_pickle import (
    array,
    dtype,
    hostile_array,
    hostile_dtype,
    hostile_scalar,
    raw_array,
    scalar,
)
from tests.fuzz.generate.pickle_tree import Build, Global, NewObject, assemble

_STATISTICS = Global("stable_baselines3.common.running_mean_std", "RunningMeanStd")


def valid(rng: Random) -> bytes:
    """Statistics of a few numbers."""
    return assemble(_tree(rng), rng.randint(3, 5))


def hostile(rng: Random) -> bytes:
    """One whose statistics lie, or with anything anywhere."""
    protocol = rng.randint(0, 5)
    if rng.random() < 0.3:
        forged_array = hostile_array(rng, [rng.choice(values.NUMBERS[12:]) for _ in range(3)])
        return assemble(_tree(rng, **{rng.choice(("mean", "var")): forged_array}), rng.randint(3, 5))
    if rng.random() < 0.4:
        return assemble(
            _tree(rng, **{rng.choice(("mean", "var", "count", "epsilon", "clip_obs")): _lie(rng)}), protocol
        )
    return assemble(forged(rng, _tree(rng), protocol), protocol)


def _lie(rng: Random) -> Any:
    numbers = [rng.choice(values.NUMBERS[12:]) for _ in range(3)]
    return rng.choice(
        (
            hostile_array(rng, [1.0, 2.0, 3.0]), hostile_scalar(rng), shared_bomb(rng, 1.0), array(numbers),
            values.scalar(rng), values.document(rng), raw_array((3,), hostile_dtype(rng), [1.0, 2.0, 3.0]),
            raw_array((1, 3), dtype("f8"), bytes(24)), {"image": array([1.0])},
        )
    )  # fmt: skip


def _tree(rng: Random, **changed: Any) -> Any:
    size = rng.choice((1, 3, 3, 10))
    modern = rng.random() < 0.7
    statistics = {
        "mean": changed.get("mean", array([rng.uniform(-1, 1) for _ in range(size)], modern=modern)),
        "var": changed.get("var", array([rng.uniform(0, 2) for _ in range(size)], modern=modern)),
        "count": changed.get("count", 1000.0001),
    }
    state = {
        "num_envs": 1,
        "observation_space": _box(rng, size, modern=modern),
        "obs_rms": Build(NewObject(_STATISTICS), statistics),
        "ret_rms": Build(NewObject(_STATISTICS), {"mean": scalar(0.5), "var": scalar(1.5), "count": 1000.0001}),
        "clip_obs": changed.get("clip_obs", 10.0),
        "clip_reward": 10.0,
        "gamma": 0.99,
        "epsilon": changed.get("epsilon", 1e-8),
        "norm_obs": True,
        "norm_reward": rng.random() < 0.5,
        "old_reward": raw_array((1,), dtype("f4"), bytes(4)),
    }
    return Build(NewObject(Global("stable_baselines3.common.vec_env.vec_normalize", "VecNormalize")), state)


def _box(rng: Random, size: int, *, modern: bool) -> Any:
    module = rng.choice(("gym.spaces.box", "gymnasium.spaces.box"))
    state = {"dtype": dtype("f8"), "_shape": (size,), "low": array([-1.0] * size, modern=modern), "low_repr": "-1.0"}
    return Build(NewObject(Global(module, "Box")), state)
