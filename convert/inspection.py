"""What is in a repository, a checkpoint file or a bundle, without converting anything."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.progress import CallbackProgress, DownloadProgress, ProgressCallback


@dataclass(frozen=True)
class File:
    """A file of a repository or a bundle: its path there, and its bytes."""

    name: str
    bytes: int


@dataclass(frozen=True)
class Inspection:
    """What was found.

    Args:
        kind: what it is.
        facts: by name, in the order in which they are shown; plain data that `json.dumps` takes.
        files: of a repository or a bundle.
    """

    kind: Literal["bundle", "checkpoint", "repository"]
    facts: dict[str, Any]
    files: tuple[File, ...] = ()


def inspect(what: str | Path, *, sandbox: bool = True, progress: ProgressCallback | None = None) -> Inspection:
    """Looks into a repository of the Hub, a checkpoint file or a bundle's folder; converts nothing.

    Args:
        what: a path that exists, or else a repository: `owner/name`, or an address of a page of the Hub.
        sandbox: read a checkpoint in a child process with limits.
        progress: told each stage.

    Raises:
        BBConvertError: nothing is there, or it cannot be read.
    """
    return inspect_anything(str(what), sandbox=sandbox, progress=CallbackProgress(progress))


def inspect_anything(what: str, *, sandbox: bool, progress: DownloadProgress) -> Inspection:
    """What `inspect` does, with any kind of progress display."""
    path = Path(what)
    if path.is_dir() and not (path / "bundle.json").is_file():
        raise BBConvertError(
            f"{what} is a folder without bundle.json, so it is not a bundle. Give a bundle's folder (bbconvert list), "
            "a checkpoint file, or a repository owner/name."
        )
    if path.is_dir():
        return _bundle(path)
    if path.is_file():
        return _checkpoint(path, progress, sandbox=sandbox)
    return _repository(what, progress)


def _bundle(folder: Path) -> Inspection:
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.bundle.summary import bundle_summary

    summary = bundle_summary(open_bundle(folder).manifest)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = tuple(File(path.relative_to(folder).as_posix(), path.stat().st_size) for path in paths)
    return Inspection("bundle", {"bundle": str(folder), **summary}, files)


def _checkpoint(path: Path, progress: DownloadProgress, *, sandbox: bool) -> Inspection:
    from bbconvert.convert.files.digest import sha256_of
    from bbconvert.convert.safety.limits import READING
    from bbconvert.convert.safety.sandbox import run_function

    facts = run_function(
        "bbconvert.convert.checkpoints.facts:checkpoint_facts",
        path,
        doing=f"Reading {path.name}",
        limits=READING if sandbox else None,
        progress=progress,
    )
    return Inspection("checkpoint", {"file": str(path), "sha256": sha256_of(path), **facts})


def _repository(what: str, progress: DownloadProgress) -> Inspection:
    from huggingface_hub import constants

    from bbconvert.convert.hub.address import parse_address
    from bbconvert.convert.hub.repository import choose_checkpoint, download_card, find_repository
    from bbconvert.convert.hub.session import allow_waiting

    allow_waiting(progress.say)
    address = parse_address(what, endpoint=constants.ENDPOINT)
    files = find_repository(address)
    card = download_card(files, progress.download)
    try:
        chosen: str | None = choose_checkpoint(files, address.filename)
        following = f"bbconvert pull {files.repo_id}"
    except BBConvertError as error:
        chosen, following = None, str(error)
    published = card.published if card else None
    facts = {
        "repo_id": files.repo_id,
        "revision": files.revision,
        "from_cache": files.cached,
        "env_id": card.env_id if card else None,
        "algorithm": card.algorithm if card else None,
        "library": card.library if card else None,
        "license": card.license if card else None,
        "published": published.model_dump(mode="json") if published else None,
        "would_convert": chosen,
        "next": following,
    }
    return Inspection("repository", facts, tuple(File(name, size) for name, size in sorted(files.sizes.items())))
