"""The Gymnasium class of `bbconvert/BalanceBot-v0`."""

from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from gymnasium.spaces import Box
from gymnasium.utils import EzPickle
from numpy.typing import NDArray

from bbconvert.mjcf.balance_bot.dynamics import (
    CTRL_COST_WEIGHT,
    DISTANCE_WEIGHT,
    EDGE,
    HEALTHY_REWARD,
    LEAN,
    LEVELS,
    TURN,
)

SCENE = Path(__file__).parent / "scene.xml"


class BalanceBotEnv(MujocoEnv, EzPickle):
    """Keep a rigid body on a round base upright, on a platform that swings on springs.

    Observation, 10 float64 numbers: tilt (the world's up axis in the bot's frame, x and y), heading (the world y of the
    bot's x axis), angular velocity (3, the bot's frame, rad/s), position and velocity on the platform (x and y, metres
    and m/s). Action: 3 torques about the bot's axes in [-1, 1], float32, of 12, 12 and 3 N·m. Control at 50 Hz
    (timestep 0.002 s, frame_skip 10). Reward: 1 a step less 0.5 times the distance from the platform's middle and 0.05
    times the squared controls. An episode terminates when the bot tilts beyond its level's limit or is off the
    platform, and is truncated after 1,000 steps (20 s).

    Args:
        level: 1, 2 or 3; see `mjcf.balance_bot.dynamics.LEVELS`. Higher ones swing the platform faster and end sooner.
        kwargs: other arguments of `MujocoEnv`, such as `render_mode`.

    Raises:
        ValueError: there is no such level.
    """

    metadata = {  # noqa: RUF012  # Gymnasium declares it so
        "render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"],
        "render_fps": 50,
    }

    def __init__(self, level: int = 1, **kwargs: Any) -> None:
        EzPickle.__init__(self, level, **kwargs)
        if level not in LEVELS:
            raise ValueError(f"level is one of {', '.join(map(str, LEVELS))}, not {level!r}")
        self._level = LEVELS[level]
        space = Box(low=-np.inf, high=np.inf, shape=(10,), dtype=np.float64)
        MujocoEnv.__init__(self, str(SCENE), 10, observation_space=space, **kwargs)

    @property
    def is_healthy(self) -> bool:
        """Whether the bot is upright enough and on the platform."""
        upright = self.data.body("bot").xmat[8] > self._level.upright
        return bool(upright and np.all(np.abs(self.data.qpos[2:4]) < EDGE))

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], np.float64, bool, bool, dict[str, np.float64]]:
        """One control step of 20 ms; see `gymnasium.Env.step`."""
        self.do_simulation(action, self.frame_skip)
        away = np.linalg.norm(self.data.body("bot").xpos - self.data.body("platform").xpos)
        info = {
            "reward_alive": np.float64(HEALTHY_REWARD),
            "reward_distance": -DISTANCE_WEIGHT * away,
            "reward_quadctrl": -CTRL_COST_WEIGHT * np.sum(np.square(self.data.ctrl)),
        }
        if self.render_mode == "human":
            self.render()
        reward = info["reward_alive"] + info["reward_distance"] + info["reward_quadctrl"]
        return self._get_obs(), reward, not self.is_healthy, False, info

    def reset_model(self) -> NDArray[np.float64]:
        """Upright in the middle, a little off: tilt and heading jittered, the platform set swinging."""
        qpos, qvel = self.init_qpos.copy(), self.init_qvel.copy()
        qpos[6:8] += self.np_random.uniform(-LEAN, LEAN, 2)
        qpos[8:9] += self.np_random.uniform(-TURN, TURN, 1)
        qvel[0:2] += self.np_random.uniform(-self._level.swing, self._level.swing, 2)
        self.set_state(qpos, qvel)
        return self._get_obs()

    def _get_obs(self) -> NDArray[np.float64]:
        turn = self.data.body("bot").xmat
        return np.concatenate([turn[6:8], turn[3:4], self.data.qvel[5:8], self.data.qpos[2:4], self.data.qvel[2:4]])
