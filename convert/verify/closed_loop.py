"""Episodes with the policy in the loop: played in Python once, then held to wherever else they are played."""

from collections.abc import Callable, Sequence

import numpy as np

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.constants import RETURN_TOLERANCE
from bbconvert.convert.environments.environment import Env, extractor_of, rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.parity import Check, Episodes, Level, partial_steps
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.reruns import horizon
from bbconvert.convert.rollout.rollout import Episode, play_episode
from bbconvert.convert.verify.check import row

SEEDS = range(12)
_DIGITS = 7
"""Decimals of a partial return: far below `RETURN_TOLERANCE`."""


def play_closed_loop(
    env: Env, policy: OnnxPolicy, advance: Callable[[int], None], seeds: Sequence[int] = SEEDS
) -> Episodes:
    """Plays every seed's episode."""
    episodes = []
    for seed in seeds:
        policy.reset_statistics()
        episodes.append(play_episode(env, policy, seed))
        advance(1)
    return Episodes(
        seeds=list(seeds),
        returns=[episode.total for episode in episodes],
        lengths=[episode.length for episode in episodes],
        partial_returns=[[round(e.total_to(steps), _DIGITS) for steps in partial_steps(e.length)] for e in episodes],
    )


def recorded_episodes(bundle: Bundle) -> Episodes:
    """The manifest's episodes.

    Raises:
        BBConvertError: it has none.
    """
    recorded = bundle.manifest.parity.episodes
    if recorded is None:
        raise BBConvertError(
            f"{bundle.folder / 'bundle.json'} has no parity.episodes to compare with. "
            "Pull or convert again with --force."
        )
    return recorded


class Horizons:
    """For how many control steps Python agrees with itself on an episode of the bundle, measured when it is asked."""

    def __init__(self, bundle: Bundle, announce: Callable[[str], None]) -> None:
        self._bundle = bundle
        self._announce = announce
        self._measured: dict[int, int] = {}

    def of(self, seed: int) -> int:
        """The control steps from `reset(seed=seed)`; the reruns take some seconds, once a seed."""
        if seed not in self._measured:
            self._announce(f"rerunning seed {seed}, which departs, under ULP perturbations")
            self._measured[seed] = self._measure(seed)
        return self._measured[seed]

    def _measure(self, seed: int) -> int:
        manifest = self._bundle.manifest
        policy = OnnxPolicy(self._bundle.policy_bytes, manifest.normalization, manifest.observation.zeroed)
        env = rebuild_environment(manifest, self._bundle.folder)
        try:
            extract = extractor_of(env, manifest.observation)
            return horizon(env, policy, play_episode(env, policy, seed), extract)
        finally:
            env.close()


def closed_loop_checks(
    level: Level, episodes: Sequence[Episode], recorded: Episodes, horizons: Horizons
) -> list[Check]:
    """Lengths and returns against the recorded ones, each episode to its end where it gets there equal.

    An episode that ends otherwise is held to its horizon: for longer, Python under an ULP perturbation does not agree
    with itself either.
    """
    held, differences = [], []
    lengths = 0
    for i, episode in enumerate(episodes):
        difference = abs(episode.total - recorded.returns[i])
        if episode.length != recorded.lengths[i] or difference > RETURN_TOLERANCE:
            held.append(horizons.of(episode.seed))
            lengths += episode.length < held[-1]
            if held[-1] < recorded.lengths[i]:  # else Python agrees with itself to the end, and so must this
                steps, partial = recorded.partial(i, held[-1])
                difference = abs(episode.total_to(steps) - partial)
        differences.append(difference)
    n = len(episodes)
    name = f"closed-loop episodes, {n - len(held)} of {n} to their end"
    if held:
        name += f", the others for {min(held)} steps or more"
    worst = float(np.max(differences))
    return [
        row(level, f"returns of {name}", metric="max |Δ|", value=worst, tolerance=RETURN_TOLERANCE, n=n),
        row(level, f"lengths of {name}", metric="episodes cut short", value=float(lengths), tolerance=0.0, n=n),
    ]
