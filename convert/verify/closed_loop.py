"""Episodes with the policy in the loop: played in Python once, then held to wherever else they are played."""

from collections.abc import Callable, Sequence

import numpy as np

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.constants import RERUNS, RETURN_TOLERANCE
from bbconvert.convert.environments.environment import Env
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Check, Episodes, Level
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import Episode, Rerun, equal_steps, play_episode
from bbconvert.convert.verify.check import row

SEEDS = range(12)


def play_closed_loop(env: Env, policy: OnnxPolicy, advance: Callable[[int], None]) -> Episodes:
    """Plays every seed's episode, and reruns it under ULP perturbations to measure its horizon."""
    episodes, horizons = [], []
    for seed in SEEDS:
        policy.reset_statistics()
        episode = play_episode(env, policy, seed)
        horizon = episode.length
        for k in range(RERUNS):
            policy.reset_statistics()
            rerun = Rerun(episode, np.random.default_rng(k))
            horizon = equal_steps(episode, play_episode(env, policy, seed, limit=horizon, rerun=rerun))
        episodes.append(episode)
        horizons.append(horizon)
        advance(1)
    return Episodes(
        seeds=list(SEEDS),
        returns=[episode.total for episode in episodes],
        lengths=[episode.length for episode in episodes],
        horizons=horizons,
        horizon_returns=[episode.total_to(horizon) for episode, horizon in zip(episodes, horizons, strict=True)],
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


def closed_loop_checks(level: Level, episodes: Sequence[Episode], recorded: Episodes) -> list[Check]:
    """Lengths and returns against the recorded ones, each episode to its end where it gets there equal.

    An episode that ends otherwise is held to its first `horizons` steps: for longer, Python under an ULP perturbation
    does not agree with itself either.
    """
    ends, differences = 0, []
    lengths = 0
    for i, episode in enumerate(episodes):
        difference = abs(episode.total - recorded.returns[i])
        if episode.length == recorded.lengths[i] and difference <= RETURN_TOLERANCE:
            ends += 1
        else:
            lengths += episode.length < recorded.horizons[i]
            difference = abs(episode.total_to(recorded.horizons[i]) - recorded.horizon_returns[i])
        differences.append(difference)
    n = len(episodes)
    held = f"closed-loop episodes, {ends} of {n} to their end"
    if ends < n:
        held += f", the others for {min(recorded.horizons)} steps or more"
    worst = float(np.max(differences))
    return [
        row(level, f"returns of {held}", metric="max |Δ|", value=worst, tolerance=RETURN_TOLERANCE, n=n),
        row(level, f"lengths of {held}", metric="episodes cut short", value=float(lengths), tolerance=0.0, n=n),
    ]
