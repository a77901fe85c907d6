"""CleanRL's agents as its scripts define them, in torch and in flax, loaded and asked as they would be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bbconvert.convert.manifest import Action, Normalization
from bbconvert.convert.rollout.policy import Float32, Float64
from bbconvert.observation.normalization import normalize

Agent = Callable[[Float64], Float32]


def cleanrl_agent(checkpoint: Path, action: Action, normalization: Normalization) -> Agent:
    """The raw observation [n] to the agent's deterministic action [m] float32, within the environment's bounds.

    A PPO's observation is normalised with the bundle's frozen statistics, since its file has none.
    """
    low, high = np.array(action.low, np.float32), np.array(action.high, np.float32)
    network = _jax_actor(checkpoint, low, high) if "_jax" in checkpoint.stem else _torch_actor(checkpoint, low, high)

    def act(observation: Float64) -> Float32:
        seen = observation.astype(np.float32)
        if normalization.mode == "frozen":
            mean, var = np.array(normalization.mean), np.array(normalization.var)
            seen = normalize(observation, mean, var, normalization.epsilon, normalization.clip)
        return np.clip(network(seen), low, high)

    return act


class _Td3Actor(nn.Module):
    """`Actor` of td3_continuous_action.py and ddpg_continuous_action.py."""

    action_scale: torch.Tensor
    action_bias: torch.Tensor

    def __init__(self, observations: int, low: Float32, high: Float32) -> None:
        super().__init__()
        self.fc1 = nn.Linear(observations, 256)
        self.fc2 = nn.Linear(256, 256)
        self.fc_mu = nn.Linear(256, low.size)
        self.register_buffer("action_scale", torch.tensor((high - low) / 2.0))
        self.register_buffer("action_bias", torch.tensor((high + low) / 2.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.relu(self.fc1(x))
        x = nn.functional.relu(self.fc2(x))
        return torch.tanh(self.fc_mu(x)) * self.action_scale + self.action_bias


def _torch_actor(checkpoint: Path, low: Float32, high: Float32) -> Callable[[Float32], Float32]:
    loaded: Any = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if isinstance(loaded, dict):  # ppo_continuous_action.py
        weights = {name.removeprefix("actor_mean."): w for name, w in loaded.items() if name.startswith("actor_mean.")}
        sizes = [weights["0.weight"].shape[1], *(weights[f"{i}.weight"].shape[0] for i in (0, 2, 4))]
        module: nn.Module = nn.Sequential(
            nn.Linear(sizes[0], sizes[1]), nn.Tanh(), nn.Linear(sizes[1], sizes[2]), nn.Tanh(), nn.Linear(*sizes[2:])
        )
        module.load_state_dict(weights)
    else:
        module = _Td3Actor(loaded[0]["fc1.weight"].shape[1], low, high)
        own = {name: value.reshape(module.state_dict()[name].shape) for name, value in loaded[0].items()}
        module.load_state_dict(own)

    def act(observation: Float32) -> Float32:
        with torch.no_grad():
            action: Float32 = module(torch.from_numpy(observation)[None]).numpy()[0]
        return action

    return act


def _jax_actor(checkpoint: Path, low: Float32, high: Float32) -> Callable[[Float32], Float32]:
    """`Actor` of td3_continuous_action_jax.py, its parameters read by flax itself."""
    import flax.linen as flax_nn
    import flax.serialization
    import jax
    import jax.numpy as jnp

    class Actor(flax_nn.Module):
        action_dim: int
        action_scale: Any
        action_bias: Any

        @flax_nn.compact
        def __call__(self, x: Any) -> Any:
            x = flax_nn.relu(flax_nn.Dense(256)(x))
            x = flax_nn.relu(flax_nn.Dense(256)(x))
            return jnp.tanh(flax_nn.Dense(self.action_dim)(x)) * self.action_scale + self.action_bias

    actor = Actor(low.size, jnp.array((high - low) / 2.0), jnp.array((high + low) / 2.0))
    saved: Any = flax.serialization.msgpack_restore(checkpoint.read_bytes())
    parameters = saved["0"] if isinstance(saved, dict) and "0" in saved else saved[0]
    apply = jax.jit(lambda x: actor.apply(parameters, x))

    def act(observation: Float32) -> Float32:
        action: NDArray[np.float32] = np.asarray(apply(observation))
        return action

    return act
