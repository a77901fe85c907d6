"""CleanRL's TD3 and DDPG in JAX: a list of parameter trees, the actor's first, the critics' behind it."""

import re
from pathlib import Path

from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.checkpoints.cleanrl_ppo import EPSILON
from bbconvert.convert.checkpoints.tensors import Tensors, dense_layer, listed, mlp_of, require_mlp
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import MLP, PolicyNetwork, Squash

_LEAF = re.compile(r"(?P<network>0|[1-9][0-9]{0,3})/params/Dense_(?P<layer>[0-9]{1,6})/(?:kernel|bias)")


def read_jax(path: Path, arrays: Tensors) -> Checkpoint:
    """The actor: `Dense_0`, `Dense_1`, …, ReLU between them, tanh, then the environment's bounds, which are not saved.

    Source: cleanrl/{td3,ddpg}_continuous_action_jax.py, class Actor.

    Raises:
        BBConvertError: another tree, or layers that do not fit each other or their critic.
    """
    require_mlp(path, arrays)
    found = {name: match for name in arrays if (match := _LEAF.fullmatch(name))}
    others = [name for name in arrays if name not in found]
    networks = sorted({int(match["network"]) for match in found.values()})
    if others or len(networks) < 2:
        raise BBConvertError(
            f"{path} is not a continuous-control MLP that bbconvert knows: expected the trees of CleanRL's JAX TD3 or "
            f"DDPG, an actor 0/params/Dense_0/kernel, … and its critics; found {listed(arrays)}. Agents with discrete "
            "actions (dqn_jax, c51_jax) are not converted."
        )
    actor, *critics = (_mlp(path, arrays, f"{network}/params") for network in networks)
    for critic in critics:
        if critic.inputs != actor.inputs + actor.widths[-1] or critic.widths[-1] != 1:
            raise BBConvertError(
                f"{path}: the actor maps {actor.inputs} numbers to {actor.widths[-1]}, so that its critic maps "
                f"{actor.inputs + actor.widths[-1]} to 1; found one that maps {critic.inputs} to {critic.widths[-1]}."
            )
    return Checkpoint(
        library="cleanrl",
        algorithm="ddpg_continuous_action_jax" if len(critics) == 1 else "td3_continuous_action_jax",
        network=PolicyNetwork(actor=actor, squash=Squash(scale=None, bias=None)),
        normalizes=False,
        statistics=None,
        epsilon=EPSILON,
        clip=None,
    )


def _mlp(path: Path, arrays: Tensors, prefix: str) -> MLP:
    """The `Dense` layers of one tree in the order of their numbers; flax's kernel is [inputs, outputs]."""
    names = {name.rsplit("/", 1)[0] for name in arrays if name.startswith(f"{prefix}/")}
    layers = []
    for name in sorted(names, key=lambda name: int(name.rpartition("_")[2])):
        kernel = arrays.get(f"{name}/kernel")
        if kernel is None:
            raise BBConvertError(f"{path} has {name}/bias but not {name}/kernel.")
        layers.append((name, dense_layer(path, name, kernel.T, arrays.get(f"{name}/bias"))))
    return mlp_of(path, layers, "relu")
