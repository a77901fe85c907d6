"""`bbconvert evaluate` of several bundles; each evaluation is kept in a file, so that the same command goes on."""

import hashlib
import json as json_text
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bbconvert.convert.cli.console import print_json, print_result, print_table
from bbconvert.convert.cli.evaluation import Play, evaluation_document
from bbconvert.convert.cli.many import Outcome
from bbconvert.convert.cli.overview import StageProgress

if TYPE_CHECKING:
    from bbconvert.convert.bundle.bundle import Bundle

EVALUATIONS = Path("evaluations")
"""The default folder of evaluations, below the working directory."""


@dataclass(frozen=True)
class EvaluateTask:
    """One bundle to evaluate; `evaluations` is where the answer is kept."""

    bundle: Path
    play: Play
    evaluations: Path
    force: bool

    @property
    def label(self) -> str:
        """The bundle's folder, as given."""
        return str(self.bundle)

    def run(self, progress: StageProgress) -> dict[str, Any]:
        """Plays the episodes, unless the same policy was played so already; returns what `evaluate --json` prints."""
        from bbconvert.convert.bundle.bundle import open_bundle

        bundle = open_bundle(self.bundle)
        kept = self.evaluations / f"{bundle.manifest.name}-{self._key(bundle)}.json"
        if kept.is_file() and not self.force:
            document: dict[str, Any] = json_text.loads(kept.read_text(encoding="utf-8"))
            return document
        played = 0

        def advance(episodes: int) -> None:
            nonlocal played
            played += episodes
            progress.say(f"{played} of {self.play.episodes} episodes")

        progress.say("playing")
        document = evaluation_document(bundle, self.play.of(bundle, advance))
        self._keep(kept, document)
        return document

    def _key(self, bundle: "Bundle") -> str:
        """What the returns depend on, hashed: the policy, its environment and its versions, and how it is played."""
        from bbconvert.convert.verify import versions

        manifest = bundle.manifest
        told = {
            "policy": hashlib.sha256(bundle.policy_bytes).hexdigest(),
            "env": manifest.env.model_dump(mode="json"),
            "zeroed": manifest.observation.model_dump(mode="json").get("zeroed"),
            "normalization": manifest.normalization.model_dump(mode="json"),
            "play": asdict(self.play),
            "versions": versions(),
        }
        return hashlib.sha256(json_text.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    @staticmethod
    def _keep(path: Path, document: dict[str, Any]) -> None:
        """Writes it beside its place and moves it there: whole or absent."""
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json_text.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        new.replace(path)


def print_evaluated(outcomes: Sequence[Outcome], *, asked: int, json: bool) -> None:
    """A row for each, or one JSON document."""
    if json:
        print_json({"results": [{"bundle": outcome.label, **outcome.document()} for outcome in outcomes]})
        return
    columns = ("bundle", "environment", "episodes", "return", "length", "published")
    print_table(columns, [_row(outcome) for outcome in outcomes])
    print_result(f"{sum(outcome.ok for outcome in outcomes)} of {asked} evaluated.")


def _row(outcome: Outcome) -> tuple[str, ...]:
    if outcome.error is not None:
        return (outcome.label, "failed", "", outcome.error, "", "")
    facts = outcome.facts
    published = facts["published"]
    std = "" if published is None or published["std"] is None else f" ± {published['std']:g}"
    return (
        outcome.label,
        facts["env_id"],
        str(facts["episodes"]),
        f"{facts['mean']:.2f} ± {facts['std']:.2f}",
        f"{sum(facts['lengths']) / len(facts['lengths']):.1f}",
        "" if published is None else f"{published['mean']:g}{std}",
    )
