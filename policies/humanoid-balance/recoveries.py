"""What a body can do against a force that its policy falls to: searched, and cloned into the policy.

    python policies/humanoid-balance/recoveries.py

PPO's noise is another one at each step and never adds up to a stride. A residual on top of the standing policy's
actions that changes slowly does: the cross-entropy method finds one for each shove of a grid, and a stride is soon
among them. Many rollouts of each, from many stances under shoves near by, are cloned into the policy, which is what
`stepping.yaml` goes on from; states on the way are where a part of its episodes begin (`QuietStanding`).
"""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import gymnasium
import numpy as np
import torch
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

import bbconvert.mjcf.registration  # noqa: F401  # registers the humanoid
from bbconvert.convert.cli.console import Progress
from bbconvert.convert.training.mirror import keep_symmetric
from bbconvert.mjcf.humanoid_balance.mirror import humanoid_mirror
from bbconvert.mjcf.humanoid_balance.training import TORQUE_LIMIT, QuietStanding
from bbconvert.mjcf.perturbation import Perturbation, apply_force
from bbconvert.mjcf.spec import SHOVE_SECONDS

HERE = Path(__file__).parent
STANDING, CLONED, STATES = HERE / "standing", HERE / "cloned", HERE / "recoveries.npy"
MODEL, STATISTICS = "ppo-HumanoidBalance-v0.zip", "vec_normalize.pkl"

TOGETHER = 64
"""Rollouts of a generation, and of a recovery that has been found."""
ELITE = 14
GENERATIONS = 10
"""At most, from a neighbour's residual; twice as many from none."""
GOOD_ENOUGH = 0.6
"""Of a generation: how many stand when the search ends."""
KNOTS = 11
STARTS = 24
KEPT = 28
"""Rollouts of a recovery that are cloned, at most."""
KEPT_STATES = 8000
BEGIN, APART, STEPS, LABELLED = 6, 8, 250, 170
"""Control steps from a shove's begin: to a residual's first knot, from knot to knot, to the end, and those cloned."""
IMPULSES = (30, 25, 35, 40, 45, 50)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shove:
    """An impulse on the torso of a body that faces along x: N·s, and its direction in degrees to the left of that."""

    degrees: float
    impulse: float

    def near(self, rng: np.random.Generator) -> "Shove":
        """One like this."""
        return Shove(self.degrees + rng.uniform(-8, 8), self.impulse + rng.uniform(-2.5, 2.5))

    @property
    def force(self) -> Array:
        """Newtons, world [3] float64."""
        angle = np.deg2rad(self.degrees)
        return self.impulse / SHOVE_SECONDS * np.array([np.cos(angle), np.sin(angle), 0.0])


@dataclass(frozen=True)
class Recovery:
    """Rollouts under shoves near one, those that stood: [rollouts, steps, …]; the actions are the residual's own."""

    observations: NDArray[np.float32]
    actions: NDArray[np.float32]
    states: Array


class Search:
    """Residuals on a policy that stands."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._model = PPO.load(STANDING / MODEL, device="cpu")
        wrapped = [QuietStanding(_humanoid()) for _ in range(TOGETHER)]
        self._envs, self._inner = wrapped, [cast("MujocoEnv", env.unwrapped) for env in wrapped]
        self._statistics = VecNormalize.load(str(STANDING / STATISTICS), DummyVecEnv([_humanoid]))
        self._stances = [self._stance(seed) for seed in range(STARTS)]

    def policy(self, observations: Array) -> Array:
        """Actions [n, 17] of the standing policy."""
        normalized = self._statistics.normalize_obs(observations)
        return np.asarray(self._model.predict(normalized, deterministic=True)[0], np.float64)

    def search(self, degrees: Sequence[float]) -> list[tuple[Shove, float, Recovery]]:
        """Recoveries from all impulses in these directions; each begins at what was found for one near by.

        Returns:
            with each shove: how many of the rollouts stood, 0 to 1.
        """
        found, before = [], dict[float, Array]()
        for direction in degrees:
            now: dict[float, Array] = {}
            for impulse in IMPULSES:
                weaker = now.get(impulse - 5, now.get(impulse + 5))
                near = [one for one in (weaker, before.get(impulse)) if one is not None]
                now[impulse] = self._find(Shove(direction, impulse), near)
                shove = Shove(direction, impulse)
                found.append((shove, *self._rollouts(shove, now[impulse])))
                Progress().say(f"{direction}°, {impulse} N·s: {found[-1][1]:.0%} of the rollouts stand")
            before = now
        return found

    def _stance(self, seed: int) -> tuple[Array, Array]:
        env = self._inner[0]
        observation, _ = env.reset(seed=seed)
        for _ in range(30 + 7 * seed):
            observation = env.step(self.policy(observation[None])[0])[0]
        return env.data.qpos.copy(), env.data.qvel.copy()

    def _find(self, shove: Shove, near: Sequence[Array]) -> Array:
        """The cross-entropy method, on residuals [knots, 17]."""
        mean, deviation, generations = np.zeros((KNOTS, 17)), 0.25, 2 * GENERATIONS
        if near:
            returns = [self._play([shove] * 16, np.repeat(one[None], 16, axis=0))[0].mean() for one in near]
            mean, deviation, generations = near[int(np.argmax(returns))], 0.14, GENERATIONS
        spread = np.full_like(mean, deviation)
        weights = np.log(ELITE + 1) - np.log(np.arange(1, ELITE + 1))
        weights /= weights.sum()
        for _ in range(generations):
            residuals = mean + spread * self._rng.standard_normal((TOGETHER, *mean.shape))
            residuals[0] = mean
            returns, up, _ = self._play([shove] * TOGETHER, residuals)
            elite = residuals[np.argsort(-returns)[:ELITE]]
            variance = np.tensordot(weights, (elite - mean) ** 2, 1)
            spread = np.maximum(np.sqrt(0.75 * spread**2 + 0.25 * variance), 0.04)
            mean = np.tensordot(weights, elite, 1)
            if up.mean() >= GOOD_ENOUGH:
                break
        return mean

    def _rollouts(self, shove: Shove, residual: Array) -> tuple[float, Recovery]:
        noisy = residual + 0.05 * self._rng.standard_normal((TOGETHER, *residual.shape))
        _, up, recovery = self._play([shove.near(self._rng) for _ in noisy], noisy, residual)
        stood = np.flatnonzero(up)[:KEPT]
        return float(up.mean()), Recovery(*(part[stood] for part in vars(recovery).values()))

    def _play(
        self, shoves: Sequence[Shove], residuals: Array, own: Array | None = None
    ) -> tuple[Array, NDArray[np.bool_], Recovery]:
        """Plays each residual [n, knots, 17]: its return, and whether it stood; `own`: whose action is kept instead."""
        n, shoved = len(residuals), round(SHOVE_SECONDS / self._inner[0].dt)
        torso = self._inner[0].model.body("torso").id
        observations = np.stack([self._start(env) for env in self._envs[:n]])
        returns, up = np.zeros(n), np.ones(n, dtype=np.bool_)
        seen: list[tuple[Any, Any, Any]] = []
        for step in range(STEPS):
            base = self.policy(observations)
            at = (step - BEGIN) / APART
            acts = 0 <= at < KNOTS - 1
            actions = _with(base, residuals, at) if acts else base
            if step < LABELLED:
                label = _with(base, own[None], at) if acts and own is not None else actions
                states = [np.concatenate([env.data.qpos, env.data.qvel]) for env in self._inner[:n]]
                seen.append((observations.astype(np.float32), label.astype(np.float32), np.stack(states)))
            for i in np.flatnonzero(up):
                self._inner[i].data.qfrc_applied[:] = 0
                if step < shoved:
                    apply_force(self._inner[i], torso, shoves[i].force)
                observations[i], reward, fallen, _, _ = self._envs[i].step(actions[i].astype(np.float32))
                returns[i] += reward
                up[i] = not fallen
            if not up.any():
                break
        return returns, up, Recovery(*(np.stack(part, axis=1) for part in zip(*seen, strict=True)))

    def _start(self, env: QuietStanding) -> Array:
        env.reset(seed=0)
        inner = cast("Any", env.unwrapped)
        inner.set_state(*self._stances[self._rng.integers(STARTS)])
        return cast("Array", inner._get_obs())


def _with(base: Array, residuals: Array, at: float) -> Array:
    """Actions with the residuals between the knots before and after `at`."""
    knot = int(at)
    between = residuals[:, knot] + (at - knot) * (residuals[:, knot + 1] - residuals[:, knot])
    return np.clip(base + between, -TORQUE_LIMIT, TORQUE_LIMIT)


def _humanoid() -> gymnasium.Env[Any, Any]:
    return gymnasium.make("bbconvert/HumanoidBalance-v0", disable_env_checker=True)


def calm(search: Search, steps: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What the policy does where it stands by itself: observations and actions, half of them of disturbed steps."""
    shoved = {"impulse": (0.0, 20.0), "force": (10.0, 40.0), "pulls": 0.4, "every": (1.5, 4.0)}
    envs = [
        Perturbation(QuietStanding(_humanoid()), bodies=["torso", "left_lower_arm", "right_lower_arm"], **shoved)
        for _ in range(48)
    ]
    rng = np.random.default_rng(0)
    noise = 0.05 * (np.arange(len(envs)) % 2)[:, None]
    now = np.stack([env.reset(seed=i)[0] for i, env in enumerate(envs)])
    observations, actions = [], []
    with Progress().task("Standing", steps) as advance:
        for _ in range(steps):
            act = search.policy(now)
            observations.append(now.astype(np.float32))
            actions.append(act.astype(np.float32))
            act = np.clip(act + noise * rng.standard_normal(act.shape), -TORQUE_LIMIT, TORQUE_LIMIT)
            for i, env in enumerate(envs):
                now[i], _, fallen, ended, _ = env.step(act[i].astype(np.float32))
                if fallen or ended:
                    now[i], _ = env.reset()
            advance(1)
    return np.concatenate(observations), np.concatenate(actions)


def clone(observations: NDArray[np.float32], actions: NDArray[np.float32], epochs: int) -> None:
    """Teaches the standing policy these actions, by least squares, and writes the result."""
    torch.manual_seed(0)
    model = PPO.load(STANDING / MODEL, device="cpu")
    statistics = VecNormalize.load(str(STANDING / STATISTICS), DummyVecEnv([_humanoid]))
    policy: Any = model.policy
    keep_symmetric(model, humanoid_mirror(_humanoid()))
    seen, wanted = (torch.from_numpy(part) for part in (statistics.normalize_obs(observations), actions))
    size, n = 4096, len(seen)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        policy.optimizer, 1.5e-3, total_steps=epochs * (n // size), pct_start=0.1
    )
    with Progress().task("Cloning", epochs) as advance:
        for _ in range(epochs):
            for batch in torch.randperm(n).split(size)[: n // size]:
                target = wanted[batch]
                error = policy.action_net(policy.mlp_extractor.forward_actor(seen[batch].float())) - target
                beyond = (target.abs() >= TORQUE_LIMIT - 1e-3) & (error * target > 0)  # is clipped to the same action
                loss = torch.where(beyond, 0.05 * error, error).square().mean()
                policy.optimizer.zero_grad()
                loss.backward()
                policy.optimizer.step()
                rate.step()
            advance(1)
    policy.optimizer.state.clear()
    CLONED.mkdir(exist_ok=True)
    model.save(CLONED / MODEL)
    statistics.save(str(CLONED / STATISTICS))


def main() -> None:
    """Searches on all cores, writes the states, and clones."""
    sides = [range(0, 91, 15), range(180, 104, -15)]  # a shove from the right is one from the left, mirrored
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = [one for side in pool.map(_search, range(len(sides)), sides) for one in side]
    states = np.concatenate([recovery.states[:, :120].reshape(-1, 47) for *_, recovery in found])
    np.save(STATES, states[np.random.default_rng(0).choice(len(states), KEPT_STATES, replace=False)].astype(np.float32))
    observations, actions = calm(Search(0), 2500)
    recoveries = [recovery for *_, recovery in found]
    clone(
        np.concatenate([observations, *(one.observations.reshape(-1, observations.shape[1]) for one in recoveries)]),
        np.concatenate([actions, *(one.actions.reshape(-1, actions.shape[1]) for one in recoveries)]),
        epochs=20,
    )


def _search(seed: int, degrees: Sequence[float]) -> list[tuple[Shove, float, Recovery]]:
    torch.set_num_threads(1)
    return Search(seed).search(degrees)


if __name__ == "__main__":
    main()
