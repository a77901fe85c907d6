"""Level `observation`: the environment's description, then the NumPy extractor against Gymnasium's own observation."""

from collections.abc import Callable

import gymnasium
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.environment_standing import (
    NAMED,
    described_fields,
    environment_differences,
    own_environment,
)
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.parity import Check
from bbconvert.convert.verify.check import largest_difference, row, unequal
from bbconvert.convert.verify.kicked import Kicked
from bbconvert.observation.normalization import RunningStatistics, normalize


def observation_checks(bundle: Bundle, kicked: Callable[[], Kicked]) -> list[Check]:
    """The manifest's terms on kicked states, to the last bit; running statistics over the same observations.

    Before them what the manifest and scene.xml say the environment is, against what bbconvert says itself.
    """
    described = description_check(bundle)
    states = kicked()
    size = states.gymnasium.shape[1]
    env = rebuild_environment(bundle.manifest, bundle.folder)
    try:
        wrapper = gymnasium.wrappers.NormalizeObservation(env)
        statistics = RunningStatistics(size)
        normalized, wrapped = [], []
        for observation in states.gymnasium:
            wrapped.append(wrapper.observation(observation))
            statistics.update(observation)
            normalized.append(normalize(observation, statistics.mean, statistics.var, wrapper.epsilon, None))
    finally:
        env.close()
    rms = wrapper.obs_rms
    return [
        described,
        unequal("observation", f"{size} numbers against Gymnasium's", states.extracted, states.gymnasium),
        unequal("observation", "running normalisation, float32", np.array(normalized), np.array(wrapped)),
        _relative("running mean", statistics.mean, rms.mean),
        _relative("running variance", statistics.var, rms.var),
    ]


def description_check(bundle: Bundle) -> Check:
    """How many fields of the manifest, and arrays of the scene, are not those of the environment; none may be."""
    found = environment_differences(bundle)
    metric = "differences"
    if found:
        more = f"; {len(found) - NAMED} more" if len(found) > NAMED else ""
        metric += f" ({'; '.join(map(str, found[:NAMED]))}{more})"
    name = "environment as the catalogue describes it"
    if own_environment(bundle.manifest.env) is not None:
        name = "environment as its own class and scene describe it"
    n = described_fields(bundle.manifest)
    return row("observation", name, metric=metric, value=float(len(found)), tolerance=0.0, n=n)


def _relative(name: str, got: NDArray[np.floating], expected: NDArray[np.floating]) -> Check:
    scale = np.maximum(np.abs(expected), np.finfo(np.float64).tiny)
    row = largest_difference("observation", name, got / scale, expected / scale, 1e-12)
    return row.model_copy(update={"metric": row.metric.replace("|Δ|", "|Δ| relative")})
