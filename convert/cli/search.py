"""`bbconvert search`: policies on the Hub."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bbconvert.convert.cli.console import Progress, print_json, print_result, print_table
from bbconvert.convert.cli.options import JsonOption

if TYPE_CHECKING:
    from bbconvert.convert.hub.search import FoundRepository
    from bbconvert.convert.manifest import Published


def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help="Words of a name: humanoid, for instance.")],
    limit: Annotated[int, typer.Option(min=1, help="Show no more than these.")] = 20,
    json: JsonOption = False,
) -> None:
    """Look for policies on the Hub: environment, algorithm, published reward, size, and whether they convert."""
    from huggingface_hub import constants

    from bbconvert.convert.hub.search import near_words, search_repositories
    from bbconvert.convert.hub.session import allow_waiting

    words = " ".join(query)
    progress = Progress(quiet=json)
    allow_waiting(progress.say)
    progress.say(f"Searching {constants.ENDPOINT} …")
    found = search_repositories(words)
    if json:
        print_json({"query": words, "found": len(found), "repositories": [_document(r) for r in found[:limit]]})
        return
    if not found:
        near = near_words(words)
        instead = f"Did you mean {' or '.join(near)}? " if near else ""
        progress.say(
            f"No policy on {constants.ENDPOINT} has {words!r} in its name. {instead}Search for an environment "
            "(bbconvert envs), an algorithm such as ppo or td3, or an owner such as cleanrl or sb3."
        )
        return
    columns = ("repository", "environment", "algorithm", "published", "downloads", "size", "converts")
    print_table(columns, [_row(repository) for repository in found[:limit]])
    converting = [repository.repo_id for repository in found if repository.converts]
    more = f" The first {limit} are shown; --limit shows more." if len(found) > limit else ""
    print_result(f"{len(converting)} of {len(found)} repositories convert.{more}")
    if converting:
        progress.say(f"Play the first: bbconvert play {converting[0]}")


def _row(repository: "FoundRepository") -> tuple[str, ...]:
    return (
        repository.repo_id,
        repository.env_id or "not said",
        repository.algorithm or "",
        _reward(repository.published),
        "" if repository.downloads is None else f"{repository.downloads:,}",
        "" if repository.stored_bytes is None else f"{repository.stored_bytes / 1e6:.1f} MB",
        "yes" if repository.obstacle is None else f"no: {_brief(repository)}",
    )


def _brief(repository: "FoundRepository") -> str:
    """The obstacle, where it fits a table; else where to read it."""
    obstacle = repository.obstacle or ""
    return obstacle if len(obstacle) < 60 else f"see bbconvert inspect {repository.repo_id}"


def _reward(published: "Published | None") -> str:
    if published is None:
        return ""
    return f"{published.mean_reward:g}" + ("" if published.std is None else f" ± {published.std:g}")


def _document(repository: "FoundRepository") -> dict[str, Any]:
    published = repository.published
    return {
        "repo_id": repository.repo_id,
        "env_id": repository.env_id,
        "algorithm": repository.algorithm,
        "library": repository.library,
        "published": None if published is None else {"mean": published.mean_reward, "std": published.std},
        "downloads": repository.downloads,
        "stored_bytes": repository.stored_bytes,
        "converts": repository.converts,
        "obstacle": repository.obstacle,
    }
