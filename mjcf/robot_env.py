"""A robot in Gymnasium, played by its own deployment loop: the loop is data."""

from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from gymnasium.spaces import Box
from numpy.typing import NDArray

from bbconvert.mjcf.control import Command, Control, ModelChanges
from bbconvert.mjcf.controller import Controller
from bbconvert.mjcf.model_changes import change_model
from bbconvert.mjcf.spec import Condition, Termination
from bbconvert.observation.extractor import Asked, ObservationExtractor
from bbconvert.observation.spec import ObservationSpec

Array = NDArray[np.float64]


class RobotEnv(MujocoEnv):
    """A control loop around a scene: nothing is drawn at a reset, and each control step pays 1 while the robot stands.

    `command` may be set at any time; the next observation tells it.

    Args:
        scene: the MJCF file.
        observation: what the policy sees.
        control: what becomes of its action.
        command: what the user may ask for, or None.
        timestep: seconds of one of MuJoCo's steps.
        frame_skip: MuJoCo's steps in a control step.
        qpos: [nq], the position after a reset; velocities are 0.
        termination: when the robot has fallen.
        changes: what the loop changes in the scene's model, or None.
        kwargs: other arguments of `MujocoEnv`, such as `render_mode`.

    Raises:
        ValueError: the loop names what the scene does not have, or another number of actuators.
    """

    metadata = {"render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"]}  # noqa: RUF012  # Gymnasium's way

    def __init__(
        self,
        scene: Path,
        *,
        observation: ObservationSpec,
        control: Control,
        command: Command | None,
        timestep: float,
        frame_skip: int,
        qpos: list[float],
        termination: Termination,
        changes: ModelChanges | None = None,
        **kwargs: Any,
    ) -> None:
        self.metadata = {**self.metadata, "render_fps": int(np.round(1 / (timestep * frame_skip)))}
        self._timestep = timestep
        self._control, self._changes = control, changes
        self._asked = Asked()
        space = Box(low=-np.inf, high=np.inf, shape=(observation.size,), dtype=np.float64)
        super().__init__(str(scene), frame_skip, observation_space=space, **kwargs)
        self._start = np.array(qpos)
        self._termination = termination
        self._fresh = observation.fresh
        self._controller = Controller(self.model, control)
        self._hold = control.hold
        self._asked.action = np.zeros(self.model.nu)
        self._initial = np.array([] if command is None else command.initial)
        self.command: Array = self._initial.copy()
        self._extract = ObservationExtractor(self.model, observation, self._asked)
        if self._extract.size != observation.size:
            raise ValueError(f"the observation's terms make {self._extract.size} numbers, expected {observation.size}")

    def _initialize_simulation(self) -> tuple[mujoco.MjModel, mujoco.MjData]:
        model = mujoco.MjModel.from_xml_path(self.fullpath)
        model.opt.timestep = self._timestep
        change_model(model, self._control, self._changes)
        model.vis.global_.offwidth, model.vis.global_.offheight = self.width, self.height
        return model, mujoco.MjData(model)

    def _set_action_space(self) -> Box:
        """An action is what the network gives: nothing bounds it."""
        self.action_space = Box(low=-np.inf, high=np.inf, shape=(self.model.nu,), dtype=np.float32)
        return self.action_space

    @property
    def asked(self) -> Asked:
        """What the observation reads beside MuJoCo's data."""
        return self._asked

    @property
    def term_sizes(self) -> list[int]:
        """How many numbers each term of the observation has."""
        return self._extract.term_sizes

    @property
    def command(self) -> Array:
        """What the user asks for, [c] float64."""
        return self._asked.command

    @command.setter
    def command(self, values: Array) -> None:
        # Deployment scripts hold a command in float32.
        self._asked.command = np.asarray(values, np.float32).astype(np.float64)

    def step(self, action: NDArray[np.float32]) -> tuple[Array, np.float64, bool, bool, dict[str, np.float64]]:
        """One control step; see `gymnasium.Env.step`."""
        self._controller.aim(action, self.data)
        self._extract.remember(self.dt)
        self._advance(self.frame_skip)
        self._asked.action = np.asarray(action, np.float32).astype(np.float64)
        if self.render_mode == "human":
            self.render()
        reward = np.float64(1.0)
        return self.observe(), reward, not self.is_healthy, False, {"reward_survive": reward}

    def do_simulation(self, ctrl: NDArray[np.float32], n_frames: int) -> None:
        """As `step`, without an observation."""
        self._controller.aim(ctrl, self.data)
        self._advance(n_frames)

    def _advance(self, steps: int) -> None:
        for _ in range(steps):
            self.data.ctrl[:] = self._controller.ctrl(self.data)
            mujoco.mj_step(self.model, self.data)
        mujoco.mj_rnePostConstraint(self.model, self.data)

    def observe(self) -> Array:
        """The observation [n] of the state as it is."""
        if self._fresh:
            mujoco.mj_step1(self.model, self.data)
        return self._extract(self.data)

    _get_obs = observe

    @property
    def is_healthy(self) -> bool:
        """Whether the robot stands."""
        return all(_holds(condition, self.data) for condition in self._termination.healthy)

    def reset_model(self) -> Array:
        """The position at the start, then the steps in which the loop holds it."""
        self._asked.action = np.zeros(self.model.nu)
        self.command = self._initial
        self.data.qpos[:] = self._start
        self._controller.rest()
        if self._hold == 0:  # else `mj_step` computes what an observation reads
            mujoco.mj_step1(self.model, self.data)
        self._advance(self._hold)
        if self._fresh:
            mujoco.mj_step1(self.model, self.data)
        self._extract.begin(self.data)
        return self._extract(self.data)


def _holds(condition: Condition, data: mujoco.MjData) -> bool:
    value = float(getattr(data, condition.source)[condition.index])
    above = condition.above is None or value > condition.above
    below = condition.below is None or value < condition.below
    return above and below
