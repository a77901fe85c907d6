"""Brax's parameter files as trees of a pickle: neither JAX nor Brax is needed to write them."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fuzz.generate.numpy_pickle import dtype, raw_array
from tests.fuzz.generate.pickle_tree import Build, Global, NewObject, Reduce, assemble

RUNNING_STATISTICS = Global("brax.training.acme.running_statistics", "RunningStatisticsState")
UINT64 = Global("brax.training.types", "UInt64")


def jax_array(array: NDArray[Any], *, modern: bool = True) -> Any:
    """As JAX pickles it: what NumPy would call, and a flag; before version 0.4 by another name."""
    numpy = raw_array(array.shape, dtype(array.dtype.str[1:]), array.tobytes(), modern=modern)
    module, name = ("array", "_reconstruct_array") if modern else ("device_array", "reconstruct_device_array")
    described = (numpy.target.function, numpy.target.arguments, numpy.state, {"weak_type": False})
    return Reduce(Global(f"jax._src.{module}", name), described)


def statistics(mean: Any, std: Any, count: Any = None) -> Any:
    """The normaliser's state; mean and std are arrays, or a dict of them."""
    zero = jax_array(np.zeros((), np.uint32))
    many = jax_array(np.array(5000, np.uint32))
    state = {
        "mean": mean,
        "std": std,
        "count": Build(NewObject(UINT64), {"hi": zero, "lo": many}) if count is None else count,
        "summed_variance": std,
        "std_eps": 0.0,
    }
    return Build(NewObject(RUNNING_STATISTICS), state)


def network(layers: list[tuple[NDArray[Any], NDArray[Any]]], *, modern: bool = True) -> Any:
    """Layers `hidden_0`, `hidden_1`, …: a kernel [inputs, outputs] and a bias each."""
    return {
        "params": {
            f"hidden_{place}": {"bias": jax_array(bias, modern=modern), "kernel": jax_array(kernel, modern=modern)}
            for place, (kernel, bias) in enumerate(layers)
        }
    }


def random_layers(rng: np.random.Generator, *sizes: int) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Kernels and biases of these widths, the first the observation's."""
    return [
        (rng.normal(0, 0.5, (before, after)).astype(np.float32), rng.normal(0, 0.1, after).astype(np.float32))
        for before, after in pairwise(sizes)
    ]


def write_params(path: Path, *parts: Any, protocol: int = 4) -> Path:
    """Writes the tuple of these parts."""
    path.write_bytes(assemble(parts, protocol))
    return path
