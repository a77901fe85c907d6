"""Plays the shipped policy under every level's shoves in Gymnasium: the table in docs/policies.md (`just policies`)."""

import re
from pathlib import Path

import gymnasium
import numpy as np

import bbconvert
import bbconvert.mjcf.registration
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import Policy, play_episode
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE
from bbconvert.mjcf.balance_bot.dynamics import LEVELS
from bbconvert.mjcf.perturbation import Perturbation

DOCUMENT = Path(__file__).parents[2] / "docs" / "policies.md"
SEEDS = range(200)
STEPS = 1000


class NoTorque:
    """Does nothing."""

    def observe(self, observation: np.ndarray) -> None:
        """Keeps no statistics."""

    def __call__(self, observation: np.ndarray) -> np.ndarray:  # noqa: ARG002  # a Policy is asked with it
        """Three zeros."""
        return np.zeros(3, np.float32)


def survived(policy: Policy, level: int, impulse: float) -> tuple[float, float]:
    """The share of the seeds that last all steps, and the median seconds of an episode.

    The shoves have 0.4 to 1 times `impulse`, N·s.
    """
    env = gymnasium.make("bbconvert/BalanceBot-v0", level=level, disable_env_checker=True)
    shoves = {**LEVELS[level].shoves, "impulse": (0.4 * impulse, impulse)}
    shoved = Perturbation(env, **shoves)
    lengths = np.array([play_episode(shoved, policy, seed).length for seed in SEEDS])
    return float(np.mean(lengths == STEPS)), float(np.median(lengths)) * 0.02


def main() -> None:
    """Replaces what stands between the document's two markers."""
    bundle = bbconvert.open_bundle(BALANCE_BOT_BUNDLE)
    trained = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    rows = [
        "| level | falls at | shoves, every 1 to 3 s | the policy stays up for 20 s | without torque it falls after |",
        "|---|---|---|---|---|",
    ]
    for number, level in LEVELS.items():
        share, _ = survived(trained, number, level.impulse)
        _, seconds = survived(NoTorque(), number, level.impulse)
        shoves = f"{0.4 * level.impulse:g} to {level.impulse:g} N·s"
        rows.append(f"| {number} | {level.tilt:g}° | {shoves} | {share:.1%} | {seconds:.1f} s |")
    harder = [f"{impulse} N·s: {survived(trained, 3, impulse)[0]:.0%}" for impulse in (6, 8)]
    rows += ["", f"Stronger shoves at level 3, up to {'; '.join(harder)}."]
    text = DOCUMENT.read_text(encoding="utf-8")
    begin, end = "<!-- balance-bot -->", "<!-- /balance-bot -->"
    table = "\n".join(rows)
    DOCUMENT.write_text(
        re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{table}\n{end}", text, flags=re.DOTALL), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
