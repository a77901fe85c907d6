"""Shoves and pulls at a standing humanoid, the same in Gymnasium and in a tab."""

import json
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray

from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import MANIFEST, Bundle, open_bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import Policy
from bbconvert.mjcf.perturbation import apply_force
from bbconvert.mjcf.spec import SHOVE_SECONDS

CALM_BEFORE = 2.0
CALM_AFTER = 6.0
"""Seconds: survived is who is still up then."""
STANDING_SECONDS = 60.0
HANDS = ("left_lower_arm", "right_lower_arm")

_TAB = """async ([seed, before, tenth, body, impulses, after]) => {
  const player = await window.bbconvert.ready;
  const { qpos: [x, y] } = await player.reset({ seed });
  await player.step(before);
  for (const impulse of impulses) {
    await player.push({ body, impulse });
    await player.step(tenth);
  }
  let last = await player.snapshot();
  for (let left = after; left > 0 && !last.terminated; left -= 100) last = await player.step(Math.min(left, 100));
  return [!last.terminated, Math.hypot(last.qpos[0] - x, last.qpos[1] - y)];
}"""


@dataclass(frozen=True)
class Trial:
    """What is done to a body: `newtons` for `seconds`, at its centre of mass, after two calm seconds.

    The seed draws the horizontal direction, and which of the `bodies`. The trial goes on for `after` seconds.
    """

    bodies: Sequence[str] = ("torso",)
    newtons: float = 0.0
    seconds: float = 0.0
    after: float = CALM_AFTER

    @classmethod
    def push(cls, impulse: float) -> "Trial":
        """An impulse on the torso, N·s."""
        return cls(newtons=impulse / SHOVE_SECONDS, seconds=SHOVE_SECONDS)

    @classmethod
    def pull(cls, newtons: float) -> "Trial":
        """A second's pull at a hand."""
        return cls(bodies=HANDS, newtons=newtons, seconds=1.0)

    @classmethod
    def standing(cls) -> "Trial":
        """A minute undisturbed."""
        return cls(after=STANDING_SECONDS - CALM_BEFORE)

    def draw(self, seed: int) -> tuple[str, NDArray[np.float64]]:
        """The body, and the force in newtons, world [3] float64."""
        rng = np.random.default_rng(seed)
        angle = rng.uniform(-np.pi, np.pi)
        body = self.bodies[rng.integers(len(self.bodies))]
        return body, self.newtons * np.array([np.cos(angle), np.sin(angle), 0.0])


@dataclass(frozen=True)
class Outcome:
    """Of one trial: [seeds] bool who is up at the end, and [seeds] float64 metres from where the torso began."""

    up: NDArray[np.bool_]
    drift: NDArray[np.float64]

    @property
    def share(self) -> float:
        """Of the seeds, 0 to 1."""
        return float(self.up.mean())


class NoTorque:
    """The policy switched off."""

    def begin(self) -> None:
        """Has nothing to forget."""

    def observe(self, observation: NDArray[np.float64]) -> None:
        """Looks away."""

    def __call__(self, observation: NDArray[np.float64]) -> NDArray[np.float32]:  # noqa: ARG002  # a Policy's argument
        """Zeros."""
        return np.zeros(17, np.float32)


def in_gymnasium(bundle: Bundle, trial: Trial, seeds: Sequence[int], *, off: bool = False) -> Outcome:
    """The trial in Gymnasium, on all cores; with the policy switched off if asked."""
    with ProcessPoolExecutor() as pool:
        shares = [seeds[i : i + 20] for i in range(0, len(seeds), 20)]
        ended = [one for share in pool.map(partial(_in_gymnasium, bundle.folder, trial, off), shares) for one in share]
    return _outcome(ended)


def in_tab(bundle: Bundle, trial: Trial, seeds: Sequence[int]) -> Outcome:
    """The trial in Chromium, by the page's own worker on MuJoCo WASM: a pull is a push every tenth of a second."""
    dt = bundle.manifest.env.dt
    before, tenth, after = (round(seconds / dt) for seconds in (CALM_BEFORE, SHOVE_SECONDS, trial.after))
    ended = []
    with TemporaryDirectory() as folder:
        endless = _without_limit(bundle, Path(folder) / bundle.folder.name)
        with (
            served(make_library([endless])) as address,
            open_page(f"{address}?bundle={bundle.manifest.name}&paused=1", drawing=False) as page,
        ):
            for seed in seeds:
                body, force = trial.draw(seed)
                impulses = [(force * SHOVE_SECONDS).tolist()] * round(trial.seconds / SHOVE_SECONDS)
                ended.append(page.evaluate(_TAB, [seed, before, tenth, body, impulses, after]))
    return _outcome(ended)


def _outcome(ended: Sequence[tuple[bool, float]]) -> Outcome:
    return Outcome(np.array([up for up, _ in ended]), np.array([drift for _, drift in ended]))


def _in_gymnasium(folder: Path, trial: Trial, off: bool, seeds: Sequence[int]) -> list[tuple[bool, float]]:
    """Each seed's end; a time limit does not count."""
    bundle = open_bundle(folder)
    env = mujoco_env(rebuild_environment(bundle.manifest, folder))
    policy = NoTorque() if off else OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    return [_play(env, policy, trial, seed) for seed in seeds]


def _play(env: MujocoEnv, policy: Policy, trial: Trial, seed: int) -> tuple[bool, float]:
    name, force = trial.draw(seed)
    data, body = env.data, env.model.body(name).id
    begin = round(CALM_BEFORE / env.dt)
    end = begin + round(trial.seconds / env.dt)
    observation, _ = env.reset(seed=seed)
    start = data.qpos[:2].copy()
    terminated = False
    for step in range(end + round(trial.after / env.dt)):
        data.qfrc_applied[:] = 0
        if begin <= step < end:
            apply_force(env, body, force)
        observation, _, terminated, _, _ = env.step(policy(observation))
        if terminated:
            break
    data.qfrc_applied[:] = 0
    return not terminated, float(np.linalg.norm(data.qpos[:2] - start))


def _without_limit(bundle: Bundle, folder: Path) -> Bundle:
    """A copy whose episodes are not truncated: a minute's standing is longer than the environment's ten seconds."""
    shutil.copytree(bundle.folder, folder)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["env"]["max_episode_steps"] = None
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return open_bundle(folder)
