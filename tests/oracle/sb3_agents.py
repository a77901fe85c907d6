"""Stable-Baselines3 as the oracle: small agents that it trains, saves with its own `save()`, and predicts with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from numpy.typing import NDArray
from sb3_contrib import ARS, TQC, TRPO, CrossQ
from sb3_contrib.common.wrappers import TimeFeatureWrapper
from stable_baselines3 import A2C, DDPG, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecNormalize

STEPS = 256
LIVELY = 6.0
"""What weights of the actor's last layer are multiplied by, so that a barely trained one does not act as if on 0."""

_ON_POLICY = {"n_steps": 64, "batch_size": 64}
_OFF_POLICY = {"buffer_size": 1000, "learning_starts": 32, "batch_size": 32, "train_freq": 4, "learning_rate": 3e-3}
_SEARCH = {"n_delta": 2, "delta_std": 0.2, "learning_rate": 0.2}


@dataclass(frozen=True)
class Case:
    """An agent to train: `algorithm(policy, env, **kwargs)`."""

    algorithm: Callable[..., BaseAlgorithm]
    env_id: str = "Reacher-v4"
    policy: str = "MlpPolicy"
    kwargs: dict[str, Any] = field(default_factory=dict)
    policy_kwargs: dict[str, Any] = field(default_factory=dict)
    normalized: bool = False
    time_feature: bool = False


SMALL = {"net_arch": [16, 16]}
CASES = {
    "ppo": Case(PPO, "Hopper-v4", kwargs=_ON_POLICY, normalized=True),
    "ppo-raw": Case(PPO, kwargs=_ON_POLICY),
    "ppo-separate-elu": Case(
        PPO,
        "HalfCheetah-v4",
        kwargs=_ON_POLICY,
        policy_kwargs={"net_arch": {"pi": [24, 8], "vf": [5]}, "activation_fn": torch.nn.ELU},
        normalized=True,
    ),
    "ppo-linear": Case(PPO, kwargs=_ON_POLICY, policy_kwargs={"net_arch": []}),
    "ppo-sde-squashed": Case(
        PPO,
        "InvertedPendulum-v4",
        kwargs={**_ON_POLICY, "use_sde": True},
        policy_kwargs={"squash_output": True, "full_std": False},
    ),
    "a2c-sde": Case(A2C, "InvertedPendulum-v4", kwargs={"n_steps": 16, "use_sde": True}, normalized=True),
    "trpo-time-feature": Case(TRPO, "Hopper-v4", kwargs=_ON_POLICY, normalized=True, time_feature=True),
    "sac": Case(SAC, kwargs=_OFF_POLICY),
    "sac-sde": Case(
        SAC, kwargs={**_OFF_POLICY, "use_sde": True}, policy_kwargs={**SMALL, "clip_mean": 1.5}, normalized=True
    ),
    "tqc-sde": Case(TQC, kwargs={**_OFF_POLICY, "use_sde": True}, policy_kwargs=SMALL),
    "td3-silu": Case(TD3, "Hopper-v4", kwargs=_OFF_POLICY, policy_kwargs={**SMALL, "activation_fn": torch.nn.SiLU}),
    "ddpg-time-feature": Case(
        DDPG, "InvertedPendulum-v4", kwargs=_OFF_POLICY, policy_kwargs={"net_arch": [32]}, time_feature=True
    ),
    "crossq": Case(CrossQ, "Hopper-v4", kwargs=_OFF_POLICY, policy_kwargs={"net_arch": [32, 16]}),
    "crossq-sde-normalized": Case(
        CrossQ,
        kwargs={**_OFF_POLICY, "use_sde": True},
        policy_kwargs={**SMALL, "batch_norm_eps": 0.01},
        normalized=True,
    ),
    "ars-linear": Case(ARS, "Hopper-v4", "LinearPolicy", _SEARCH, normalized=True),
    "ars-mlp": Case(ARS, "InvertedPendulum-v4", kwargs=_SEARCH, policy_kwargs=SMALL),
}


@dataclass(frozen=True)
class Agent:
    """A trained agent and the files that Stable-Baselines3 wrote of it."""

    case: Case
    model: BaseAlgorithm
    env: VecEnv
    checkpoint: Path
    vec_normalize: Path | None

    def predict(self, observations: NDArray[np.float64]) -> NDArray[np.float32]:
        """Its own deterministic actions [k, m] for raw observations [k, n]."""
        actions: NDArray[np.float32] = self.model.predict(self._seen(observations), deterministic=True)[0]
        return actions

    def values(self, observations: NDArray[np.float64]) -> NDArray[np.float32]:
        """Its own value estimates [k, 1]."""
        with torch.no_grad():
            values = self.model.policy.predict_values(torch.tensor(self._seen(observations), dtype=torch.float32))
        estimates: NDArray[np.float32] = values.numpy()
        return estimates

    def _seen(self, observations: NDArray[np.float64]) -> NDArray[np.floating]:
        if not isinstance(self.env, VecNormalize):
            return observations
        seen: NDArray[np.float32] = self.env.normalize_obs(observations)
        return seen


def train(case: Case, folder: Path) -> Agent:
    """Trains for some hundred steps, makes the actor lively, and saves."""
    torch.manual_seed(1)
    env: VecEnv = DummyVecEnv([lambda: _make(case)])
    if case.normalized:
        env = VecNormalize(env, clip_obs=3.0, epsilon=1e-6)
    policy_kwargs = {"policy_kwargs": dict(case.policy_kwargs)} if case.policy_kwargs else {}
    model = case.algorithm(case.policy, env, seed=1, device="cpu", **case.kwargs, **policy_kwargs)
    model.learn(STEPS)
    with torch.no_grad():
        for name, weight in model.policy.named_parameters():
            if name in ("action_net.weight", "actor.mu.weight", "actor.mu.0.weight"):
                weight.mul_(LIVELY)
    checkpoint = folder / "agent.zip"
    model.save(checkpoint)
    vec_normalize = folder / "vec_normalize.pkl" if isinstance(env, VecNormalize) else None
    if vec_normalize is not None:
        env.save(str(vec_normalize))
    return Agent(case, model, env, checkpoint, vec_normalize)


def _make(case: Case) -> gymnasium.Env[Any, Any]:
    env = gymnasium.make(case.env_id)
    return TimeFeatureWrapper(env) if case.time_feature else env
