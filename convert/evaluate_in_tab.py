"""Plays a bundle's episodes in a headless browser: a swarm of workers, a world each for many bodies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.errors import BBConvertError

BATCH = 256
"""Episodes of one call into the page."""

_EPISODES = "(seeds) => window.bbconvert.ready.then((player) => player.episodes(seeds))"


@dataclass(frozen=True)
class TabEpisodes:
    """Returns and lengths, in the order of the seeds; mean and standard deviation (over n) of the returns."""

    mean: float
    std: float
    returns: list[float]
    lengths: list[int]


def evaluate_in_tab(bundle: Bundle, seeds: Sequence[int], advance: Callable[[int], None]) -> TabEpisodes:
    """One episode per seed, each to its end; they are those of Gymnasium as far as `verify` says.

    Raises:
        BBConvertError: no browser, or the bundle's episodes depend on one another or need not end.
    """
    manifest = bundle.manifest
    if manifest.normalization.mode == "running":
        raise BBConvertError(
            f"{manifest.name} keeps running statistics, which go on from one episode to the next: a swarm cannot play "
            "them side by side. Leave out --in-tab."
        )
    if manifest.env.max_episode_steps is None:
        raise BBConvertError(f"{manifest.env.id} has no last step: an episode in a tab may never end.")
    returns: list[float] = []
    lengths: list[int] = []
    with (
        served(make_library([bundle])) as address,
        open_page(f"{address}?paused=1", drawing=False) as page,
    ):
        page.set_default_timeout(0)  # as long as the episodes take
        for start in range(0, len(seeds), BATCH):
            batch = list(seeds[start : start + BATCH])
            episodes = page.evaluate(
                "(seeds) => window.bbconvert.ready.then((player) => player.episodes(seeds))", batch
            )
            returns += [episode["episodeReturn"] for episode in episodes]
            lengths += [episode["episodeLength"] for episode in episodes]
            advance(len(batch))
    return TabEpisodes(float(np.mean(returns)), float(np.std(returns)), returns, lengths)
