"""Loads what `brax.io.model.save_params` wrote: a pickle of arrays, of which nothing runs. JAX is not imported.

Sources: brax/io/model.py, brax/training/acme/running_statistics.py, brax/training/types.py (versions 0.9 to 0.14).
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.checkpoints import pickle_arrays
from bbconvert.convert.checkpoints.checkpoint import ObservationStatistics
from bbconvert.convert.checkpoints.pickle_arrays import JAX_ARRAYS, array_of, number_of, older_name
from bbconvert.convert.checkpoints.pickle_machine import (
    ForbiddenGlobalError,
    Global,
    Instance,
    MalformedPickleError,
    read_pickle,
)
from bbconvert.convert.checkpoints.tensors import Tensors
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_CHECKPOINT_BYTES, MAX_RANK, MAX_TENSOR_NAME, MAX_TENSORS

MARKS = (b"brax.training.", b"jax._src.")
"""What stands among the first bytes of such a pickle: Brax's classes, or JAX's arrays."""
MATRIX = "matrix"
"""What the policy of ARS is called here: it is one array without a name."""
_STATISTICS = {f"brax.training.acme.running_statistics.{name}" for name in ("RunningStatisticsState", "NestedMeanStd")}
_MODE = "brax.training.acme.running_statistics.NormalizationMode"
_COUNT = "brax.training.types.UInt64"
_FROZEN = "flax.core.frozen_dict.FrozenDict"
_EXPECTED = pickle_arrays.GLOBALS | JAX_ARRAYS | _STATISTICS | {_MODE, _COUNT, _FROZEN}


@dataclass(frozen=True)
class BraxFile:
    """The parts of the tuple.

    Args:
        policy: its arrays by their path in the tree, `hidden_0/kernel` for instance; of ARS, `MATRIX` alone.
        value: those of PPO's value network, or None.
        is_ppo: whether the tuple has a place for that network.
        normalizer: `mean`, `std` and `count`, as the pickle describes them; None where it has none.
    """

    policy: Tensors
    value: Tensors | None
    is_ppo: bool
    normalizer: Mapping[Any, Any] | None

    @property
    def observations(self) -> list[str]:
        """The names of the observations where there are several, as in MuJoCo Playground: `state`, for instance."""
        return [str(name)[:80] for name in _branches((self.normalizer or {}).get("mean")) or ()]

    def statistics(self, name: str | None) -> ObservationStatistics | None:
        """Mean, squared deviation and count of the observation of this name, or of the only one.

        Raises:
            MalformedPickleError: they are not vectors of one size, finite, the deviations positive.
        """
        if self.normalizer is None:
            return None
        parts = [self.normalizer.get(part) for part in ("mean", "std")]
        if name is not None:
            parts = [(_branches(part) or {}).get(name) for part in parts]
        mean, deviation = (array_of(part).astype(np.float64) for part in parts)
        if mean.ndim != 1 or mean.shape != deviation.shape:
            raise MalformedPickleError(f"its mean has the shape {mean.shape}, its std {deviation.shape}")
        if not (np.all(np.isfinite(mean)) and np.all(np.isfinite(deviation)) and np.all(deviation > 0)):
            raise MalformedPickleError("its mean or its std is not finite, or a std is not positive")
        return ObservationStatistics(mean, deviation**2, _count(self.normalizer.get("count")))


def load_brax(path: Path) -> BraxFile:
    """The file's tuple.

    Raises:
        BBConvertError: a pickle that names more than arrays and Brax's statistics.
        MalformedPickleError: damaged, cut short, or another nesting.
    """
    try:
        value = read_pickle(BytesIO(path.read_bytes()), lambda name: older_name(name) in _EXPECTED)
    except ForbiddenGlobalError as error:
        raise BBConvertError(
            f"{path} is a pickle that asks to call {error}, and was not loaded: nothing in it ran. The parameters of a "
            "policy of Brax are arrays only."
        ) from error
    if not isinstance(value, tuple | list) or len(value) not in (2, 3):
        size = f" of {len(value)}" if isinstance(value, tuple | list) else ""
        raise MalformedPickleError(f"it is a {type(value).__name__}{size}")
    first, policy, *values = value
    normalizer = _normalizer(first)
    return BraxFile(
        policy=_network(policy),
        value=_network(values[0]) if values and values[0] is not None else None,
        is_ppo=bool(values),
        normalizer=normalizer,
    )


def _normalizer(value: Any) -> Mapping[Any, Any] | None:
    match value:
        case None | []:
            return None
        case Instance(Global(name), (), dict() as state) if name in _STATISTICS:
            return state
    raise MalformedPickleError("it does not begin with the statistics of the observations")


def _network(value: Any) -> dict[str, NDArray[Any]]:
    branches = _branches(value)
    if branches is None:
        return {MATRIX: array_of(value)}
    if set(branches) != {"params"} or _branches(branches["params"]) is None:
        raise MalformedPickleError(f"a network has {', '.join(map(str, branches))[:80] or 'nothing'}, expected params")
    return _leaves(branches["params"])


def _leaves(tree: Any) -> dict[str, NDArray[Any]]:
    """The arrays by their path; what is shared in the pickle counts as often as it stands."""
    found: dict[str, NDArray[Any]] = {}
    waiting = deque([("", tree)])
    seen = held = 0
    while waiting:
        path, value = waiting.popleft()
        branches = _branches(value)
        if branches is None:
            found[path] = array_of(value)
            held += found[path].nbytes
            branches = {}
        seen += len(branches)
        if seen > MAX_TENSORS or held > MAX_CHECKPOINT_BYTES or path.count("/") > MAX_RANK:
            raise MalformedPickleError("a network of it is too large, or nested too deep")
        for name, branch in branches.items():
            if not isinstance(name, str) or len(name) > MAX_TENSOR_NAME // MAX_RANK:
                raise MalformedPickleError(f"the name {str(name)[:40]!r} is not that of a layer")
            waiting.append((f"{path}/{name}" if path else name, branch))
    return found


def _branches(value: Any) -> Mapping[Any, Any] | None:
    """The entries of a mapping, flax's frozen ones among them; None where it is none."""
    match value:
        case dict() as branches:
            return branches
        case Instance(Global(name), (dict() as branches,)) if name == _FROZEN:
            return branches
    return None


def _count(value: Any) -> float:
    match value:
        case Instance(Global(name), (), {"hi": high, "lo": low}) if name == _COUNT:
            return _number(high) * 2.0**32 + _number(low)
    return _number(value)


def _number(value: Any) -> float:
    try:
        return number_of(value)
    except MalformedPickleError:
        array = array_of(value)
        if array.size != 1:
            raise
        return float(array.reshape(()))
