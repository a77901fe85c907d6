"""The experts of CS 285: nested dicts of NumPy arrays."""

import struct
from random import Random
from typing import Any

from tests.fuzz.generate import values
from tests.fuzz.generate.hostile_pickle import forged, shared_bomb
from tests.fuzz.generate.numpy_pickle import array, dtype, hostile_array, raw_array
from tests.fuzz.generate.pickle_tree import assemble


def valid(rng: Random) -> bytes:
    """An expert of a few numbers."""
    return assemble(_tree(rng), rng.randint(3, 5))


def hostile(rng: Random) -> bytes:
    """One whose arrays lie, or with anything anywhere."""
    protocol = rng.randint(2, 5)
    if rng.random() < 0.6:
        part = rng.choice(("W", "b", "mean_1_D", "meansq_1_D", "count", "logstdevs_1_Da", "nonlin_type", "hidden"))
        return assemble(_tree(rng, **{part: _lie(rng)}), protocol)
    return assemble(forged(rng, _tree(rng), protocol), protocol)


def _lie(rng: Random) -> Any:
    numbers = [rng.choice(values.NUMBERS[12:]) for _ in range(3)]
    return rng.choice(
        (
            hostile_array(rng, [1.0, 2.0, 3.0]), shared_bomb(rng, 1.0), array(numbers), values.scalar(rng),
            values.document(rng), _matrix(rng, 2, 2), raw_array((1, 3), dtype("f4"), bytes(12)), {"AffineLayer": 1},
        )
    )  # fmt: skip


def _tree(rng: Random, **changed: Any) -> Any:
    inputs, width, actions = rng.choice((1, 3, 11)), rng.choice((2, 8)), rng.choice((1, 3))

    def affine(before: int, after: int) -> Any:
        weight = changed.get("W", _matrix(rng, before, after))
        return {"AffineLayer": {"W": weight, "b": changed.get("b", _matrix(rng, 1, after))}}

    standard = {
        "count": changed.get("count", raw_array((), dtype("f8"), struct.pack("<d", 1000.0))),
        "meansq_1_D": changed.get("meansq_1_D", _matrix(rng, 1, inputs)),
        "mean_1_D": changed.get("mean_1_D", _matrix(rng, 1, inputs)),
    }
    layers = {"layer_0": affine(inputs, width), "layer_2": affine(width, width)}
    policy = {
        "obsnorm": {"Standardizer": standard},
        "logstdevs_1_Da": changed.get("logstdevs_1_Da", _matrix(rng, 1, actions)),
        "out": affine(width, actions),
        "hidden": changed.get("hidden", {"FeedforwardNet": layers}),
    }
    return {"GaussianPolicy": policy, "nonlin_type": changed.get("nonlin_type", rng.choice(("tanh", "lrelu")))}


def _matrix(rng: Random, rows: int, columns: int) -> Any:
    numbers = [rng.uniform(-1, 1) for _ in range(rows * columns)]
    return raw_array((rows, columns), dtype("f8"), struct.pack(f"<{len(numbers)}d", *numbers))
