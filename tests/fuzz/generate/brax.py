"""Brax's parameters: the observations' statistics, a policy, and PPO's value network."""

from random import Random
from typing import Any

import numpy as np

from tests.fuzz.generate import values
from tests.fuzz.generate.hostile_pickle import forged, shared_bomb
from tests.fuzz.generate.numpy_pickle import array, hostile_array, hostile_scalar
from tests.fuzz.generate.pickle_tree import Build, Global, NewObject, Reduce, Shared, assemble
from tests.support.brax_params import UINT64, jax_array, statistics

_FROZEN = Global("flax.core.frozen_dict", "FrozenDict")


def valid(rng: Random) -> bytes:
    """Parameters of a few numbers, of any version and distribution."""
    return assemble(_tree(rng), rng.randint(3, 5))


def hostile(rng: Random) -> bytes:
    """Some whose parts lie, or with anything anywhere."""
    protocol = rng.randint(2, 5)
    if rng.random() < 0.6:
        part = rng.choice(("mean", "std", "count", "kernel", "bias", "std_param", "more", "normalizer", "policy"))
        return assemble(_tree(rng, **{part: _lie(rng)}), protocol)
    return assemble(forged(rng, _tree(rng), protocol), protocol)


def _lie(rng: Random) -> Any:
    numbers = [rng.choice(values.NUMBERS[12:]) for _ in range(3)]
    return rng.choice(
        (
            hostile_array(rng, [1.0, 2.0, 3.0]), hostile_scalar(rng), array(numbers), values.document(rng), None, (),
            jax_array(np.ones((2, 2), np.float32)), _wide(rng), shared_bomb(rng, {"params": {}}), {"params": {}},
            Reduce(_FROZEN, ({"a": array([1.0])},)), Reduce(_FROZEN, (1,)), _itself_in_jax(),
            Build(NewObject(UINT64), {"hi": values.number(rng), "lo": values.number(rng)}),
        )
    )  # fmt: skip


def _wide(rng: Random) -> Any:
    """One mapping under many names in another, and so on: few bytes, and as many arrays as one likes."""
    tree: Any = array([1.0])
    for key in range(800, 800 + rng.choice((1, 3, 10))):
        shared = Shared(key, tree)
        tree = {f"hidden_{place}": shared for place in range(rng.choice((2, 60)))}
    return {"params": tree}


def _itself_in_jax() -> Any:
    """A JAX array that says it is made of a JAX array."""
    name = Global("jax._src.array", "_reconstruct_array")
    return Reduce(name, (name, (name, (), ()), (), {}))


def _tree(rng: Random, **changed: Any) -> Any:
    inputs, width, actions = rng.choice((1, 3, 11)), rng.choice((2, 8)), rng.choice((1, 3))
    modern, several, normal = rng.random() < 0.7, rng.random() < 0.3, rng.random() < 0.3

    def numbers(*shape: int) -> Any:
        made = [rng.uniform(0.1, 1) for _ in range(int(np.prod(shape)))]
        return jax_array(np.array(made, np.float32).reshape(shape), modern=modern)

    def layer(before: int, after: int) -> Any:
        return {"bias": changed.get("bias", numbers(after)), "kernel": changed.get("kernel", numbers(before, after))}

    def observed(part: str) -> Any:
        vector = changed.get(part, numbers(inputs))
        return {"privileged_state": numbers(inputs + 2), "state": vector} if several else vector

    hidden = {"hidden_0": layer(inputs, width), "hidden_1": layer(width, width)}
    spread = {"std_param": {"value": changed.get("std_param", numbers(actions))}}
    policy = {
        "params": {
            **({"MLP_0": hidden, "Dense_0": layer(width, actions), **spread} if normal else hidden),
            **({} if normal else {"hidden_2": layer(width, 2 * actions)}),
            **({"LayerNorm_0": changed["more"]} if "more" in changed else {}),
        }
    }
    value = {"params": {"hidden_0": layer(inputs, width), "hidden_1": layer(width, 1)}}
    count = changed.get("count", rng.choice((None, 5000, jax_array(np.array(5.0, np.float32)))))
    parts = [
        changed.get("normalizer", statistics(observed("mean"), observed("std"), count)),
        changed.get("policy", Reduce(_FROZEN, (policy,)) if rng.random() < 0.3 else policy),
        *([value] if rng.random() < 0.6 else []),
    ]
    return tuple(parts) if rng.random() < 0.7 else parts
