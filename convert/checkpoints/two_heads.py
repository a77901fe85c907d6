"""A SAC actor of plain PyTorch as a state_dict: a trunk, a head for the mean and one for the deviation.

Source: github.com/XinJingHao/SAC-Continuous-Pytorch, utils.py, class Actor.
"""

import re
from pathlib import Path

from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.checkpoints.cleanrl_ppo import EPSILON
from bbconvert.convert.checkpoints.state_dict import ENVIRONMENT_BOUNDS
from bbconvert.convert.checkpoints.tensors import Tensors, dense_layer, listed, mlp_of
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import PolicyNetwork

_MEAN, _DEVIATION = "mu_layer", "log_std_layer"
_TRUNK = re.compile(r"a_net\.([0-9]{1,6})\.weight")


def is_two_heads(tensors: Tensors) -> bool:
    """Whether the names are those of this actor."""
    return f"{_MEAN}.weight" in tensors and f"{_DEVIATION}.weight" in tensors and any(map(_TRUNK.fullmatch, tensors))


def read_two_heads(path: Path, tensors: Tensors) -> Checkpoint:
    """`a_net`, ReLU after each of its layers, then `mu_layer` and tanh, stretched to the environment's bounds.

    `log_std_layer` tells how to explore: the deterministic policy has no use for it.

    Raises:
        BBConvertError: layers that do not fit each other, or tensors that this actor does not have.
    """
    numbers = sorted(int(match[1]) for name in tensors if (match := _TRUNK.fullmatch(name)))
    names = [*(f"a_net.{number}" for number in numbers), _MEAN]
    known = {f"{name}.{part}" for name in (*names, _DEVIATION) for part in ("weight", "bias")}
    others = {name: array for name, array in tensors.items() if name not in known}
    if others:
        raise BBConvertError(
            f"{path}: {listed(others, 4)} is not of this actor, which has {', '.join(names)} and {_DEVIATION}: what "
            "plays with it is not known."
        )
    layers = [(name, dense_layer(path, name, tensors[f"{name}.weight"], tensors.get(f"{name}.bias"))) for name in names]
    return Checkpoint(
        library="sac-continuous-pytorch",
        algorithm="sac",
        network=PolicyNetwork(mlp_of(path, layers, "relu"), squash=ENVIRONMENT_BOUNDS),
        normalizes=False,
        statistics=None,
        epsilon=EPSILON,
        clip=None,
        notes=("A SAC actor with two heads: ReLU between its layers, tanh behind the mean.",),
    )
