"""`bbconvert pull` of several repositories: named, listed in a file, or all of an author's that convert."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bbconvert.convert.cli.console import Progress, print_json, print_result, print_table
from bbconvert.convert.cli.many import Outcome
from bbconvert.convert.cli.overview import StageProgress
from bbconvert.convert.errors import BBConvertError, UsageError


@dataclass(frozen=True)
class PullTask:
    """One repository to pull.

    Args:
        label: how it was named.
        bundles: the folder that its bundle goes into.
        options: what else `pull_bundle` takes.
    """

    label: str
    bundles: Path
    options: dict[str, Any]

    def run(self, progress: StageProgress) -> dict[str, Any]:
        """Pulls it, unless its bundle is there already."""
        from bbconvert.convert.bundle.bundle import open_bundle
        from bbconvert.convert.bundle.summary import bundle_summary
        from bbconvert.convert.pull import pull_bundle

        path = pull_bundle(self.label, bundles=self.bundles, progress=progress, **self.options)
        return {"bundle": str(path), **bundle_summary(open_bundle(path).manifest)}


def repositories(named: Sequence[str], listed: Sequence[str], author: str | None, progress: Progress) -> list[str]:
    """Every repository asked for, once and in order; `owner/` and the author stand for those of theirs that convert.

    Raises:
        UsageError: nothing was asked for.
        BBConvertError: an owner has no repository that converts, or the Hub does not answer.
    """
    if not (named or listed or author):
        raise UsageError("Name a repository: bbconvert pull cleanrl/Humanoid-v4. Find one: bbconvert search humanoid")
    found: list[str] = []
    for name in [*named, *listed, *([f"{author.strip('/')}/"] if author else [])]:
        found += _converting(name.rstrip("/"), progress) if name.endswith("/") and name.count("/") == 1 else [name]
    return list(dict.fromkeys(found))


def _converting(owner: str, progress: Progress) -> list[str]:
    from bbconvert.convert.hub.search import repositories_of
    from bbconvert.convert.hub.session import allow_waiting

    allow_waiting(progress.say)
    all_of_them = repositories_of(owner)
    names = [repository.repo_id for repository in all_of_them if repository.converts]
    progress.say(f"{len(names)} of the {len(all_of_them)} repositories of {owner} convert.")
    if not names:
        raise BBConvertError(f"No repository of {owner} converts. What stands in the way: bbconvert search {owner}")
    return names


def print_pulled(outcomes: Sequence[Outcome], *, asked: int, json: bool) -> None:
    """A row for each, or one JSON document."""
    outcomes = [_seen_here(outcome) for outcome in outcomes]
    if json:
        print_json({"results": [{"repo": outcome.label, **outcome.document()} for outcome in outcomes]})
        return
    print_table(("repository", "environment", "bundle"), [_row(outcome) for outcome in outcomes])
    print_result(f"{sum(outcome.ok for outcome in outcomes)} of {asked} pulled.")


def _seen_here(outcome: Outcome) -> Outcome:
    """A cluster may have written a bundle where this machine does not see it."""
    if not outcome.ok or Path(outcome.facts["bundle"]).is_dir():
        return outcome
    bundle = outcome.facts["bundle"]
    return replace(
        outcome,
        facts={},
        error=f"The cluster wrote {bundle}, which this machine does not see. Choose a folder that both see with --out.",
    )


def _row(outcome: Outcome) -> tuple[str, ...]:
    if outcome.error is not None:
        return (outcome.label, "failed", outcome.error)
    return (outcome.label, outcome.facts["env_id"], outcome.facts["bundle"])
