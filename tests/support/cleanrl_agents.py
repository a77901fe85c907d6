"""The actors of CleanRL's published scripts as torch modules, saved as the scripts save them: the readers' oracle.

Written from the documented architecture; flax's format is that of `flax.serialization.to_bytes`.
"""

from itertools import pairwise
from pathlib import Path

import msgpack
import numpy as np
import torch
from torch import nn


def layers(sizes: tuple[int, ...]) -> list[nn.Linear]:
    return [nn.Linear(inputs, outputs) for inputs, outputs in pairwise(sizes)]


def sequential(sizes: tuple[int, ...]) -> nn.Sequential:
    modules: list[nn.Module] = []
    for linear in layers(sizes):
        modules += [linear, nn.Tanh()]
    return nn.Sequential(*modules[:-1])


class Agent(nn.Module):
    """PPO's and RPO's."""

    def __init__(self, observation: int, action: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        self.critic = sequential((observation, *hidden, 1))
        self.actor_mean = sequential((observation, *hidden, action))
        self.actor_logstd = nn.Parameter(torch.randn(1, action))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean: torch.Tensor = self.actor_mean(x)
        return mean


class Actor(nn.Module):
    """TD3's and DDPG's (head `fc_mu`), and SAC's (head `fc_mean`, with `fc_logstd` beside it)."""

    action_scale: torch.Tensor
    action_bias: torch.Tensor

    def __init__(
        self, observation: int, hidden: tuple[int, ...], low: torch.Tensor, high: torch.Tensor, head: str
    ) -> None:
        super().__init__()
        action = low.shape[-1]
        self.hidden = layers((observation, *hidden))
        for number, layer in enumerate(self.hidden, start=1):
            self.add_module(f"fc{number}", layer)
        self.head = head
        self.add_module(head, nn.Linear(hidden[-1], action))
        if head == "fc_mean":
            self.fc_logstd = nn.Linear(hidden[-1], action)
        self.register_buffer("action_scale", (high - low) / 2.0)
        self.register_buffer("action_bias", (high + low) / 2.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.hidden:
            x = torch.relu(layer(x))
        action: torch.Tensor = torch.tanh(self.get_submodule(self.head)(x)) * self.action_scale + self.action_bias
        return action


class QNetwork(nn.Module):
    """The critics of TD3, DDPG and SAC."""

    def __init__(self, observation: int, action: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        for number, layer in enumerate(layers((observation + action, *hidden, 1)), start=1):
            self.add_module(f"fc{number}", layer)


def flax_bytes(trees: list[dict[str, np.ndarray]]) -> bytes:
    """`flax.serialization.to_bytes([params, …])` of trees given as `Dense_0/kernel` to array."""
    return bytes(msgpack.packb({str(i): {"params": _nested(tree)} for i, tree in enumerate(trees)}))


def flax_array(array: np.ndarray) -> msgpack.ExtType:
    return msgpack.ExtType(1, msgpack.packb((array.shape, array.dtype.name, array.tobytes())))


def _nested(tree: dict[str, np.ndarray]) -> dict[str, dict[str, msgpack.ExtType]]:
    nested: dict[str, dict[str, msgpack.ExtType]] = {}
    for name, array in tree.items():
        layer, part = name.split("/")
        nested.setdefault(layer, {})[part] = flax_array(array)
    return nested


def flax_tree(module: nn.Module) -> dict[str, np.ndarray]:
    """The dense layers of a module in flax's names: `kernel` is [inputs, outputs]."""
    linears = [layer for layer in module.modules() if isinstance(layer, nn.Linear)]
    tree: dict[str, np.ndarray] = {}
    for number, linear in enumerate(linears):
        tree[f"Dense_{number}/kernel"] = np.ascontiguousarray(linear.weight.detach().numpy().T)
        tree[f"Dense_{number}/bias"] = linear.bias.detach().numpy()
    return tree


def save_ppo(path: Path, agent: Agent) -> None:
    torch.save(agent.state_dict(), path)


def save_actor(path: Path, actor: Actor, *critics: QNetwork) -> None:
    torch.save((actor.state_dict(), *(critic.state_dict() for critic in critics)), path)
