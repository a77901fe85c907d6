"""Plays a policy in Gymnasium: seeded episodes, and the golden rollout that everything is compared with."""

from dataclasses import dataclass

import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray

from bbconvert.convert.constants import ULPS
from bbconvert.convert.environments.environment import Env, mujoco_env
from bbconvert.convert.rollout.policy import Float32, Float64, Policy

GOLDEN_STEPS = 300


@dataclass(frozen=True)
class Golden:
    """A recorded rollout: one seeded reset, T control steps, stepped on past termination.

    seed [1] int64; qpos [T+1, nq], qvel [T+1, nv], observation [T+1, n] float64 (raw); action [T, m] float32 as given
    to env.step; reward [T] float64; terminated, truncated [T] uint8.
    """

    seed: NDArray[np.int64]
    qpos: NDArray[np.float64]
    qvel: NDArray[np.float64]
    observation: NDArray[np.float64]
    action: NDArray[np.float32]
    reward: NDArray[np.float64]
    terminated: NDArray[np.uint8]
    truncated: NDArray[np.uint8]

    @property
    def steps(self) -> int:
        """T, the number of control steps."""
        return int(self.reward.size)


@dataclass(frozen=True)
class Episode:
    """One episode in closed loop, to its termination or truncation."""

    seed: int
    actions: NDArray[np.float32]
    rewards: NDArray[np.float64]
    terminated: bool

    @property
    def total(self) -> float:
        """The return: rewards summed in order, as Gymnasium's statistics do."""
        return float(sum(self.rewards.tolist()))

    def total_to(self, steps: int) -> float:
        """The return of the first `steps` control steps."""
        return float(sum(self.rewards[:steps].tolist()))

    @property
    def length(self) -> int:
        """Control steps."""
        return int(self.rewards.size)


class RecordedPolicy:
    """Plays recorded actions [T, m] float32, whatever it observes."""

    def __init__(self, actions: Float32) -> None:
        self._actions = iter(actions)

    def begin(self) -> None:
        """Goes on with the next action."""

    def observe(self, observation: Float64) -> None:
        """Ignores it: the actions are recorded."""

    def __call__(self, observation: Float64) -> Float32:  # noqa: ARG002  # a Policy is asked with it
        """The next recorded action."""
        action: Float32 = next(self._actions)
        return action


def record_golden(env: Env, policy: Policy, seed: int, steps: int = GOLDEN_STEPS) -> Golden:
    """Records `steps` control steps from `env.reset(seed=seed)`, fewer where the environment truncates earlier."""
    inner = mujoco_env(env)
    observation, _ = env.reset(seed=seed)
    policy.begin()
    policy.observe(observation)
    qpos, qvel = [inner.data.qpos.copy()], [inner.data.qvel.copy()]
    observations, actions, rewards, terminations, truncations = [observation.copy()], [], [], [], []
    for _ in range(steps):
        action = policy(observation)
        observation, reward, terminated, truncated, _ = env.step(action)
        policy.observe(observation)
        qpos.append(inner.data.qpos.copy())
        qvel.append(inner.data.qvel.copy())
        observations.append(observation.copy())
        actions.append(action)
        rewards.append(float(reward))
        terminations.append(terminated)
        truncations.append(truncated)
        if truncated:
            break
    return Golden(
        seed=np.array([seed], np.int64),
        qpos=np.array(qpos),
        qvel=np.array(qvel),
        observation=np.array(observations),
        action=np.array(actions, np.float32),
        reward=np.array(rewards),
        terminated=np.array(terminations, np.uint8),
        truncated=np.array(truncations, np.uint8),
    )


def replay(env: Env, golden: Golden) -> Golden:
    """The golden actions given to a fresh environment from the golden seed: what Gymnasium answers now."""
    return record_golden(env, RecordedPolicy(golden.action), int(golden.seed[0]), golden.steps)


def replay_synchronised(env: Env, golden: Golden) -> Golden:
    """The same, but each step starts from the recorded positions and velocities, so that differences do not add up."""
    inner = mujoco_env(env)
    observation, _ = env.reset(seed=int(golden.seed[0]))
    qpos, qvel = [inner.data.qpos.copy()], [inner.data.qvel.copy()]
    observations, rewards, terminations, truncations = [observation.copy()], [], [], []
    for step, action in enumerate(golden.action):
        inner.data.qpos[:] = golden.qpos[step]
        inner.data.qvel[:] = golden.qvel[step]
        observation, reward, terminated, truncated, _ = env.step(action)
        qpos.append(inner.data.qpos.copy())
        qvel.append(inner.data.qvel.copy())
        observations.append(observation.copy())
        rewards.append(float(reward))
        terminations.append(terminated)
        truncations.append(truncated)
    return Golden(
        seed=golden.seed,
        qpos=np.array(qpos),
        qvel=np.array(qvel),
        observation=np.array(observations),
        action=golden.action,
        reward=np.array(rewards),
        terminated=np.array(terminations, np.uint8),
        truncated=np.array(truncations, np.uint8),
    )


@dataclass(frozen=True)
class Rerun:
    """A rerun of an episode under an ULP perturbation, which stops before the first action that differs.

    Args:
        of: the episode.
        rng: draws the signs of the perturbation, see `perturb_by_ulps`.
    """

    of: Episode
    rng: np.random.Generator


def play_episode(
    env: Env, policy: Policy, seed: int, *, limit: int | None = None, rerun: Rerun | None = None
) -> Episode:
    """One episode from `env.reset(seed=seed)`, or its first `limit` steps, or those that repeat another episode."""
    inner = mujoco_env(env)
    observation, _ = env.reset(seed=seed)
    policy.begin()
    policy.observe(observation)
    actions: list[Float32] = []
    rewards: list[float] = []
    terminated = truncated = False
    while not (terminated or truncated or len(actions) == limit):
        action = policy(observation)
        if rerun is not None:
            if not np.array_equal(action, rerun.of.actions[len(actions)]):
                break
            perturb_by_ulps(inner, rerun.rng)
        observation, reward, terminated, truncated, _ = env.step(action)
        policy.observe(observation)
        actions.append(action)
        rewards.append(float(reward))
    return Episode(seed, np.array(actions, np.float32), np.array(rewards), terminated)


def perturb_by_ulps(env: MujocoEnv, rng: np.random.Generator) -> None:
    """Multiplies every position and velocity by 1 ± `ULPS`, with random signs.

    That is as much as the arithmetic of another machine may change in a control step.
    """
    for numbers in (env.data.qpos, env.data.qvel):
        numbers[:] *= 1 + ULPS * rng.choice((-1.0, 1.0), numbers.size)


def equal_steps(one: Episode, other: Episode) -> int:
    """For how many control steps the two have bit-equal actions."""
    common = min(one.length, other.length)
    different = np.any(one.actions[:common] != other.actions[:common], axis=1)
    return int(np.argmax(different)) if np.any(different) else common
