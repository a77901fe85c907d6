"""sb3_contrib's TimeFeatureWrapper: the share of the episode that is left, as one number more."""

from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

Observation = NDArray[np.float64]
Action = NDArray[np.float32]


class TimeFeatureWrapper(gymnasium.Wrapper[Observation, Action, Observation, Action]):
    """Appends `1 - elapsed steps / max_episode_steps` to the observation: [n] float64 becomes [n + 1].

    Source: sb3_contrib/common/wrappers/time_feature.py.

    Raises:
        ValueError: the environment has no `max_episode_steps`.
    """

    def __init__(self, env: gymnasium.Env[Observation, Action]) -> None:
        super().__init__(env)
        if env.spec is None or env.spec.max_episode_steps is None:
            raise ValueError("TimeFeatureWrapper needs an environment that truncates its episodes")
        self._max_steps = env.spec.max_episode_steps
        self._elapsed = 0
        space = env.observation_space
        size = int(np.prod(space.shape or (0,))) + 1
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (size,), np.float64)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Gymnasium's reset, and all of the time left."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._elapsed = 0
        return self._with_time(observation), info

    def step(self, action: Action) -> tuple[Observation, Any, bool, bool, dict[str, Any]]:
        """Gymnasium's step, and one step less."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._elapsed += 1
        return self._with_time(observation), reward, terminated, truncated, info

    def _with_time(self, observation: Observation) -> Observation:
        return np.append(observation, 1 - self._elapsed / self._max_steps)
