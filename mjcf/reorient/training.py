"""What training adds to Reorient: an attitude that is not known exactly."""

from typing import Any, SupportsFloat

import gymnasium
import numpy as np
from numpy.typing import NDArray

Observation = NDArray[np.float64]
Action = NDArray[np.float32]


class NoisyAttitude(gymnasium.Wrapper[Observation, Action, Observation, Action]):
    """Observes an attitude that is turned by a random small rotation in each control step, as a sensor's would be.

    Args:
        env: Reorient.
        sigma: standard deviation of the rotation about each axis, radians.
    """

    def __init__(self, env: gymnasium.Env[Observation, Action], *, sigma: float) -> None:
        super().__init__(env)
        self._sigma = sigma
        self._rng = np.random.default_rng()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Resets the environment; the noise has a generator of its own."""
        if seed is not None:
            self._rng = np.random.default_rng([seed, 0x7A7])
        observation, info = self.env.reset(seed=seed, options=options)
        return self._noisy(observation), info

    def step(self, action: Action) -> tuple[Observation, SupportsFloat, bool, bool, dict[str, Any]]:
        """One control step."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._noisy(observation), reward, terminated, truncated, info

    def _noisy(self, observation: Observation) -> Observation:
        half = 0.5 * self._sigma * self._rng.standard_normal(3)
        turn = np.array([1.0, *half]) / np.sqrt(1 + half @ half)
        w, x, y, z = _product(observation[:4], turn)
        up = np.array([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)])
        return np.concatenate([[w, x, y, z], up, observation[7:]])


def _product(one: Observation, other: Observation) -> Observation:
    """The quaternion of one rotation after the other, `wxyz`."""
    (w, x, y, z), (a, b, c, d) = one, other
    return np.array(
        [
            w * a - x * b - y * c - z * d,
            w * b + x * a + y * d - z * c,
            w * c - x * d + y * a + z * b,
            w * d + x * c - y * b + z * a,
        ]
    )
