"""Shoves and pulls at random times: what a person with a mouse does to a body, for training and for evaluation."""

from collections.abc import Sequence
from typing import Any, SupportsFloat, cast

import gymnasium
import mujoco
import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray

from bbconvert.mjcf.spec import SHOVE_SECONDS

Observation = NDArray[np.float64]
Action = NDArray[np.float32]

PULL_SECONDS = 1.0


class Perturbation(gymnasium.Wrapper[Observation, Action, Observation, Action]):
    """Shoves and pulls a MuJoCo environment's bodies at random times, in random horizontal directions.

    As on the page the force acts at the body's centre of mass, through `mj_applyFT` into `qfrc_applied`, so that no
    observation contains it; here it is turned with the body at every control step, there at every substep. One force
    acts at a time. `reset(seed=…)` seeds the forces too, with a generator of their own: the environment's own draws are
    those of the bare environment.

    Args:
        env: of `gymnasium.envs.mujoco`.
        bodies: what is shoved and pulled, by name; one of them is drawn each time.
        impulse: of a shove, N·s over 0.1 s: drawn uniformly between these two, times `level`.
        force: of a pull, N for 1 s, likewise.
        pulls: the share of pulls among shoves and pulls, 0 to 1.
        every: seconds from the end of one (or the reset) to the next: drawn uniformly between these two.
        level: multiplies impulse and force.
        growth: the curriculum: an episode that outlasts a shove or a pull raises `level` by this, one that terminates
            lowers it by as much, within 0.1 and 1. Episodes' last `info` has the `level`.

    Raises:
        ValueError: the model has no such body, or it cannot move.
    """

    def __init__(
        self,
        env: gymnasium.Env[Observation, Action],
        *,
        bodies: Sequence[str],
        impulse: tuple[float, float] = (0.0, 0.0),
        force: tuple[float, float] = (0.0, 0.0),
        pulls: float = 0.0,
        every: tuple[float, float] = (1.0, 3.0),
        level: float = 1.0,
        growth: float = 0.0,
    ) -> None:
        super().__init__(env)
        self._inner = cast("MujocoEnv", env.unwrapped)
        self._bodies = [_movable_body(self._inner.model, name) for name in bodies]
        self._impulse, self._force, self._pulls, self._every = impulse, force, pulls, every
        self.level = level
        self._growth = growth
        self._rng = np.random.default_rng()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Resets the environment; the first force comes after a while."""
        if seed is not None:
            self._rng = np.random.default_rng([seed, 0xB07])  # not the environment's own stream
        self._vector = np.zeros(3)
        self._body = self._bodies[0]
        self._disturbed = False
        self._step = 0
        self._until = 0
        self._next = self._pause()
        self._inner.data.qfrc_applied[:] = 0
        return self.env.reset(seed=seed, options=options)

    def step(self, action: Action) -> tuple[Observation, SupportsFloat, bool, bool, dict[str, Any]]:
        """One control step, under the force of the moment."""
        if self._step == self._next:
            self._begin()
        data = self._inner.data
        data.qfrc_applied[:] = 0
        if self._step < self._until:
            apply_force(self._inner, self._body, self._vector)
        observation, reward, terminated, truncated, info = self.env.step(action)
        data.qfrc_applied[:] = 0
        self._step += 1
        if terminated or truncated:
            if terminated:
                self.level = max(0.1, self.level - self._growth)
            elif self._disturbed:
                self.level = min(1.0, self.level + self._growth)
            info = {**info, "level": self.level}
        return observation, reward, terminated, truncated, info

    def _begin(self) -> None:
        """Draws the next shove or pull, which starts now."""
        rng = self._rng
        angle = rng.uniform(-np.pi, np.pi)
        pull = rng.uniform() < self._pulls
        steps = max(1, round((PULL_SECONDS if pull else SHOVE_SECONDS) / self._inner.dt))
        newtons = rng.uniform(*self._force) if pull else rng.uniform(*self._impulse) / (steps * self._inner.dt)
        self._body = self._bodies[rng.integers(len(self._bodies))]
        self._vector = self.level * newtons * np.array([np.cos(angle), np.sin(angle), 0.0])
        self._until = self._step + steps
        self._next = self._until + self._pause()
        self._disturbed = True

    def _pause(self) -> int:
        """Control steps to the next force."""
        return max(1, round(self._rng.uniform(*self._every) / self._inner.dt))


def apply_force(env: MujocoEnv, body: int, force: NDArray[np.float64]) -> None:
    """Adds a force, newtons in the world's frame [3], at the body's centre of mass to `qfrc_applied`."""
    data = env.data
    mujoco.mj_applyFT(env.model, data, force, np.zeros(3), data.xipos[body], body, data.qfrc_applied)


def _movable_body(model: mujoco.MjModel, name: str) -> int:
    movable = [model.body(i).name for i in range(model.nbody) if model.body_invweight0[i, 0] > 0]
    if name not in movable:
        raise ValueError(f"the model has no movable body {name!r}; those that move are {', '.join(movable)}")
    return int(model.body(name).id)
