"""What exists near a name that does not: the choices in an error message."""

import difflib
from typing import Any

from huggingface_hub import HfApi, constants

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.hub.errors import hub_errors_in_words
from bbconvert.convert.hub.model_card import card_from_metadata

_LISTED = 500
_SHOWN = 8


def near_repositories(api: HfApi, repo_id: str) -> str:
    """A sentence with the repositories whose names resemble `repo_id`; empty where there are none."""
    owner, name = repo_id.split("/")
    queries = ({"author": owner}, {"search": name}, {"search": name.split("-")[0]})
    found = next(filter(None, ([model.id for model in _models(api, **query)] for query in queries)), [])
    by_lower = {model_id.lower(): model_id for model_id in found}
    near = difflib.get_close_matches(repo_id.lower(), by_lower, n=_SHOWN, cutoff=0.6)
    return f"Near it: {', '.join(by_lower[match] for match in near)}." if near else ""


def near_revisions(api: HfApi, repo_id: str) -> str:
    """A sentence with the branches and tags of a repository."""
    try:
        with hub_errors_in_words(repo_id, "looking up"):
            refs = api.list_repo_refs(repo_id)
    except BBConvertError:
        return f"See its history: {constants.ENDPOINT}/{repo_id}/commits/main"
    names = [ref.name for ref in (*refs.branches, *refs.tags)]
    return f"It has {', '.join(names[:_SHOWN])}; a commit is given with its 40 digits."


def repositories_of_environment(api: HfApi, shorthand: str) -> str:
    """Sentences with what `owner/ENV_ID` could mean, each with its published reward, and how to name one."""
    owner, env_id = shorthand.split("/")
    models = [
        model
        for model in _models(api, author=owner, search=env_id, expand=["cardData", "model-index"])
        if env_id.lower() in model.id.lower()
    ]
    if not models:
        return near_repositories(api, f"{shorthand}-ppo_continuous_action-seed1")
    lines = "".join(f"\n  {model.id}  {_reward(model)}" for model in models[:_LISTED])
    return (
        f"{owner} has for {env_id}:{lines}\nName one in full: bbconvert pull {models[0].id}\n"
        "or complete the shorthand with --algo and --seed.\n"
    )


def _models(api: HfApi, **query: Any) -> list[Any]:
    """Like `api.list_models`, and empty where the Hub does not answer: the error being explained is another one."""
    try:
        with hub_errors_in_words(str(query), "searching"):
            return list(api.list_models(limit=_LISTED, **query))
    except BBConvertError:
        return []


def _reward(model: Any) -> str:
    """What the card of a listed model publishes."""
    card = model.card_data.to_dict() if model.card_data else {}
    published = card_from_metadata(
        {**card, **({"model-index": model.model_index} if model.model_index else {})}
    ).published
    if published is None:
        return "(no published reward)"
    return f"{published.mean_reward:g}" + (f" ± {published.std:g}" if published.std is not None else "")
