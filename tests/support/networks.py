"""Small seeded networks, the same on every machine, for the tests of the exporters."""

from itertools import pairwise

import numpy as np

from bbconvert.convert.activation import Activation
from bbconvert.convert.network import GATES, MLP, Dense, GateWeights, PolicyNetwork, Recurrent, RecurrentKind


def seeded_mlp(seed: int, sizes: tuple[int, ...], activation: Activation) -> MLP:
    """Dense layers of these sizes with float32 weights from NumPy's PCG64."""
    rng = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in pairwise(sizes):
        weight = rng.standard_normal((outputs, inputs)) / np.sqrt(inputs)
        layers.append(Dense(weight.astype(np.float32), rng.standard_normal(outputs).astype(np.float32)))
    return MLP(tuple(layers), activation)


def seeded_recurrent(seed: int, kind: RecurrentKind, inputs: int, hidden: int, layers: int = 1) -> Recurrent:
    """Recurrent layers of these sizes, as wide spread as torch's own."""
    rng = np.random.default_rng(seed)

    def part(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return rng.uniform(-1, 1, shape).astype(np.float32) * np.float32(2 / np.sqrt(hidden))

    rows = GATES[kind] * hidden
    sizes = [inputs, *[hidden] * (layers - 1)]
    weights = [GateWeights(part(rows, size), part(rows), part(rows, hidden), part(rows)) for size in sizes]
    return Recurrent(kind, tuple(weights))


TFJS_CASES: dict[str, MLP] = {
    "tanh": seeded_mlp(1, (5, 8, 8, 3), "tanh"),
    "relu": seeded_mlp(2, (4, 6, 2), "relu"),
    "single": seeded_mlp(3, (7, 2), "linear"),
}
"""What Python's tensorflowjs converted once (`just tfjs-oracle`), and our writer is held to."""


def seeded_policy(
    seed: int, sizes: tuple[int, ...], *, critic: bool = False, stochastic: bool = False
) -> PolicyNetwork:
    """A tanh policy; with a critic and a constant standard deviation where asked."""
    return PolicyNetwork(
        actor=seeded_mlp(seed, sizes, "tanh"),
        log_std=np.full(sizes[-1], -0.5, np.float32) if stochastic else None,
        critic=seeded_mlp(seed + 1, (*sizes[:-1], 1), "tanh") if critic else None,
    )
