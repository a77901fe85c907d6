"""A plain state_dict of a multi-layer perceptron, whatever its layers are called."""

import re
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints.checkpoint import Checkpoint, Unsaid
from bbconvert.convert.checkpoints.cleanrl_ppo import CLIP, EPSILON
from bbconvert.convert.checkpoints.recurrent import MEMORY, recurrent_network
from bbconvert.convert.checkpoints.tensors import Tensors, dense_layer, embedded_statistics, listed, mlp_of
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import Dense, PolicyNetwork, Squash

ENVIRONMENT_BOUNDS = Squash(scale=None, bias=None)
_IGNORED = re.compile(r"(^|\.|_)log_?std$|(^|\.)obs_rms\.(mean|var|count)$", re.IGNORECASE)
"""What stands beside the layers without changing what the deterministic policy does."""
_ACTOR, _CRITIC = "actor.", "critic."
"""rsl_rl's names for the two networks of a file."""
_MEMORIES = ("memory_a.", "memory_c.")
"""rsl_rl's names for the recurrent layers before each of them."""


class UnsaidError(BBConvertError):
    """The weights are an MLP's, but what is between and behind its layers was not said; `layers` are its widths."""

    def __init__(self, message: str, layers: list[int]) -> None:
        super().__init__(message)
        self.layers = layers


def read_state_dict(path: Path, tensors: Tensors, unsaid: Unsaid) -> Checkpoint:
    """The dense layers in the order in which they fit each other: the file's, or that of their names' numbers.

    Raises:
        BBConvertError: no chain of dense layers, several, or tensors that no MLP has.
        UnsaidError: the activation or the output was not said.
    """
    memory = {name.removeprefix(MEMORY): array for name, array in tensors.items() if name.startswith(MEMORY)}
    recurrent = recurrent_network(path, memory) if memory else None
    tensors = without_memory(tensors)
    chosen = _chosen(path, tensors, unsaid.prefix)
    layers = _chain(path, chosen)
    inputs = layers[0][1].weight.shape[1]
    if recurrent is not None:
        if recurrent.hidden != inputs:
            raise BBConvertError(
                f"{path}: {layers[0][0]} takes {inputs} numbers, but the recurrent layer before it gives "
                f"{recurrent.hidden}."
            )
        inputs = recurrent.inputs
    widths = [inputs, *(layer.weight.shape[0] for _, layer in layers)]
    activation = "linear" if len(layers) == 1 else unsaid.activation
    if activation is None or unsaid.output is None:
        raise UnsaidError(_question(path, layers, unsaid), widths)
    statistics = embedded_statistics(path, tensors, widths[0])
    between = f", {activation} between them" if len(layers) > 1 else ""
    sizes = " → ".join(map(str, widths))
    return Checkpoint(
        library="torch",
        algorithm="unknown",
        network=PolicyNetwork(
            actor=mlp_of(path, layers, activation),
            squash=ENVIRONMENT_BOUNDS if unsaid.output == "tanh" else None,
            recurrent=recurrent,
        ),
        normalizes=statistics is not None,
        statistics=statistics,
        epsilon=EPSILON,
        clip=None if statistics is None else CLIP,
        notes=(f"Layers {', '.join(name for name, _ in layers)} ({sizes}){between}; output: {unsaid.output}.",),
    )


def without_memory(tensors: Tensors) -> Tensors:
    """All tensors but those of the recurrent layers that rsl_rl has before its two networks."""
    return {name: array for name, array in tensors.items() if not name.startswith(_MEMORIES)}


def _chosen(path: Path, tensors: Tensors, prefix: str | None) -> Tensors:
    """The tensors of the one network that is meant, those aside that change nothing."""
    if prefix is None and all(any(name.startswith(part) for name in tensors) for part in (_ACTOR, _CRITIC)):
        prefix = _ACTOR
    if prefix is not None:
        chosen = {name: array for name, array in tensors.items() if name.startswith(prefix)}
        if not chosen:
            raise BBConvertError(f"{path} has no tensor whose name begins with {prefix}; it has {listed(tensors)}.")
        tensors = chosen
    return {name: array for name, array in tensors.items() if not _IGNORED.search(name)}


def _chain(path: Path, tensors: Tensors) -> list[tuple[str, Dense]]:
    names = [name.removesuffix(".weight") for name in tensors if name.endswith(".weight")]
    others = [
        name
        for name, array in tensors.items()
        if name.rpartition(".")[0] not in names or not (name.endswith(".bias") or array.ndim == 2)
    ]
    if not names:
        raise BBConvertError(f"{path} is not a plain MLP: it has no weight of a layer. The file has {listed(tensors)}.")
    if others:
        raise BBConvertError(
            f"{path} is not a plain MLP: {listed({name: tensors[name] for name in others}, 4)} is not a weight "
            "(outputs, inputs) or bias (outputs,) of a dense layer. Where it belongs to another network of the file, "
            f"name the policy's tensors with --prefix. The file has {listed(tensors)}."
        )
    in_file = [(name, _layer(path, tensors, name)) for name in names]
    for layers in (in_file, sorted(in_file, key=lambda layer: _by_number(layer[0]))):
        if all(before.weight.shape[0] == after.weight.shape[1] for (_, before), (_, after) in pairwise(layers)):
            return layers
    prefixes = list(dict.fromkeys(name.rpartition(".")[0] or name for name in names))
    choices = (
        f"It has {', '.join(prefixes)}: name the policy's with --prefix."
        if len(prefixes) > 1
        else "Save the policy's network alone."
    )
    raise BBConvertError(f"{path}: its layers are not a single chain: {listed(tensors, 12)}. {choices}")


def _layer(path: Path, tensors: Tensors, name: str) -> Dense:
    """A dense layer; one that was built without a bias has the bias 0."""
    weight, bias = tensors[f"{name}.weight"], tensors.get(f"{name}.bias")
    return dense_layer(path, name, weight, np.zeros(weight.shape[:1]) if bias is None else bias)


def _by_number(name: str) -> list[tuple[int, str]]:
    """Sorts `net.10` behind `net.2`."""
    parts = re.split(r"([0-9]{1,9})", name)
    return [(int(part), "") if place % 2 else (-1, part) for place, part in enumerate(parts)]


def _question(path: Path, layers: list[tuple[str, Dense]], unsaid: Unsaid) -> str:
    shapes = ", ".join(f"{name} ({layer.weight.shape[1]} → {layer.weight.shape[0]})" for name, layer in layers)
    asked = []
    if unsaid.activation is None and len(layers) > 1:
        asked.append(f"--activation NAME, what stands between them: {', '.join(get_args(Activation))}")
    if unsaid.output is None:
        asked.append(
            "--output clip where the last layer's output is the action, or --output tanh where it passes tanh and is "
            "stretched to the environment's bounds"
        )
    discrete = (
        " It is not one of CleanRL's continuous-control agents. An agent with discrete actions cannot be converted."
        if path.suffix == ".cleanrl_model" or all(name.startswith("actor.") for name, _ in layers)
        else ""
    )
    return (
        f"{path} holds the dense layers {shapes}, and does not say what is between and behind them.{discrete} Say it: "
        f"bbconvert convert {path} --env ENV_ID with {'; and '.join(asked)}."
    )
