"""Level `observation`: the NumPy extractor against Gymnasium's own observation and normalisation wrapper."""

import gymnasium
import numpy as np
from numpy.typing import NDArray

from convert.bundle import Bundle
from convert.environment import mujoco_env, rebuild_environment
from convert.manifest import Check
from convert.verify.check import largest_difference, unequal
from convert.verify.kicked import kicked_observations
from observation.extractor import ObservationExtractor
from observation.normalization import RunningStatistics, normalize

STEPS = 2_000


def observation_checks(bundle: Bundle) -> list[Check]:
    """The manifest's terms on 2,000 kicked steps, to the last bit; running statistics over the same observations."""
    manifest = bundle.manifest
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
        unequal("observation", f"{extract.size} numbers against Gymnasium's", np.array(ours), np.array(theirs)),
        unequal("observation", "running normalisation, float32", np.array(normalized), np.array(wrapped)),
        _relative("running mean", statistics.mean, rms.mean),
        _relative("running variance", statistics.var, rms.var),
    ]


def _relative(name: str, got: NDArray[np.floating], expected: NDArray[np.floating]) -> Check:
    scale = np.maximum(np.abs(expected), np.finfo(np.float64).tiny)
    row = largest_difference("observation", name, got / scale, expected / scale, 1e-12)
    return row.model_copy(update={"metric": row.metric.replace("|Δ|", "|Δ| relative")})
