"""How fast and how well the lander turns upright: its table in docs/policies.md (`just policies`).

200 seeds that training did not draw, in Gymnasium and in a tab; with `--sight` in a tab where the policy acts on what
its network sees, which draws 60,000 pictures (half an hour without a graphics card).
"""

import sys
from pathlib import Path

import gymnasium
import numpy as np

import bbconvert
import bbconvert.mjcf.registration
from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.shipped import REORIENT_BUNDLE, SEEING_BUNDLE

sys.path.append(str(Path(__file__).parents[1]))
from survival import DT, SEEDS, write_section

UP = 6
"""Of the observation: the world's z of the lander's up axis."""
DEGREES = 10
SECONDS = 3

_IN_TAB = f"""async (seed) => {{
  const player = await window.bbconvert.ready;
  await player.set({{ autoReset: false }});
  const up = [];
  for (let snapshot = await player.reset({{ seed }}); ; snapshot = await player.step(1)) {{
    up.push(snapshot.observation[{UP}]);
    if (snapshot.truncated) return up;
  }}
}}"""


_BY_SIGHT = f"""async (seed) => {{
  const player = await window.bbconvert.ready;
  const errors = [];
  const note = (event) => errors.push(event.detail.error);
  player.addEventListener("sight", note);
  await player.set({{ autoReset: false }});
  await player.reset({{ seed }});
  const up = [(await player.step(250)).observation[{UP}]];
  while (up.length <= 50) up.push((await player.step(1)).observation[{UP}]);
  player.removeEventListener("sight", note);
  return {{ up, errors }};
}}"""


def in_gymnasium(bundle: Bundle) -> np.ndarray:
    """The up axis's z of every seed's episode, [seeds, T + 1]."""
    env = gymnasium.make(bundle.manifest.env.id, disable_env_checker=True)
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    episodes = []
    for seed in SEEDS:
        observation, _ = env.reset(seed=seed)
        up, truncated = [observation[UP]], False
        while not truncated:
            observation, _, _, truncated, _ = env.step(policy(observation))
            up.append(observation[UP])
        episodes.append(up)
    return np.array(episodes)


def in_tab(bundle: Bundle) -> np.ndarray:
    """The same in the page."""
    with served(make_library([bundle])) as address, open_page(f"{address}?paused=1", drawing=False) as page:
        return np.array([page.evaluate(_IN_TAB, seed) for seed in SEEDS])


def by_sight() -> str:
    """The Markdown of how upright it is where the policy acts on what the network sees."""
    bundle = bbconvert.open_bundle(SEEING_BUNDLE)
    with (
        served(make_library([bundle])) as address,
        # A small window: the page's own picture is drawn, too.
        open_page(f"{address}?paused=1&sight=used", drawing=True, width=160, height=120) as page,
    ):
        played = [page.evaluate(_BY_SIGHT, seed) for seed in SEEDS]
    tilt = np.degrees(np.arccos(np.clip([episode["up"] for episode in played], -1, 1)))
    errors = np.concatenate([episode["errors"] for episode in played])
    held = np.mean(tilt.max(axis=1) <= DEGREES)
    rows = [
        f"| | within {DEGREES}° from 5 s to 6 s | tilt at 5 s, median | seen attitude off, median | 95th percentile |",
        "|---|---|---|---|---|",
        f"| a tab, by sight | {held:.1%} | {np.median(tilt[:, 0]):.1f}° | {np.median(errors):.1f}° | "
        f"{np.percentile(errors, 95):.1f}° |",
    ]
    return "\n".join(rows)


def main() -> None:
    """Replaces what stands between the document's markers."""
    if "--sight" in sys.argv[1:]:
        write_section("reorient-sight", by_sight())
        return
    bundle = bbconvert.open_bundle(REORIENT_BUNDLE)
    rows = [
        f"| | within {DEGREES}° from {SECONDS} s to the end | tilt after {SECONDS} s, median | at the end, at most |",
        "|---|---|---|---|",
    ]
    for where, play in (("Gymnasium", in_gymnasium), ("a tab", in_tab)):
        tilt = np.degrees(np.arccos(np.clip(play(bundle), -1, 1)))
        after = tilt[:, round(SECONDS / DT) :]
        held = np.mean(after.max(axis=1) <= DEGREES)
        rows.append(f"| {where} | {held:.1%} | {np.median(after[:, 0]):.1f}° | {after[:, -1].max():.1f}° |")
    write_section("reorient", "\n".join(rows))


if __name__ == "__main__":
    main()
