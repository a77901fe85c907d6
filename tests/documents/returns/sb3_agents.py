"""Stable-Baselines3's and sb3-contrib's own agents, loaded and asked as their authors would."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import sb3_contrib
import stable_baselines3
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.manifest import Manifest
from bbconvert.convert.rollout.policy import Float32, Float64

Agent = Callable[[Float64], Float32]


def sb3_agent(folder: Path, algorithm: str, manifest: Manifest) -> Agent:
    """The raw observation [n] to `model.predict(VecNormalize's observation, deterministic=True)` [m].

    The files name `gym`, which Gymnasium stands in for; spaces and schedules, which only training needs, are not
    unpickled.
    """
    for name in [name for name in sys.modules if name == "gymnasium" or name.startswith("gymnasium.")]:
        sys.modules.setdefault(name.replace("gymnasium", "gym", 1), sys.modules[name])
    venv = DummyVecEnv([lambda: rebuild_environment(manifest, folder)])
    library: Any = stable_baselines3 if hasattr(stable_baselines3, algorithm) else sb3_contrib
    model = getattr(library, algorithm).load(
        next(folder.glob("*.zip")),
        device="cpu",
        custom_objects={
            "observation_space": venv.observation_space,
            "action_space": venv.action_space,
            "learning_rate": 0.0,
            "lr_schedule": lambda _: 0.0,
            "clip_range": lambda _: 0.0,
            "delta_std_schedule": lambda _: 0.0,
        },
    )
    statistics = next(folder.glob("vec*normalize.pkl"), None)
    normalize = _unchanged if statistics is None else VecNormalize.load(str(statistics), venv).normalize_obs

    def act(observation: Float64) -> Float32:
        action: Float32 = model.predict(normalize(observation), deterministic=True)[0]
        return action

    return act


def _unchanged(observation: NDArray[np.float64]) -> NDArray[np.float64]:
    return observation


def library_versions() -> str:
    """What the agents ran on, for the page."""
    return (
        f"stable-baselines3 {stable_baselines3.__version__}, sb3-contrib {sb3_contrib.__version__}, "
        f"gymnasium {gymnasium.__version__}"
    )
