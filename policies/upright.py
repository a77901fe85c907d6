"""How upright and how calm Stand and Reorient are under their policies: sections of docs/policies.md (`just policies`).

The names of some may be given. 200 seeds that no training drew, in Gymnasium and in a tab.
"""

import sys
from collections.abc import Sequence

import gymnasium
import numpy as np
from survival import SEEDS, write_section

import bbconvert
import bbconvert.mjcf.registration
from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.shipped import BUNDLES

DT = 0.02
PITCH = 1
"""Of Stand's observation; then the joints' velocities."""
SPEEDS = range(9, 13)
UP = 6
"""Of Reorient's observation: the world's z of its up axis."""

_IN_TAB = """async ([seed, steps, picked]) => {
  const player = await window.bbconvert.ready;
  await player.set({ autoReset: false });
  const rows = [];
  for (let snapshot = await player.reset({ seed }); ; snapshot = await player.step(1)) {
    rows.push(picked.map((i) => snapshot.observation[i]));
    if (snapshot.terminated || snapshot.truncated || rows.length > steps) return rows;
  }
}"""

Episodes = list[np.ndarray]
"""Of each seed the numbers that were picked of each observation, [T + 1, k]."""


def in_gymnasium(bundle: Bundle, picked: Sequence[int]) -> Episodes:
    """Plays every seed to its end."""
    env = gymnasium.make(bundle.manifest.env.id, disable_env_checker=True)
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    episodes = []
    for seed in SEEDS:
        observation, _ = env.reset(seed=seed)
        rows, ended = [observation[picked]], False
        while not ended:
            observation, _, terminated, truncated, _ = env.step(policy(observation))
            rows.append(observation[picked])
            ended = terminated or truncated
        episodes.append(np.array(rows))
    return episodes


def in_tab(bundle: Bundle, picked: Sequence[int]) -> Episodes:
    """The same in the page."""
    with served(make_library([bundle])) as address, open_page(f"{address}?paused=1", drawing=False) as page:
        asked = [bundle.manifest.env.max_episode_steps, list(picked)]
        return [np.array(page.evaluate(_IN_TAB, [seed, *asked])) for seed in SEEDS]


def stand(bundle: Bundle) -> str:
    """How many stand for 1,000 steps, and how they stand after two seconds."""
    rows = ["| | stand for 20 s | torso off the vertical | joints' speed |", "|---|---|---|---|"]
    for where, play in (("Gymnasium", in_gymnasium), ("a tab", in_tab)):
        episodes = play(bundle, [PITCH, *SPEEDS])
        whole = [episode for episode in episodes if len(episode) == 1001]
        later = np.concatenate([episode[round(2 / DT) :] for episode in whole])
        pitch, speed = np.degrees(np.abs(later[:, 0])), np.abs(later[:, 1:]).max(axis=1)
        rows.append(
            f"| {where} | {len(whole) / len(episodes):.1%} | {pitch.max():.1f}° at most | "
            f"{np.percentile(speed, 99):.2f} rad/s in 99% of the time, {speed.max():.2f} at most |"
        )
    return "\n".join(rows)


def reorient(bundle: Bundle) -> str:
    """How many are upright after three seconds and stay so, from any attitude."""
    rows = [
        "| | within 10° after 3 s, and to the end | tilt after 3 s, median | at the end, at most |",
        "|---|---|---|---|",
    ]
    for where, play in (("Gymnasium", in_gymnasium), ("a tab", in_tab)):
        tilt = np.degrees(np.arccos(np.clip([episode[:, 0] for episode in play(bundle, [UP])], -1, 1)))
        after = tilt[:, round(3 / DT) :]
        held = np.mean(after.max(axis=1) <= 10)
        rows.append(f"| {where} | {held:.1%} | {np.median(after[:, 0]):.1f}° | {after[:, -1].max():.1f}° |")
    return "\n".join(rows)


SECTIONS = {"stand": stand, "reorient": reorient}

if __name__ == "__main__":
    for name in sys.argv[1:] or SECTIONS:
        write_section(name, SECTIONS[name](bbconvert.open_bundle(BUNDLES / name)))
