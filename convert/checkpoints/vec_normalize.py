"""Stable-Baselines3's `VecNormalize`: a pickle, read without executing anything in it."""

import math
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.checkpoints import pickle_arrays
from bbconvert.convert.checkpoints.checkpoint import ObservationStatistics
from bbconvert.convert.checkpoints.pickle_arrays import array_of, number_of, older_name
from bbconvert.convert.checkpoints.pickle_machine import (
    ForbiddenGlobalError,
    Global,
    Instance,
    MalformedPickleError,
    read_pickle,
)
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_STATISTICS_BYTES, MEBIBYTE

_VEC_NORMALIZE = "stable_baselines3.common.vec_env.vec_normalize.VecNormalize"
_RUNNING_MEAN_STD = "stable_baselines3.common.running_mean_std.RunningMeanStd"
_GLOBALS = {
    _VEC_NORMALIZE,
    _RUNNING_MEAN_STD,
    *pickle_arrays.GLOBALS,
    "gym.spaces.box.Box",
    # The random generator of a space that was sampled.
    "numpy.random._pickle.__randomstate_ctor",
    "numpy.random._pickle.__generator_ctor",
    "numpy.random._pickle.__bit_generator_ctor",
    "numpy.random._pcg64.PCG64",
    "numpy.random._mt19937.MT19937",
    "numpy.random.bit_generator.SeedSequence",
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence",
}
"""Everything that such a pickle names, as older libraries wrote it (see `older_name`)."""


@dataclass(frozen=True)
class VecNormalize:
    """What a saved `VecNormalize` does to observations: `clip((obs - mean) / sqrt(var + epsilon), ±clip)`.

    `statistics` is None where it normalises rewards alone (`norm_obs=False`), `clip` where it clips at infinity.
    Source: stable_baselines3/common/vec_env/vec_normalize.py.
    """

    statistics: ObservationStatistics | None
    epsilon: float
    clip: float | None


def read_vec_normalize(path: Path) -> VecNormalize:
    """Reads `vec_normalize.pkl`: its statistics and their constants; nothing else in it is even built.

    Raises:
        BBConvertError: no such file, not a VecNormalize, or a pickle that asks for anything else, which is named.
    """
    if not path.is_file():
        raise BBConvertError(f"{path} does not exist, or is not a file. Give the statistics with --vec-normalize FILE.")
    if path.stat().st_size > MAX_STATISTICS_BYTES:
        raise BBConvertError(
            f"{path} has more than {MAX_STATISTICS_BYTES // MEBIBYTE} MiB: these are not observation statistics."
        )
    try:
        described = read_pickle(BytesIO(path.read_bytes()), lambda name: older_name(name) in _GLOBALS)
    except ForbiddenGlobalError as error:
        raise BBConvertError(
            f"{path} asks to call {error}, and was not loaded: nothing in it ran. A saved VecNormalize needs numbers, "
            "arrays and spaces only. Save it anew with Stable-Baselines3: env.save(path)."
        ) from error
    except MalformedPickleError as error:
        raise BBConvertError(
            f"{path} is not a saved VecNormalize, or is damaged or cut short ({error}). Download it again."
        ) from error
    match described:
        case Instance(Global(name), _, dict(attributes)) if name == _VEC_NORMALIZE:
            return _vec_normalize(path, attributes)
    kind = described.made_by.name if isinstance(described, Instance) else type(described).__name__
    raise BBConvertError(f"{path} holds a {kind}, expected Stable-Baselines3's VecNormalize with its attributes.")


def _vec_normalize(path: Path, attributes: dict[Any, Any]) -> VecNormalize:
    try:
        epsilon, clip = number_of(attributes["epsilon"]), number_of(attributes["clip_obs"])
        normalizes = number_of(attributes.get("norm_obs", True)) != 0
        statistics = _statistics(path, attributes["obs_rms"]) if normalizes else None
    except (KeyError, MalformedPickleError) as error:
        raise BBConvertError(f"{path} is not a whole VecNormalize: {type(error).__name__}: {error}.") from error
    if not (0 <= epsilon < math.inf and clip > 0):
        raise BBConvertError(
            f"{path}: epsilon is {epsilon:g} and clip_obs {clip:g}; expected a finite epsilon from 0 on and a positive "
            "clip_obs."
        )
    return VecNormalize(statistics, epsilon, clip if math.isfinite(clip) else None)


def _statistics(path: Path, described: Any) -> ObservationStatistics:
    match described:
        case Instance(Global(name), _, dict(attributes)) if name == _RUNNING_MEAN_STD:
            mean, var = _vector(attributes["mean"]), _vector(attributes["var"])
            count = number_of(attributes["count"])
        case _:
            raise BBConvertError(
                f"{path} normalises a {type(described).__name__} of observations: the policy is not a "
                "continuous-control MLP, which observes one vector of numbers."
            )
    if mean.ndim != 1 or var.shape != mean.shape or not np.all(np.isfinite([mean, var])) or np.any(var < 0):
        raise BBConvertError(
            f"{path}: the observation statistics have shapes {mean.shape} and {var.shape}; expected two vectors of "
            "the same size, finite, the variances not negative."
        )
    if not 0 <= count < math.inf:
        raise BBConvertError(f"{path}: the observation statistics were made of {count:g} observations.")
    return ObservationStatistics(mean, var, count)


def _vector(described: Any) -> NDArray[np.float64]:
    return array_of(described).astype(np.float64)
