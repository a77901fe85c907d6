"""Plays the shipped policies of bodies with levels, under each level's shoves: tables of docs/policies.md.

`just policies` does; the names of some may be given. 200 seeds that no training drew, in Gymnasium and in a tab.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import gymnasium
import numpy as np

import bbconvert
import bbconvert.mjcf.registration
from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.rollout.policy import OnnxPolicy, Policy
from bbconvert.convert.rollout.rollout import play_episode
from bbconvert.convert.shipped import BUNDLES
from bbconvert.mjcf.perturbation import Perturbation

DOCUMENT = Path(__file__).parents[1] / "docs" / "policies.md"
SEEDS = range(10_000, 10_200)
STEPS = 1000
DT = 0.02


@dataclass(frozen=True)
class Body:
    """What is shoved, and how hard beyond its levels (N·s, at the highest)."""

    shoved: tuple[str, ...]
    harder: tuple[float, ...] = ()


BODIES = {
    "balance-bot": Body(("bot",), (6, 8)),
    "cart-pole": Body(("cart", "pole"), (1.0, 1.3)),
    "balance-ball": Body(("torso",), (1.6, 2.0)),
}

_IN_TAB = """async ([seeds, level, impulse]) => {
  const player = await window.bbconvert.ready;
  await player.set({ level, randomPushes: { perMinute: 12, impulse }, autoReset: false });
  const lengths = [];
  for (const seed of seeds) {
    await player.reset({ seed });
    lengths.push((await player.step(1000)).episodeLength);
  }
  return lengths;
}"""


class Rest:
    """Does nothing."""

    def __init__(self, size: int) -> None:
        self._action = np.zeros(size, np.float32)

    def begin(self) -> None:
        """Has nothing to forget."""

    def observe(self, observation: np.ndarray) -> None:
        """Keeps no statistics."""

    def __call__(self, observation: np.ndarray) -> np.ndarray:  # noqa: ARG002  # a Policy is asked with it
        """Zeros."""
        return self._action


def lengths(bundle: Bundle, body: Body, policy: Policy, level: int, impulse: float) -> np.ndarray:
    """Control steps of each seed's episode in Gymnasium; the shoves have 0.4 to 1 times `impulse`, every 1 to 3 s."""
    env = gymnasium.make(bundle.manifest.env.id, level=level, disable_env_checker=True)
    shoved = Perturbation(env, bodies=body.shoved, impulse=(0.4 * impulse, impulse), every=(1.0, 3.0))
    return np.array([play_episode(shoved, policy, seed).length for seed in SEEDS])


def table(name: str, body: Body) -> str:
    """The Markdown of a body."""
    bundle = bbconvert.open_bundle(BUNDLES / name)
    trained = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    rest = Rest(bundle.manifest.action.size)
    rows = [
        "| level | shoves, every 1 to 3 s | Gymnasium | a tab, pushes at the root | without it |",
        "|---|---|---|---|---|",
    ]
    levels = bundle.manifest.env.levels
    with served(make_library([bundle])) as address, open_page(f"{address}?paused=1", drawing=False) as page:
        page.set_default_timeout(600_000)
        for level in levels:
            here = np.mean(lengths(bundle, body, trained, level.level, level.impulse) == STEPS)
            tab = np.mean(np.array(page.evaluate(_IN_TAB, [list(SEEDS), level.level, level.impulse])) == STEPS)
            fallen = DT * np.median(lengths(bundle, body, rest, level.level, level.impulse))
            shoves = f"{0.4 * level.impulse:.2g} to {level.impulse:g} N·s"
            rows.append(f"| {level.level} | {shoves} | {here:.1%} | {tab:.1%} | falls after {fallen:.1f} s |")
    highest = levels[-1].level
    harder = [
        f"{impulse:g} N·s: {np.mean(lengths(bundle, body, trained, highest, impulse) == STEPS):.0%}"
        for impulse in body.harder
    ]
    return "\n".join([*rows, "", f"Stronger shoves at level {highest}, up to {'; '.join(harder)}."])


def write_section(name: str, text: str) -> None:
    """Replaces what stands between the document's markers of that name."""
    document = DOCUMENT.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    written = re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{text}\n{end}", document, flags=re.DOTALL)
    DOCUMENT.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:] or BODIES:
        write_section(name, table(name, BODIES[name]))
