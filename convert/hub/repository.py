"""From a repository on the Hub to pinned local files, through `huggingface_hub` and its cache."""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from huggingface_hub import HfApi, constants, logging, scan_cache_dir
from huggingface_hub.errors import CacheNotFound

from bbconvert.convert.checkpoints.companions import companion_names, is_left_by_training, policy_names, read_companions
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.hub import download
from bbconvert.convert.hub.address import HubAddress
from bbconvert.convert.hub.download import download_checked, take_from_cache
from bbconvert.convert.hub.errors import (
    UnknownRepositoryError,
    UnknownRevisionError,
    UnreachableHubError,
    hub_errors_in_words,
    private_advice,
)
from bbconvert.convert.hub.hashes import hash_on_hub
from bbconvert.convert.hub.model_card import ModelCard, env_id_in, read_model_card
from bbconvert.convert.hub.neighbours import near_repositories, near_revisions, repositories_of_environment
from bbconvert.convert.hub.session import say
from bbconvert.convert.manifest import FILENAME
from bbconvert.convert.safety.limits import MAX_CARD_DOWNLOAD_BYTES, MAX_CHECKPOINT_BYTES, MAX_COMPANION_BYTES

CARD = "README.md"
WEIGHTS = (".safetensors", ".pt", ".pth")
"""What a file is called that may hold weights and nothing else."""
Track = download.Track
"""Filename and size in bytes to a context that yields the function told of every few bytes received."""


@dataclass(frozen=True)
class RepositoryFiles:
    """What a repository holds at one commit.

    Args:
        repo_id: `owner/name`.
        revision: the commit, 40 hexadecimal digits.
        sizes: bytes by filename, 0 where the Hub does not say.
        cached: the Hub was not asked: only the files in the local cache are listed.
        hashes: by filename, those of the contents (see convert/hub/hashes.py); those that the Hub does not name are
            missing.
        again: files are downloaded although the local cache has them.
    """

    repo_id: str
    revision: str
    sizes: dict[str, int]
    cached: bool
    hashes: dict[str, str] = field(default_factory=dict)
    again: bool = False

    @property
    def is_bundle(self) -> bool:
        """It holds a manifest: bbconvert made it."""
        return FILENAME in self.sizes


@dataclass(frozen=True)
class HubRepository:
    """A downloaded repository: the checkpoint, its name in the repository, and what the card and args.yml say."""

    repo_id: str
    revision: str
    checkpoint: Path
    card: ModelCard | None
    license: str | None
    filename: str = ""
    noted_env_id: str | None = None

    @property
    def env_id(self) -> str:
        """The environment it was trained on: the card's word, else the trainer's note, else the repository's name.

        Raises:
            BBConvertError: none of them names one.
        """
        found = (self.card.env_id if self.card else None) or self.noted_env_id or env_id_in(self.repo_id.split("/")[1])
        if found is None:
            raise BBConvertError(
                f"{self.repo_id} does not say which environment it was trained on: neither its card nor its name has "
                f"one. Name it: bbconvert convert {self.checkpoint} --env ENV_ID"
            )
        return found


def find_repository(address: HubAddress) -> RepositoryFiles:
    """Asks the Hub which commit the address is and which files it has; the local cache where there is no Hub.

    Raises:
        BBConvertError: no such repository or revision (with those that exist), no access, or no network and not cached.
    """
    try:
        return _ask_hub(address)
    except UnreachableHubError as error:
        cached = _look_in_cache(address)
        if cached is None:
            raise UnreachableHubError(f"{error} {_cache_contents()}") from error
        return cached
    except UnknownRevisionError as error:
        raise UnknownRevisionError(
            f"{address.repo_id} has no revision {address.revision}. {near_revisions(HfApi(), address.repo_id)}"
        ) from error
    except UnknownRepositoryError as error:
        if address.shorthand is None:
            near = near_repositories(HfApi(), address.repo_id)
            raise UnknownRepositoryError(_sentences(str(error), near, private_advice())) from error
        try:
            return _ask_hub(HubAddress(address.shorthand, address.revision, address.filename))
        except UnknownRepositoryError:
            found = repositories_of_environment(HfApi(), address.shorthand)
            raise UnknownRepositoryError(_sentences(str(error), found, private_advice())) from error


def choose_checkpoint(files: RepositoryFiles, filename: str | None = None) -> str:
    """The one file to convert; `filename` where the address names it.

    Raises:
        BBConvertError: none that can be read, several, or one that is too large.
    """
    readable = _readable(files)
    listing = ", ".join(sorted(files.sizes)[:12]) or "no files"
    where = f"{files.repo_id}{' (in the local cache)' if files.cached else ''}"
    if filename is not None:
        if filename not in files.sizes:
            raise BBConvertError(f"{where} has no {filename}; it has {listing}.")
        readable = [filename]
    if not readable:
        weights = sorted(name for name in files.sizes if name.endswith(WEIGHTS) and not is_left_by_training(name))
        alone = (
            f" {weights[0]} may hold weights alone: bbconvert pull {_page(files, weights[0])} says what is missing."
            if weights
            else ""
        )
        raise BBConvertError(
            f"{where} holds no policy: found {listing}; bbconvert reads CleanRL's *.cleanrl_model, the *.zip of "
            f"Stable-Baselines3 and SBX, and *.onnx.{alone}"
        )
    if len(readable) > 1:
        raise BBConvertError(
            f"{where} holds several policies: {', '.join(readable)}. Name one by its page: "
            f"bbconvert pull {_page(files, readable[0])}"
        )
    size = files.sizes[readable[0]]
    if size > MAX_CHECKPOINT_BYTES:
        raise BBConvertError(
            f"{readable[0]} of {where} has {size / 2**20:.0f} MiB; policies of this kind have at most "
            f"{MAX_CHECKPOINT_BYTES // 2**20} MiB, so it was not downloaded."
        )
    return readable[0]


def _readable(files: RepositoryFiles) -> list[str]:
    """The policies by their names; where one of several is called like the repository, that one."""
    found = policy_names(files.sizes)
    called = [name for name in found if PurePosixPath(name).stem.lower() == files.repo_id.split("/")[1].lower()]
    return called if len(called) == 1 else found


def _page(files: RepositoryFiles, filename: str) -> str:
    return f"{constants.ENDPOINT}/{files.repo_id}/blob/{files.revision}/{filename}"


def download_repository(files: RepositoryFiles, checkpoint: str, track: Track) -> HubRepository:
    """Downloads the checkpoint, what stands beside it and the card at the pinned commit, unless the cache has them.

    Raises:
        BBConvertError: the download was cut and could not be resumed, or was refused.
    """
    card = None
    if files.sizes.get(CARD, MAX_CARD_DOWNLOAD_BYTES + 1) <= MAX_CARD_DOWNLOAD_BYTES:
        card = read_model_card(download_file(files, CARD, track))
    for name in companion_names(checkpoint, files.sizes):
        if files.sizes[name] <= MAX_COMPANION_BYTES:
            download_file(files, name, track)
    path = download_file(files, checkpoint, track)
    return HubRepository(
        files.repo_id,
        files.revision,
        path,
        card,
        card.license if card else None,
        filename=checkpoint,
        noted_env_id=read_companions(path).env_id,
    )


def download_card(files: RepositoryFiles, track: Track) -> ModelCard | None:
    """The card alone, for a repository that is only looked at."""
    if files.sizes.get(CARD, MAX_CARD_DOWNLOAD_BYTES + 1) > MAX_CARD_DOWNLOAD_BYTES:
        return None
    return read_model_card(download_file(files, CARD, track))


def _sentences(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _ask_hub(address: HubAddress) -> RepositoryFiles:
    logging.set_verbosity_error()  # what matters is said in our own words
    api = HfApi()
    with hub_errors_in_words(address.repo_id, "looking up"):
        # Stores the answer in the cache's refs, which is what an offline pull reads; with a commit it asks nothing.
        commit = api.resolve_revision(address.repo_id, revision=address.revision).resolved
        if not re.fullmatch(r"[0-9a-f]{40}", commit):
            raise ValueError(f"a commit that is not one: {commit[:80]!r}")
        info = api.model_info(address.repo_id, revision=commit, files_metadata=True)
        siblings = {_filename(file): file for file in info.siblings or []}
    sizes = {name: _size(file) for name, file in siblings.items()}
    hashes = {name: known for name, file in siblings.items() if (known := hash_on_hub(file)) is not None}
    if len(hashes) < len(sizes):  # a mirror may do so
        unnamed = ", ".join(sorted(sizes.keys() - hashes.keys())[:4])
        say(f"{constants.ENDPOINT} names no hash of {unnamed}: what is downloaded is not compared with one.")
    return RepositoryFiles(address.repo_id, commit, sizes, cached=False, hashes=hashes)


def _size(sibling: Any) -> int:
    """In bytes; 0 where the Hub does not say, at most `sys.maxsize`."""
    return max(0, min(sibling.size, sys.maxsize)) if isinstance(sibling.size, int) else 0


def _filename(sibling: Any) -> str:
    if not isinstance(sibling.rfilename, str):
        raise TypeError(f"a file's name that is not text: {str(sibling.rfilename)[:80]}")
    return sibling.rfilename


def _look_in_cache(address: HubAddress) -> RepositoryFiles | None:
    """The newest cached commit that the address fits."""
    wanted = address.revision or constants.DEFAULT_REVISION
    names = (address.repo_id, address.shorthand)
    for repository in _cached_repositories():
        if repository.repo_id not in names:
            continue
        for revision in repository.revisions:
            if wanted in revision.refs or revision.commit_hash == wanted:
                sizes = {
                    file.file_path.relative_to(revision.snapshot_path).as_posix(): file.size_on_disk
                    for file in revision.files
                }
                return RepositoryFiles(repository.repo_id, revision.commit_hash, sizes, cached=True)
    return None


def _cached_repositories() -> list[Any]:
    try:
        return [repository for repository in scan_cache_dir().repos if repository.repo_type == "model"]
    except CacheNotFound:
        return []


def _cache_contents() -> str:
    names = sorted(repository.repo_id for repository in _cached_repositories())
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"In the local cache: {', '.join(names[:8])}{more}." if names else "The local cache is empty."


def download_file(files: RepositoryFiles, filename: str, track: Track) -> Path:
    """Downloads one file at the pinned commit, unless the cache has it with the Hub's hash; returns its path there.

    Raises:
        BBConvertError: the download was cut and could not be resumed, was refused, or its content has another hash.
    """
    if files.cached:
        return take_from_cache(files.repo_id, files.revision, filename, track=track)
    return download_checked(
        files.repo_id,
        files.revision,
        filename,
        size=files.sizes[filename],
        expected=files.hashes.get(filename),
        again=files.again,
        track=track,
    )
