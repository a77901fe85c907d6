"""Level `observation`: the environment's description, then the NumPy extractor against Gymnasium's own observation."""

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
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.manifest import Check
from bbconvert.convert.verify.check import largest_difference, row, unequal
from bbconvert.convert.verify.kicked import kicked_observations
from bbconvert.observation.extractor import ObservationExtractor
from bbconvert.observation.normalization import RunningStatistics, normalize

STEPS = 2_000


def observation_checks(bundle: Bundle) -> list[Check]:
    """The manifest's terms on 2,000 kicked steps, to the last bit; running statistics over the same observations.

    Before them what the manifest and scene.xml say the environment is, against what bbconvert says itself.
    """
    manifest = bundle.manifest
    described = description_check(bundle)
    env = rebuild_environment(manifest.env, bundle.folder)
    try:
        inner = mujoco_env(env)
        extract = ObservationExtractor(inner.model, manifest.observation.terms)
        wrapper = gymnasium.wrappers.NormalizeObservation(env)
        statistics = RunningStatistics(int(np.prod(env.observation_space.shape or (0,))))
        ours, theirs, normalized, wrapped = [], [], [], []
        for observation in kicked_observations(env, STEPS, seed=7):
            ours.append(extract(inner.data))
            theirs.append(observation.copy())
            wrapped.append(wrapper.observation(observation))
            statistics.update(observation)
            normalized.append(normalize(observation, statistics.mean, statistics.var, wrapper.epsilon, None))
    finally:
        env.close()
    rms = wrapper.obs_rms
    return [
        described,
        unequal("observation", f"{extract.size} numbers against Gymnasium's", np.array(ours), np.array(theirs)),
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
