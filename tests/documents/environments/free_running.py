"""How far a tab departs from Python when nothing brings the two together again."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import perturb_by_ulps

Departure = NDArray[np.float64]
"""The largest |Δqpos| (metres or radians) after each control step, [T]."""

_PLAY = """async ({ name, seed, steps }) => {
  const player = await window.bbconvert.ready;
  await player.load(name);
  const rows = await player.verify();
  await player.reset({ seed });
  const qpos = [];
  for (let i = 0; i < steps; i++) qpos.push(Array.from((await player.step(1)).qpos));
  return { rows: rows.map(({ name, value }) => ({ name, value })), qpos };
}"""


@dataclass(frozen=True)
class FreeRun:
    """The recorded episode again, the policy in the loop.

    Args:
        tab: the tab against Python.
        rounded: Python against itself under an ULP perturbation (`convert.rollout.rollout.perturb_by_ulps`).
        single_steps: the tab's largest relative difference of an observation when each step begins as recorded.
    """

    tab: Departure
    rounded: Departure
    single_steps: float


def free_run(bundle: Bundle, page: Page) -> FreeRun:
    """Plays the golden rollout of a bundle that `page` serves in the tab, and in Python under an ULP perturbation."""
    golden = bundle.golden
    wish = {"name": bundle.manifest.name, "seed": int(golden.seed[0]), "steps": golden.steps}
    seen: dict[str, Any] = page.evaluate(_PLAY, wish)
    (single_steps,) = (row["value"] for row in seen["rows"] if row["name"] == "observation, state-synchronised in WASM")
    recorded = golden.qpos[1:]
    return FreeRun(_departure(np.array(seen["qpos"]), recorded), _departure(_rounded(bundle), recorded), single_steps)


def _departure(qpos: NDArray[np.float64], recorded: NDArray[np.float64]) -> Departure:
    departure: Departure = np.abs(qpos - recorded).max(axis=1)
    return departure


def _rounded(bundle: Bundle) -> NDArray[np.float64]:
    """The positions [T, nq] of the recorded episode under an ULP perturbation of every step."""
    manifest, golden = bundle.manifest, bundle.golden
    policy = OnnxPolicy(bundle.policy_bytes, manifest.normalization, manifest.observation.zeroed)
    env = rebuild_environment(manifest, bundle.folder)
    inner, rng = mujoco_env(env), np.random.default_rng(0)
    observation, _ = env.reset(seed=int(golden.seed[0]))
    positions = []
    for _ in range(golden.steps):
        policy.observe(observation)
        action = policy(observation)
        perturb_by_ulps(inner, rng)
        observation = env.step(action)[0]
        positions.append(inner.data.qpos.copy())
    env.close()
    return np.array(positions)
