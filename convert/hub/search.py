"""Repositories on the Hub that hold policies, and whether they convert."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from huggingface_hub import HfApi, ModelCardData, logging

from bbconvert.convert.environments.environment import known_environments
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.hub.errors import hub_errors_in_words
from bbconvert.convert.hub.model_card import card_from_metadata, env_id_in
from bbconvert.convert.hub.repository import RepositoryFiles, choose_checkpoint
from bbconvert.convert.manifest import Published

LIBRARIES = ("cleanrl", "stable-baselines3", "bbconvert")
TASK = "reinforcement-learning"
MAX_ASKED = 300
"""Repositories that each of the queries asks for, the most downloaded first."""

_EXPAND = ["cardData", "downloads", "library_name", "model-index", "sha", "siblings", "tags", "usedStorage"]


@dataclass(frozen=True)
class FoundRepository:
    """A repository as the Hub lists it; None where neither the Hub nor its card says.

    Args:
        repo_id: `owner/name`.
        env_id: the environment the policy was trained on.
        algorithm: as the card's model index or the repository's name has it.
        library: `cleanrl`, for instance.
        published: the mean reward and its standard deviation.
        downloads: in the last 30 days.
        stored_bytes: all that the repository stores, its history included.
        obstacle: why bbconvert does not convert it; None where it does.
    """

    repo_id: str
    env_id: str | None
    algorithm: str | None
    library: str | None
    published: Published | None
    downloads: int | None
    stored_bytes: int | None
    obstacle: str | None

    @property
    def converts(self) -> bool:
        """What the Hub lists of it is all that bbconvert needs."""
        return self.obstacle is None


def search_repositories(query: str) -> list[FoundRepository]:
    """What the Hub finds for `query`: the convertible first, the most downloaded and the best rewarded before others.

    Every word has to be in its name, environment, algorithm or library. Repositories of the libraries that are read are
    listed whether they convert or not, others only where they do.

    Raises:
        BBConvertError: the Hub does not answer, or refuses.
    """
    api, words = HfApi(), query.lower().split()
    what, asked = f"the search for {query!r}", max(words, key=len, default="")
    tagged = [r for library in LIBRARIES for r in _list(api, what, search=asked, filter=[library, TASK])]
    untagged = [r for r in _list(api, what, search=asked) if r.converts]
    found = {repository.repo_id: repository for repository in (*tagged, *untagged)}
    return sorted((r for r in found.values() if all(word in _described_by(r) for word in words)), key=_rank)


def repositories_of(owner: str) -> list[FoundRepository]:
    """All that `owner` has, by name.

    Raises:
        BBConvertError: the Hub does not answer, or refuses; or the owner has nothing there.
    """
    found = list(_list(HfApi(), f"the list of {owner}'s repositories", author=owner))
    if not found:
        raise BBConvertError(
            f"{owner} has no repository on the Hub, or shows none. Look for one with: bbconvert search NAME"
        )
    return sorted(found, key=lambda repository: repository.repo_id.lower())


def near_words(query: str) -> list[str]:
    """Names of known environments that resemble the words of `query`."""
    families = {re.sub(r"-v\d+$", "", env_id).split("/")[-1] for env_id in known_environments()}
    by_lower = {family.lower(): family for family in families}
    words = [word for word in re.split(r"[^a-z]+", query.lower()) if word]
    near = [match for word in words for match in difflib.get_close_matches(word, by_lower, n=3, cutoff=0.6)]
    return [by_lower[match] for match in dict.fromkeys(near)]


def _list(api: HfApi, what: str, **query: Any) -> Iterator[FoundRepository]:
    logging.set_verbosity_error()  # what matters is said in our own words
    with hub_errors_in_words(what, "searching"):
        models = list(api.list_models(limit=MAX_ASKED, sort="downloads", expand=_EXPAND, **query))  # type: ignore[arg-type]
    known = set(known_environments())
    # An entry without a name cannot be pulled.
    return (_described(model, known) for model in models if isinstance(model.id, str) and model.id.count("/") == 1)


def _described_by(repository: FoundRepository) -> str:
    facts = (repository.repo_id, repository.env_id, repository.algorithm, repository.library)
    return " ".join(fact for fact in facts if fact).lower()


def _described(model: Any, known: set[str]) -> FoundRepository:
    card = card_from_metadata(
        {**_metadata(model.card_data), **({"model-index": model.model_index} if model.model_index else {})}
    )
    env_id = card.env_id or env_id_in(model.id.split("/")[1])
    names = [file.rfilename for file in model.siblings or [] if isinstance(file.rfilename, str)]
    files = RepositoryFiles(model.id, _text(model.sha) or "", _unsized(names), cached=False)
    return FoundRepository(
        repo_id=model.id,
        env_id=env_id,
        algorithm=card.algorithm or _algorithm_in(model.id, env_id),
        library=card.library or _text(model.library_name) or _tagged_library(model.tags),
        published=card.published,
        downloads=_count(model.downloads),
        stored_bytes=_count(model.used_storage),
        obstacle=_obstacle(files, env_id, known),
    )


def _metadata(card: Any) -> dict[str, Any]:
    """What the card's front matter says; nothing where huggingface_hub cannot read it."""
    if not isinstance(card, ModelCardData):
        return {}
    try:
        return dict(card.to_dict())
    except (TypeError, ValueError, AttributeError, KeyError):
        return {}


def _obstacle(files: RepositoryFiles, env_id: str | None, known: set[str]) -> str | None:
    """What keeps it from being converted, as far as the list of its files tells; nothing keeps a bundle."""
    if files.is_bundle:
        return None
    try:
        choose_checkpoint(files)
    except BBConvertError as error:
        return str(error)
    if env_id is None:
        return "it does not say which environment it was trained on"
    return None if env_id in known else f"{env_id} is not an environment that bbconvert knows (bbconvert envs)"


def _unsized(names: Iterable[str]) -> dict[str, int]:
    """The Hub lists names alone; 0 bytes is below every limit."""
    return dict.fromkeys(names, 0)


def _algorithm_in(repo_id: str, env_id: str | None) -> str | None:
    """`ppo` of `sb3/ppo-Ant-v3`, `td3_continuous_action` of `cleanrl/Hopper-v4-td3_continuous_action-seed1`."""
    if env_id is None:
        return None
    rest = repo_id.split("/")[1].replace(env_id.split("/")[-1], "")
    return re.sub(r"-seed\d+$", "", rest).strip("-_") or None


def _tagged_library(tags: Any) -> str | None:
    return next((library for library in LIBRARIES if isinstance(tags, list) and library in tags), None)


def _text(value: Any) -> str | None:
    """The text in an answer of the Hub, which may hold anything there."""
    return value if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _rank(repository: FoundRepository) -> tuple[bool, int, float, str]:
    reward = repository.published.mean_reward if repository.published else float("-inf")
    return (not repository.converts, -(repository.downloads or 0), -reward, repository.repo_id.lower())
