"""SBX as the oracle: small agents that it trains, saves with its own `save()`, and predicts with."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecNormalize

_ON_POLICY = {"n_steps": 64, "batch_size": 64, "n_epochs": 2}
_OFF_POLICY = {"buffer_size": 1000, "learning_starts": 32, "batch_size": 32, "train_freq": 16, "learning_rate": 1e-2}


@dataclass(frozen=True)
class Case:
    """An agent to train; `activation` is a name of jax.nn, `vf` the widths of PPO's critic."""

    algorithm: str
    steps: int = 160
    activation: str | None = None
    kwargs: dict[str, Any] = field(default_factory=lambda: _OFF_POLICY)
    policy_kwargs: dict[str, Any] = field(default_factory=dict)
    normalized: bool = False


CASES = {
    "ppo": Case(
        "PPO", 192, "elu", _ON_POLICY, {"net_arch": {"pi": [16, 8], "vf": [5]}, "log_std_init": -1.0}, normalized=True
    ),
    "sac": Case("SAC", kwargs={**_OFF_POLICY, "use_sde": True}),
    "td3": Case("TD3", activation="silu"),
    "ddpg": Case("DDPG", policy_kwargs={"net_arch": []}),
    "tqc": Case("TQC", activation="leaky_relu", policy_kwargs={"layer_norm": True, "net_arch": [24]}),
    "crossq": Case("CrossQ", 400, policy_kwargs={"net_arch": {"pi": [16, 8], "qf": [16]}}),
    "crossq-plain": Case("CrossQ", 16, "tanh", policy_kwargs={"batch_norm_actor": False, "net_arch": [8]}),
}


@dataclass(frozen=True)
class Agent:
    """A trained agent and the files that it was saved to."""

    case: Case
    model: Any
    env: VecEnv
    checkpoint: Path


def train(case: Case, env_id: str, folder: Path) -> Agent:
    """Trains for some hundred steps and saves."""
    import jax
    import sbx

    env: VecEnv = DummyVecEnv([lambda: gymnasium.make(env_id)])
    if case.normalized:
        env = VecNormalize(env, clip_obs=3.0, epsilon=1e-6)
    policy_kwargs = {"net_arch": [16, 16], **case.policy_kwargs}
    if case.activation is not None:
        policy_kwargs["activation_fn"] = getattr(jax.nn, case.activation)
    model = getattr(sbx, case.algorithm)("MlpPolicy", env, seed=1, policy_kwargs=policy_kwargs, **case.kwargs)
    model.learn(case.steps)
    checkpoint = folder / "agent.zip"
    model.save(checkpoint)
    if isinstance(env, VecNormalize):
        env.save(str(folder / "vec_normalize.pkl"))
    return Agent(case, model, env, checkpoint)
