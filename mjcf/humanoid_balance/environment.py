"""The Gymnasium class of `bbconvert/HumanoidBalance-v0`."""

from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.envs.mujoco.humanoid_v4 import HumanoidEnv
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from gymnasium.spaces import Box
from gymnasium.utils import EzPickle
from numpy.typing import NDArray

from bbconvert.mjcf.humanoid_balance.dynamics import (
    CTRL_COST_WEIGHT,
    HEALTHY_REWARD,
    INIT_QPOS,
    MIN_UPRIGHT,
    MIN_Z,
    RESET_NOISE,
)

SCENE = Path(__file__).parent / "scene.xml"


class HumanoidBalanceEnv(HumanoidEnv):
    """Stand upright on flat feet, pushed or not.

    Observation: Humanoid-v4's 376 float64 numbers, term for term. Action: 17 torques in [-0.4, 0.4], float32. Control
    at 100 Hz (timestep 0.002 s, frame_skip 5). Reward: 1 a step less 0.1 times the squared controls. An episode
    terminates when the torso is lower than 0.75 m or its up axis has a world z under 0.2, and is truncated after 1,000
    steps (10 s).

    Source: the scene is gymnasium/envs/mujoco/assets/humanoid.xml through make_scene.py.
    """

    metadata = {  # noqa: RUF012  # Gymnasium declares it so
        "render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"],
        "render_fps": 100,
    }

    def __init__(self, **kwargs: Any) -> None:
        EzPickle.__init__(self, **kwargs)
        self._exclude_current_positions_from_observation = True  # read by HumanoidEnv._get_obs
        space = Box(low=-np.inf, high=np.inf, shape=(376,), dtype=np.float64)
        MujocoEnv.__init__(self, str(SCENE), 5, observation_space=space, **kwargs)
        self.init_qpos = np.array(INIT_QPOS)

    @property
    def is_healthy(self) -> bool:
        """Whether the torso is high and upright enough for the episode to go on."""
        return bool(self.data.qpos[2] > MIN_Z and self.data.body("torso").xmat[8] > MIN_UPRIGHT)

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], np.float64, bool, bool, dict[str, np.float64]]:
        """One control step of 10 ms; see `gymnasium.Env.step`."""
        self.do_simulation(action, self.frame_skip)
        healthy_reward = np.float64(HEALTHY_REWARD)
        ctrl_cost = CTRL_COST_WEIGHT * np.sum(np.square(self.data.ctrl))
        if self.render_mode == "human":
            self.render()
        info = {"reward_alive": healthy_reward, "reward_quadctrl": -ctrl_cost}
        return self._get_obs(), healthy_reward - ctrl_cost, not self.is_healthy, False, info

    def reset_model(self) -> NDArray[np.float64]:
        """The crouched stance, every coordinate and velocity jittered uniformly by 0.01."""
        qpos = self.init_qpos + self.np_random.uniform(-RESET_NOISE, RESET_NOISE, self.model.nq)
        qvel = self.init_qvel + self.np_random.uniform(-RESET_NOISE, RESET_NOISE, self.model.nv)
        self.set_state(qpos, qvel)
        observation: NDArray[np.float64] = self._get_obs()
        return observation
