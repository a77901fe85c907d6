"""How a bundle is evaluated, and what `evaluate --json` prints about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bbconvert.convert.cli.options import NormalizationOption

if TYPE_CHECKING:
    from bbconvert.convert.bundle.bundle import Bundle
    from bbconvert.convert.evaluate import Evaluation


@dataclass(frozen=True)
class Play:
    """One episode for each of the seeds `seed`, `seed + 1`, … up to as many as `episodes`."""

    episodes: int
    seed: int
    stochastic: bool
    normalization: NormalizationOption

    def of(self, bundle: "Bundle", advance: Callable[[int], None], jobs: int = 1) -> "Evaluation":
        """Plays the bundle, in up to `jobs` processes; `advance` is told of each episode.

        Raises:
            UsageError: the bundle cannot be played in this normalisation mode.
        """
        from bbconvert.convert.evaluate import evaluate_seeds

        seeds = range(self.seed, self.seed + self.episodes)
        return evaluate_seeds(
            bundle, seeds, stochastic=self.stochastic, normalization=self.normalization, advance=advance, jobs=jobs
        )


def evaluation_document(bundle: "Bundle", evaluation: "Evaluation") -> dict[str, Any]:
    """What `--json` prints."""
    published = bundle.manifest.published
    return {
        "env_id": evaluation.env_id,
        "episodes": len(evaluation.episodes),
        "mean": evaluation.mean,
        "std": evaluation.std,
        "returns": [episode.total for episode in evaluation.episodes],
        "lengths": [episode.length for episode in evaluation.episodes],
        "published": None if published is None else {"mean": published.mean_reward, "std": published.std},
    }
