"""What HumanoidBalance's policy is trained on: random starts, and a reward for standing quietly."""

from pathlib import Path
from typing import Any, Literal, cast

import gymnasium
import mujoco
import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray

Observation = NDArray[np.float64]
Action = NDArray[np.float32]

JOINT_NOISE = 0.03
"""Radians that each joint starts from the stance, to either side."""
PUSH_OFF = 0.2
"""Metres a second of the torso at the start, in each horizontal direction."""
BOWED_SHARE = 0.25
"""Of the episodes: how many begin as if in answer to a push, bowed and falling."""
BOW = 0.8
"""Radians, the deepest of these at the hips; half of it at the waist; a third of both backwards."""
BOW_RATE = 5.0
"""Radians a second, the fastest of these at either joint."""
FALLING = 0.5
"""Metres a second, the fastest of these, over ground."""
TORQUE_LIMIT = 0.4
FALL_SECONDS = 0.3
"""sqrt(height of the centre of mass / g): how far ahead of it in time the capture point lies."""

_SOLVERS = {
    "PGS": mujoco.mjtSolver.mjSOL_PGS,
    "CG": mujoco.mjtSolver.mjSOL_CG,
    "Newton": mujoco.mjtSolver.mjSOL_NEWTON,
}


class QuietStanding(gymnasium.Wrapper[Observation, Action, Observation, Action]):
    """Any heading at the start, some starts in the answer to a push, and a reward of at most 1.15 a step.

    The terms: being up, the torso upright, the body slow over ground, the joints near the stance, and the capture
    point (where a foot would have to be for the body to come to rest above it) near the line between the feet; less
    small costs of changing the action, of turning and of torque.

    Args:
        env: HumanoidBalance.
        starts: a .npy of states [n, 47], qpos and qvel, in which a `share` of the episodes begins.
        share: 0 to 1.
        solver: MuJoCo's, of the contacts; None: the scene's, PGS. Newton takes some 60% of the time.

    Raises:
        ValueError: there is no such file, or it holds something else; there is no such solver.
    """

    def __init__(
        self,
        env: gymnasium.Env[Observation, Action],
        *,
        starts: str | None = None,
        share: float = 0.0,
        solver: Literal["PGS", "CG", "Newton"] | None = None,
    ) -> None:
        super().__init__(env)
        inner = cast("MujocoEnv", env.unwrapped)
        self._inner, self._model, self._data = inner, inner.model, inner.data
        if solver not in (None, *_SOLVERS):
            raise ValueError(f"solver is one of {', '.join(_SOLVERS)}, not {solver}")
        if solver is not None:
            inner.model.opt.solver = _SOLVERS[solver]
        self._torso = inner.model.body("torso").id
        self._feet = [inner.model.body(f"{side}_foot").id for side in ("right", "left")]
        self._stance = np.array(inner.init_qpos[7:])
        self._previous = np.zeros(inner.model.nu)
        self._starts = None if starts is None else _states(Path(starts), inner.model)
        self._share = share

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Gymnasium's reset, turned to any heading and moving."""
        _, info = self.env.reset(seed=seed, options=options)
        rng = self._inner.np_random
        qpos, qvel = self._data.qpos.copy(), self._data.qvel.copy()
        qpos[7:] += rng.uniform(-JOINT_NOISE, JOINT_NOISE, qpos.size - 7)
        qvel[:2] += rng.uniform(-PUSH_OFF, PUSH_OFF, 2)
        if self._starts is not None and rng.uniform() < self._share:
            qpos, qvel = np.split(self._starts[rng.integers(len(self._starts))].copy(), [qpos.size])
        elif rng.uniform() < BOWED_SHARE:
            self._begin_bowed(qpos, qvel)
        yaw = rng.uniform(-np.pi, np.pi)
        cos, sin = np.cos(yaw), np.sin(yaw)
        mujoco.mju_mulQuat(qpos[3:7], np.array([np.cos(yaw / 2), 0, 0, np.sin(yaw / 2)]), qpos[3:7].copy())
        qvel[:2] = [cos * qvel[0] - sin * qvel[1], sin * qvel[0] + cos * qvel[1]]
        self._inner.set_state(qpos, qvel)
        self._previous = np.zeros(self._model.nu)
        return cast("Any", self._inner)._get_obs(), info

    def step(self, action: Action) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Gymnasium's step, with the reward of training."""
        observation, _, terminated, truncated, info = self.env.step(action)
        return observation, self._reward(action), terminated, truncated, info

    def _begin_bowed(self, qpos: NDArray[np.float64], qvel: NDArray[np.float64]) -> None:
        """Bends hips and waist about feet that stay where they are, going on bending, and the body falling that way.

        This is what answers a push from behind or from the front: the upper body takes up the turning, and the ground
        has time to take it away.
        """
        rng = self._inner.np_random
        way = rng.choice((-1.0, 1.0))  # 1: forwards
        feet = self._feet_at(qpos, qvel)[0]
        for joints, most in ((("right_hip_y", "left_hip_y"), BOW), (("abdomen_y",), BOW / 2)):
            angle, rate = way * rng.uniform(0, most if way > 0 else most / 3), way * rng.uniform(0, BOW_RATE)
            for joint in joints:
                at = self._model.joint(joint)
                qpos[at.qposadr[0]] -= angle
                qvel[at.dofadr[0]] -= rate
            turn = np.array([np.cos(angle / 2), 0, np.sin(angle / 2), 0])
            mujoco.mju_mulQuat(qpos[3:7], qpos[3:7].copy(), turn)
            qvel[4] += rate
        position, velocity = self._feet_at(qpos, qvel)
        qpos[:3] += feet - position
        qvel[:3] -= velocity
        qvel[0] += way * rng.uniform(0, FALLING)

    def _feet_at(
        self, qpos: NDArray[np.float64], qvel: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Position and velocity [3] of the middle between the feet."""
        self._inner.set_state(qpos, qvel)
        velocities = np.zeros((len(self._feet), 6))
        for foot, velocity in zip(self._feet, velocities, strict=True):
            mujoco.mj_objectVelocity(self._model, self._data, mujoco.mjtObj.mjOBJ_BODY, foot, velocity, 0)
        return self._data.xipos[self._feet].mean(axis=0), velocities[:, 3:].mean(axis=0)

    def _reward(self, action: Action) -> float:
        data = self._data
        mujoco.mj_subtreeVel(self._model, data)
        velocity, turning = data.subtree_linvel[self._torso, :2], data.qvel[3:6]
        capture = data.subtree_com[self._torso, :2] + FALL_SECONDS * velocity
        one, other = data.xipos[self._feet, :2]
        between = other - one
        along = np.clip((capture - one) @ between / max(between @ between, 1e-6), 0.0, 1.0)
        off_feet = capture - one - along * between
        change = (action - self._previous) / TORQUE_LIMIT
        self._previous = np.array(action)
        posture = data.qpos[7:] - self._stance
        return float(
            0.5
            + 0.05 * np.exp(-8 * (1 - data.xmat[self._torso, 8]))
            + 0.05 * np.exp(-4 * (velocity @ velocity))
            + 0.1 * np.exp(-(posture @ posture))
            + 0.45 * np.exp(-20 * (off_feet @ off_feet))
            - 0.003 * (change @ change)
            - 0.001 * min(turning @ turning, 50.0)
            - 0.05 * np.sum(np.square(data.ctrl))
        )


def _states(path: Path, model: mujoco.MjModel) -> NDArray[np.float64]:
    if not path.is_file():
        raise ValueError(f"there is no {path}: policies/humanoid-balance/recoveries.py makes it")
    states: NDArray[np.float64] = np.load(path).astype(np.float64)
    if states.ndim != 2 or states.shape[1] != model.nq + model.nv:
        raise ValueError(f"{path} has {states.shape} numbers, expected states of {model.nq + model.nv} each")
    return states
