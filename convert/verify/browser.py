"""Level `browser`: the same proof inside a headless Chrome or Chromium, through the page's own worker."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.constants import STATE_TOLERANCE
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.parity import Check
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import Episode, equal_steps, play_episode
from bbconvert.convert.verify.check import FAILED, largest_difference, row, unequal
from bbconvert.convert.verify.closed_loop import Horizons, closed_loop_checks, recorded_episodes

_VERIFY = "window.bbconvert.ready.then((player) => player.verify())"

_EPISODE = """async (seed) => {
  const player = await window.bbconvert.ready;
  const first = await player.reset({ seed });
  const actions = [], rewards = [];
  let snapshot = first;
  while (!snapshot.terminated && !snapshot.truncated) {
    snapshot = await player.step(1);
    actions.push(Array.from(snapshot.action));
    rewards.push(snapshot.reward);
  }
  return {
    qpos: Array.from(first.qpos), qvel: Array.from(first.qvel), observation: Array.from(first.observation),
    actions, rewards, terminated: snapshot.terminated,
  };
}"""


class Start(NamedTuple):
    """What `env.reset(seed=…)` leads to: qpos [nq], qvel [nv] and the observation [n], float64."""

    qpos: NDArray[np.float64]
    qvel: NDArray[np.float64]
    observation: NDArray[np.float64]


def browser_checks(bundle: Bundle, announce: Callable[[str], None]) -> list[Check]:
    """The tab's own rows, then seeded episodes with the policy in the loop, compared with Python's step by step.

    Raises:
        BBConvertError: no browser is found, or the page reports an error.
    """
    from playwright.sync_api import Error

    recorded = recorded_episodes(bundle)
    control = bundle.manifest.env.control
    try:
        with (
            served(make_library([bundle])) as address,
            open_page(f"{address}?bundle={bundle.manifest.name}&paused=1", drawing=False) as page,
        ):
            checks = [_row_of_tab(raw) for raw in page.evaluate(_VERIFY)]
            announce(f"browser: {len(recorded.seeds)} seeded episodes")
            tab = [page.evaluate(_EPISODE, seed) for seed in recorded.seeds]
    except Error as error:
        raise BBConvertError(f"The page failed while it verified {bundle.folder}: {error.message}") from error
    horizons = Horizons(bundle, announce)
    starts, here = _python_episodes(bundle, recorded.seeds)
    there = [_episode(seed, seen) for seed, seen in zip(recorded.seeds, tab, strict=True)]
    return [
        *checks,
        *_reset_checks(tab, starts, 0 if control is None else control.hold),
        _action_check(there, here, horizons),
        *closed_loop_checks("browser", there, recorded, horizons),
    ]


def _episode(seed: int, seen: dict[str, Any]) -> Episode:
    return Episode(seed, np.array(seen["actions"], np.float32), np.array(seen["rewards"]), seen["terminated"])


def _row_of_tab(raw: dict[str, Any]) -> Check:
    """A row of `player.verify()` at level `browser`; what is no number there (a NaN was compared) has failed."""
    name = raw["name"] if raw["level"] == "browser" else f"{raw['level']}: {raw['name']}"
    value = raw["value"] if np.isfinite(raw["value"]) else FAILED
    return Check.model_validate({**raw, "level": "browser", "name": name, "value": value})


def _python_episodes(bundle: Bundle, seeds: list[int]) -> tuple[list[Start], list[Episode]]:
    """For each seed what Gymnasium resets to, and the episode that follows."""
    manifest = bundle.manifest
    policy = OnnxPolicy(bundle.policy_bytes, manifest.normalization, manifest.observation.zeroed)
    env = rebuild_environment(manifest, bundle.folder)
    inner = mujoco_env(env)
    starts, episodes = [], []
    try:
        for seed in seeds:
            observation, _ = env.reset(seed=seed)
            starts.append(Start(inner.data.qpos.copy(), inner.data.qvel.copy(), observation.copy()))
            policy.reset_statistics()
            episodes.append(play_episode(env, policy, seed))
    finally:
        env.close()
    return starts, episodes


def _reset_checks(tab: list[dict[str, Any]], starts: list[Start], held: int) -> list[Check]:
    """The state to the last bit; the observation through libm's sine and cosine, which differ in theirs.

    A robot's loop has held its first target for `held` steps of physics then: its state is held to the
    tolerance of a step.
    """
    states = np.array([np.concatenate([seen["qpos"], seen["qvel"]]) for seen in tab])
    observations = np.array([seen["observation"] for seen in tab])
    expected = np.array([start.observation for start in starts])
    scale = np.maximum(1.0, np.abs(expected))
    begun = np.array([np.concatenate([start.qpos, start.qvel]) for start in starts])
    state_scale = np.maximum(1.0, np.abs(begun))
    return [
        largest_difference(
            "browser",
            f"qpos and qvel after reset(seed) and {held} held steps, relative",
            states / state_scale,
            begun / state_scale,
            STATE_TOLERANCE,
        )
        if held
        else unequal("browser", "qpos and qvel after reset(seed)", states, begun),
        largest_difference(
            "browser", "observation after reset(seed)", observations / scale, expected / scale, STATE_TOLERANCE
        ),
    ]


def _action_check(tab: list[Episode], here: list[Episode], horizons: Horizons) -> Check:
    """Every action is bit-equal to the end of the episode, or for as long as Python agrees with itself."""
    different = 0
    departures = []
    for seen, played in zip(tab, here, strict=True):
        if seen.length != played.length or not np.array_equal(seen.actions, played.actions):
            horizon = horizons.of(played.seed)
            departures.append((equal_steps(seen, played), horizon))
            first = played.actions[:horizon]
            got = seen.actions[:horizon]
            different += int(np.sum(got != first[: len(got)])) + first[len(got) :].size
    name = f"actions of closed-loop episodes, {len(here) - len(departures)} of {len(here)} bit-equal to their end"
    if departures:
        steps, asked = np.min(departures, axis=0)
        name += f", the others for {steps} steps or more ({asked} asked)"
    n = sum(episode.length for episode in here)
    return row("browser", name, metric="numbers not bit-equal", value=float(different), tolerance=0.0, n=n)
