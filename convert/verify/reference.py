"""What `policy.onnx` is held to: the checkpoint's network in torch's own modules, or else in NumPy."""

from importlib.util import find_spec
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.network import PolicyNetwork
from bbconvert.convert.numpy_network import network_outputs


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


def reference(network: PolicyNetwork, normalized: NDArray[np.float32]) -> Reference:
    """The outputs for normalised observations [k, n], by torch where it is installed.

    Of a recurrent network they are the steps of one episode, from its beginning on.
    """
    if not _has_torch():
        single = network_outputs(network, normalized)
        return Reference("NumPy", single, network_outputs(network, normalized.astype(np.float64)))
    import torch

    from bbconvert.convert.torch_network import PolicyModule

    torch.set_num_threads(1)  # the order of its sums, and so the last bit of a check, would depend on the cores
    module = PolicyModule(network)
    inputs = torch.from_numpy(normalized)
    with torch.no_grad():
        single = module(inputs).numpy()
        return Reference("torch", single, module.double()(inputs.double()).numpy())


def _has_torch() -> bool:
    try:
        return find_spec("torch") is not None
    except ValueError:  # a module of that name without a specification
        return False
