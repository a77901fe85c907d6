"""What a person may write for a repository: `owner/name`, a page address of the Hub, or `owner/ENV_ID`."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bbconvert.convert.errors import UsageError

DEFAULT_ALGO = "ppo_continuous_action"
_SHORT_ALGO = re.compile(r"(?P<name>ppo|rpo|td3|ddpg|sac)(?P<jax>_jax)?")
"""`td3` is td3_continuous_action, `td3_jax` is td3_continuous_action_jax."""
DEFAULT_SEED = 1

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REPO_ID = re.compile(rf"{_PART}/{_PART}")
_ENV_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*-v\d+")
_HUB_HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")
_FORMS = "Write owner/name, owner/ENV_ID such as cleanrl/Humanoid-v4, or a https://huggingface.co/owner/name address."


@dataclass(frozen=True)
class HubAddress:
    """A repository, before the Hub was asked whether it exists.

    Args:
        repo_id: `owner/name` to try first.
        revision: branch, tag or commit; None is the default branch.
        filename: the file that the address names, if it names one.
        shorthand: `owner/ENV_ID` as written, where `repo_id` was made from it.
    """

    repo_id: str
    revision: str | None = None
    filename: str | None = None
    shorthand: str | None = None


def parse_address(text: str, *, endpoint: str, algo: str | None = None, seed: int | None = None) -> HubAddress:
    """Reads REPO; `endpoint` is the Hub in use, whose page addresses are understood too.

    Raises:
        UsageError: it is not one of the three forms, or `algo` or `seed` come with a repository named in full.
    """
    address = _from_page(text, endpoint) if re.match(r"https?://", text) else HubAddress(text.strip("/"))
    if not _REPO_ID.fullmatch(address.repo_id) or ".." in address.repo_id or "--" in address.repo_id:
        hint = f" To convert that file: bbconvert convert {text} --env ENV_ID" if Path(text).is_file() else ""
        raise UsageError(f"{text} names no repository. {_FORMS}{hint}")
    owner, name = address.repo_id.split("/")
    if _ENV_ID.fullmatch(name):
        full = f"{owner}/{name}-{_full_algo(algo or DEFAULT_ALGO)}-seed{DEFAULT_SEED if seed is None else seed}"
        return HubAddress(full, address.revision, address.filename, shorthand=address.repo_id)
    if algo is not None or seed is not None:
        raise UsageError(
            f"--algo and --seed complete the shorthand owner/ENV_ID, and {address.repo_id} is named in full. "
            "Leave them out, or write for instance: bbconvert pull cleanrl/Humanoid-v4 --seed 1"
        )
    return address


def _full_algo(algo: str) -> str:
    """The name of CleanRL's script."""
    short = _SHORT_ALGO.fullmatch(algo.lower())
    return f"{short['name']}_continuous_action{short['jax'] or ''}" if short else algo


def _from_page(text: str, endpoint: str) -> HubAddress:
    """`https://HOST/owner/name[/tree|blob|resolve|raw/REVISION[/FILE]]`."""
    page, hub = urlsplit(text), urlsplit(endpoint)
    if page.netloc not in (*_HUB_HOSTS, hub.netloc):
        raise UsageError(
            f"{text} is not on the Hub: expected an address on huggingface.co or on HF_ENDPOINT ({endpoint}). {_FORMS}"
        )
    prefix = hub.path.rstrip("/") if page.netloc == hub.netloc else ""
    parts = [unquote(part) for part in page.path.removeprefix(prefix).strip("/").split("/") if part]
    if parts[:1] and parts[0] in ("datasets", "spaces", "docs", "collections", "papers"):
        raise UsageError(f"{text} is a page of {parts[0]}, not of a model. {_FORMS}")
    if len(parts) < 2:
        raise UsageError(f"{text} names no repository. {_FORMS}")
    repo_id = f"{parts[0]}/{parts[1]}"
    if len(parts) >= 4 and parts[2] in ("tree", "blob", "resolve", "raw"):
        filename = "/".join(parts[4:]) if parts[2] != "tree" and len(parts) > 4 else None
        return HubAddress(repo_id, revision=parts[3], filename=filename)
    return HubAddress(repo_id)
