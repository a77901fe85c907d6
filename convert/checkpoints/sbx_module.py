"""A flax module of SBX as a pickle describes it, with the state that it was trained to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from numpy.typing import NDArray

from bbconvert.convert.checkpoints.jax_activation import jax_activation
from bbconvert.convert.checkpoints.pickle_arrays import array_of
from bbconvert.convert.checkpoints.pickle_machine import Instance
from bbconvert.convert.checkpoints.sb3_networks import BatchNormalization, Layer, folded
from bbconvert.convert.checkpoints.tensors import dense_layer, mlp_of, require_mlp
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import MLP
from bbconvert.convert.safety.limits import MAX_LAYERS

BATCH_RENORM_EPS = 0.001
"""Of `BatchRenorm`; no policy of SBX sets another. Source: sbx/common/jax_layers.py."""


@dataclass(frozen=True)
class SbxModule:
    """An actor or a critic.

    Args:
        path: the zip, for the messages.
        kind: the module's class.
        fields: what it was constructed with.
        params: the tree of its parameters.
        statistics: the tree of its running statistics, which only CrossQ's have.
    """

    path: Path
    kind: str
    fields: dict[Any, Any]
    params: dict[Any, Any]
    statistics: dict[Any, Any]

    def mlp(self, *, deviation: bool = False, log_std: bool = False) -> MLP:
        """The layers to the mean or the value; a batch normalisation before one is folded into it.

        Args:
            deviation: a dense layer behind the mean's gives the deviation: it is not read.
            log_std: there is a parameter of that name.

        Raises:
            BBConvertError: other parameters than that many layers have, or an activation that bbconvert does not know.
        """
        hidden = self.fields.get("net_arch")
        if not isinstance(hidden, list | tuple) or len(hidden) >= MAX_LAYERS:
            refuse(self.path, f"its net_arch is not a list of fewer than {MAX_LAYERS} widths")
        names = [f"Dense_{i}" for i in range(len(hidden) + 1)]
        # One that does not normalise has a first normalisation all the same, which nothing uses.
        normalizes = self.fields.get("use_batch_norm")
        norms = [f"BatchRenorm_{i}" for i in range(len(names) if normalizes else 0 if normalizes is None else 1)]
        expected = [*names, *[f"Dense_{len(names)}"] * deviation, *norms, *["log_std"] * log_std]
        if set(self.params) != set(expected):
            found = ", ".join(sorted(str(name)[:40] for name in self.params)[:12]) or "nothing"
            refuse(self.path, f"its {self.kind} has {found}, expected {', '.join(expected)}")
        layers = [self._dense(name) for name in names]
        if normalizes:
            pairs = zip(norms, layers, strict=True)
            layers = [folded(self.path, norm, self._normalization(norm), layer) for norm, layer in pairs]
        return mlp_of(self.path, layers, jax_activation(self.path, self.fields.get("activation_fn")))

    def array(self, name: str, described: Any) -> NDArray[Any]:
        """The finite numbers that are described.

        Raises:
            BBConvertError: they are not such.
            MalformedPickleError: they are not an array.
        """
        array = array_of(described)
        require_mlp(self.path, {name: array})
        return array

    def _dense(self, name: str) -> Layer:
        """Its kernel is [inputs, outputs]."""
        kernel, bias = (self._leaf(self.params, name, leaf) for leaf in ("kernel", "bias"))
        return name, dense_layer(self.path, name, kernel.T, bias)

    def _normalization(self, name: str) -> BatchNormalization:
        mean, var = (self._leaf(self.statistics, name, leaf) for leaf in ("mean", "var"))
        scale, bias = (self._leaf(self.params, name, leaf) for leaf in ("scale", "bias"))
        return BatchNormalization(mean, var, scale, bias, BATCH_RENORM_EPS)

    def _leaf(self, tree: dict[Any, Any], name: str, leaf: str) -> NDArray[Any]:
        branch = tree.get(name)
        if not isinstance(branch, dict) or leaf not in branch:
            refuse(self.path, f"its {self.kind} has no {name}/{leaf}")
        return self.array(f"{name}/{leaf}", branch[leaf])


def sbx_module(path: Path, policy: dict[Any, Any], name: str) -> SbxModule:
    """The module under `name` and the train state beside it.

    Raises:
        BBConvertError: the policy lacks one of them, or it has no tree of parameters.
    """
    kind, fields = described_object(path, name, policy.get(name))
    _, state = described_object(path, f"{name}_state", policy.get(f"{name}_state"))
    params, statistics = state.get("params"), state.get("batch_stats", {})
    if isinstance(params, dict) and set(params) == {"params"}:  # around all but CrossQ's
        params = params["params"]
    if not isinstance(params, dict) or not isinstance(statistics, dict):
        refuse(path, f"its {name}_state has no tree of parameters")
    return SbxModule(path, kind, fields, params, statistics)


def described_object(path: Path, name: str, described: Any) -> tuple[str, dict[Any, Any]]:
    """The class of an object and its attributes.

    Raises:
        BBConvertError: it is not an object, or has none.
    """
    if not isinstance(described, Instance) or not isinstance(described.state, dict):
        refuse(path, f"its {name} is not an object with attributes")
    return described.made_by.name[:80], described.state


def refuse(path: Path, why: str) -> NoReturn:
    """Raises BBConvertError."""
    raise BBConvertError(
        f"{path} is not an agent that SBX 0.20 or later saved, or is damaged ({why}). Save it anew, or download it "
        "again."
    )
