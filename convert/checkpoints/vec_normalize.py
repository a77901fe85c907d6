"""Stable-Baselines3's `VecNormalize`: a pickle, read without executing anything in it."""

import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convert.checkpoints.checkpoint import ObservationStatistics
from convert.errors import BBConvertError

MAX_BYTES = 16 * 2**20
"""Far more than the statistics of any observation made of numbers take."""


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
    """Reads `vec_normalize.pkl`; arrays and numbers are rebuilt, every other object stays an inert record.

    Raises:
        BBConvertError: no such file, no VecNormalize, or a pickle that asks for anything else, which is named.
    """
    if not path.is_file():
        raise BBConvertError(f"{path} does not exist, or is no file. Give the statistics with --vec-normalize FILE.")
    if path.stat().st_size > MAX_BYTES:
        raise BBConvertError(f"{path} has more than {MAX_BYTES // 2**20} MiB: these are no observation statistics.")
    try:
        loaded = _Unpickler(BytesIO(path.read_bytes())).load()
    except _ForbiddenGlobalError as error:
        raise BBConvertError(
            f"{path} asks to call {error}, and was not loaded: nothing in it ran. A saved VecNormalize needs numbers, "
            "arrays and spaces only. Save it anew with Stable-Baselines3: env.save(path)."
        ) from error
    except Exception as error:  # a damaged pickle makes the unpickler raise almost any type
        raise BBConvertError(
            f"{path} is no saved VecNormalize, or is damaged or cut short ({type(error).__name__}). Download it again."
        ) from error
    if not isinstance(loaded, _VecNormalize):
        raise BBConvertError(f"{path} holds a {type(loaded).__name__}, expected Stable-Baselines3's VecNormalize.")
    return _vec_normalize(path, loaded.state)


class _ForbiddenGlobalError(Exception):
    """Its text is the global's name."""


class _Inert:
    """Stands for an object of the pickle: keeps its state, does nothing."""

    def __init__(self, *arguments: object) -> None:
        del arguments
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            self.state = {str(name): value for name, value in state.items()}


class _VecNormalize(_Inert):
    pass


class _RunningMeanStd(_Inert):
    pass


def _array(*arguments: object) -> NDArray[Any]:
    """An empty array for the pickle to fill: its own words on size and class are not heard."""
    del arguments
    return np.empty(0, np.int8)


def _scalar(dtype: np.dtype[Any], content: bytes) -> Any:
    return np.frombuffer(content, dtype, 1)[0]


def _from_buffer(
    content: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], order: Literal["C", "F"]
) -> NDArray[Any]:
    return np.frombuffer(content, dtype).reshape(shape, order=order)


_ALLOWED: dict[str, Callable[..., Any]] = {
    "stable_baselines3.common.vec_env.vec_normalize.VecNormalize": _VecNormalize,
    "stable_baselines3.common.running_mean_std.RunningMeanStd": _RunningMeanStd,
    "numpy.ndarray": np.ndarray,
    "numpy.dtype": np.dtype,
    "numpy.core.multiarray._reconstruct": _array,
    "numpy.core.multiarray.scalar": _scalar,
    "gym.spaces.box.Box": _Inert,
    "numpy.random._pickle.__randomstate_ctor": _Inert,
    # The array of pickle protocol 5, which Python 3.14 writes.
    "numpy.core.numeric._frombuffer": _from_buffer,
}
"""All globals of such a pickle; numpy 2 and gymnasium have their own names for some (see `_known_name`)."""

_GENERATOR = (
    "numpy.random._pickle.__generator_ctor",
    "numpy.random._pickle.__bit_generator_ctor",
    "numpy.random._pcg64.PCG64",
    "numpy.random._mt19937.MT19937",
    "numpy.random.bit_generator.SeedSequence",
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence",
)
"""What the random generator of a space that was sampled consists of: inert, all of it."""


def _known_name(module: str, name: str) -> str:
    """The name as older libraries wrote it."""
    module = module.replace("numpy._core", "numpy.core", 1) if module.startswith("numpy._core.") else module
    module = module.replace("gymnasium", "gym", 1) if module.startswith("gymnasium.") else module
    return f"{module}.{name}"


class _Unpickler(pickle.Unpickler):
    """Looks globals up in the lists above and nowhere else: no module is imported, no foreign function called."""

    def find_class(self, module: str, name: str) -> Any:
        known = _known_name(module, name)
        if known in _GENERATOR:
            return _Inert
        if known not in _ALLOWED:
            raise _ForbiddenGlobalError(f"{module}.{name}")
        return _ALLOWED[known]


def _vec_normalize(path: Path, state: dict[str, Any]) -> VecNormalize:
    try:
        epsilon, clip = float(state["epsilon"]), float(state["clip_obs"])
        statistics = _statistics(path, state["obs_rms"]) if state.get("norm_obs", True) else None
    except (KeyError, TypeError, ValueError) as error:
        raise BBConvertError(f"{path} is no whole VecNormalize: {type(error).__name__}: {error}.") from error
    return VecNormalize(statistics, epsilon, clip if math.isfinite(clip) else None)


def _statistics(path: Path, obs_rms: Any) -> ObservationStatistics:
    if not isinstance(obs_rms, _RunningMeanStd):
        raise BBConvertError(
            f"{path} normalises a {type(obs_rms).__name__} of observations: the policy is not a continuous-control "
            "MLP, which observes one vector of numbers."
        )
    mean, var = (np.asarray(obs_rms.state[name], np.float64) for name in ("mean", "var"))
    if mean.ndim != 1 or var.shape != mean.shape or not np.all(np.isfinite([mean, var])) or np.any(var < 0):
        raise BBConvertError(
            f"{path}: the observation statistics have shapes {mean.shape} and {var.shape}; expected two vectors of "
            "the same size, finite, the variances not negative."
        )
    return ObservationStatistics(mean, var, float(obs_rms.state["count"]))
