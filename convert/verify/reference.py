"""What `policy.onnx` is held to: the checkpoint's network in torch's own modules, or else in NumPy."""

from importlib.util import find_spec
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.network import MLP
from bbconvert.convert.numpy_network import numpy_outputs


class Reference(NamedTuple):
    """The pre-transform actions [k, m].

    Args:
        library: what computed them.
        single: in float32 throughout, as training did.
        double: in float64, of the same inputs.
    """

    library: Literal["torch", "NumPy"]
    single: NDArray[np.float32]
    double: NDArray[np.float64]


def reference(actor: MLP, normalized: NDArray[np.float32]) -> Reference:
    """The outputs for normalised observations [k, n], by torch where it is installed."""
    if not _has_torch():
        return Reference("NumPy", numpy_outputs(actor, normalized), numpy_outputs(actor, normalized.astype(np.float64)))
    import torch

    from bbconvert.convert.torch_network import torch_module

    torch.set_num_threads(1)  # the order of its sums, and so the last bit of a check, would depend on the cores
    module = torch_module(actor)
    inputs = torch.from_numpy(normalized)
    with torch.no_grad():
        single = module(inputs).numpy()
        return Reference("torch", single, module.double()(inputs.double()).numpy())


def _has_torch() -> bool:
    try:
        return find_spec("torch") is not None
    except ValueError:  # a module of that name without a specification
        return False
