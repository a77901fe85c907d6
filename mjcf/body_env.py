"""What our environments have in common: a scene, a level, and a reward that is a sum of named terms."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from gymnasium.spaces import Box
from gymnasium.utils import EzPickle
from numpy.typing import NDArray

Array = NDArray[np.float64]


class BodyEnv(MujocoEnv, EzPickle):
    """A body of ours in Gymnasium, with control steps of 20 ms.

    Args:
        scene: the MJCF file.
        size: numbers of an observation.
        arguments: of the environment's own constructor, for its copies.
        frame_skip: MuJoCo's steps in a control step.
        kwargs: other arguments of `MujocoEnv`, such as `render_mode`.
    """

    metadata = {  # noqa: RUF012  # Gymnasium declares it so
        "render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"],
        "render_fps": 50,
    }

    def __init__(
        self, scene: Path, size: int, arguments: tuple[Any, ...] = (), *, frame_skip: int = 5, **kwargs: Any
    ) -> None:
        EzPickle.__init__(self, *arguments, **kwargs)
        space = Box(low=-np.inf, high=np.inf, shape=(size,), dtype=np.float64)
        MujocoEnv.__init__(self, str(scene), frame_skip, observation_space=space, **kwargs)

    @property
    @abstractmethod
    def is_healthy(self) -> bool:
        """Whether the episode goes on."""

    @abstractmethod
    def rewards(self) -> dict[str, np.float64]:
        """The terms of the reward after a control step; their sum in this order is the reward."""

    @abstractmethod
    def observe(self) -> Array:
        """The observation of the state as it is."""

    @abstractmethod
    def draw(self, qpos: Array, qvel: Array) -> None:
        """Adds what a reset draws to the model's own position and velocity."""

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], np.float64, bool, bool, dict[str, np.float64]]:
        """One control step; see `gymnasium.Env.step`."""
        self.do_simulation(action, self.frame_skip)
        terms = self.rewards()
        if self.render_mode == "human":
            self.render()
        reward = np.float64(0.0)
        for term in terms.values():
            reward = reward + term
        return self.observe(), reward, not self.is_healthy, False, terms

    def reset_model(self) -> Array:
        """The model's own state and what is drawn."""
        qpos, qvel = self.init_qpos.copy(), self.init_qvel.copy()
        self.draw(qpos, qvel)
        self.set_state(qpos, qvel)
        return self.observe()


def level_of(levels: Mapping[int, Any], level: int) -> Any:
    """The level of that number.

    Raises:
        ValueError: there is none.
    """
    if level not in levels:
        raise ValueError(f"level is one of {', '.join(map(str, levels))}, not {level!r}")
    return levels[level]
