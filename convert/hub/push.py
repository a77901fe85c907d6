"""A bundle to a repository on the Hub: planned file by file, then one commit of what is not there yet."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from huggingface_hub import CommitOperationAdd, HfApi, constants, get_token, logging
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]  # exported, but not by name

from bbconvert.convert.bundle.bundle import MANIFEST, README, Bundle, manifest_json
from bbconvert.convert.bundle.library import bundle_files
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.hub.errors import hub_errors_in_words

Track = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Filename and size in bytes to a context that yields the function told of the bytes sent."""

State = Literal["new", "changed", "unchanged"]
_PLACEHOLDERS = {".gitattributes", ".gitignore", README, "LICENSE"}
"""What a repository may hold before its first bundle: the Hub makes some of them itself."""


@dataclass(frozen=True)
class PushedFile:
    """A file of the bundle beside the repository's of the same name."""

    name: str
    content: bytes
    state: State


@dataclass(frozen=True)
class Push:
    """What a push would do.

    Args:
        repo_id: `owner/name`.
        exists: the repository is there already.
        private: that of the existing repository; None for a new one.
        files: all of the bundle's, in its order.
    """

    repo_id: str
    exists: bool
    private: bool | None
    files: list[PushedFile]

    @property
    def changes(self) -> list[PushedFile]:
        """The files that the commit holds."""
        return [file for file in self.files if file.state != "unchanged"]


def plan_push(bundle: Bundle, repo_id: str, *, name: str) -> Push:
    """Compares the bundle with the repository, and writes nothing; on the Hub the bundle is called `name`.

    Raises:
        BBConvertError: no token, no answer, or the repository holds something that is not a bundle.
    """
    if get_token() is None:
        raise BBConvertError(
            f"To push, the Hub must know who you are. Make a token that may write on {constants.ENDPOINT}"
            "/settings/tokens and set HF_TOKEN to it, or run: hf auth login"
        )
    logging.set_verbosity_error()  # what matters is said in our own words
    remote = _remote_files(repo_id)
    names = {file.rfilename for file in remote.siblings or []} if remote else set()
    if MANIFEST not in names and names - _PLACEHOLDERS:
        found = ", ".join(sorted(names - _PLACEHOLDERS)[:6])
        raise BBConvertError(
            f"{repo_id} exists and holds something else than a bundle ({found}): not touched. Choose another name, for "
            f"instance {repo_id}-bbconvert."
        )
    siblings = {file.rfilename: file for file in remote.siblings or []} if remote else {}
    manifest = bundle.manifest.model_copy(update={"name": name, "pulled_from": None})
    files = []
    for filename in bundle_files(bundle):
        path = bundle.folder / filename
        content = manifest_json(manifest).encode() if filename == MANIFEST else path.read_bytes()
        files.append(PushedFile(filename, content, _state(content, siblings.get(filename))))
    return Push(repo_id, remote is not None, remote.private if remote else None, files)


def push_files(push: Push, *, private: bool, message: str, track: Track) -> str:
    """Creates the repository where there is none and commits the changes at once; returns the page's address.

    Raises:
        BBConvertError: the Hub refuses or does not answer; without the commit, the repository is as it was.
    """
    disable_progress_bars()
    api = HfApi()
    additions = [CommitOperationAdd(file.name, file.content) for file in push.changes]
    with _push_errors_in_words(push.repo_id):
        if not push.exists:
            api.create_repo(push.repo_id, private=private)
        for addition, file in zip(additions, push.changes, strict=True):
            with track(file.name, len(file.content)) as advance:
                api.preupload_lfs_files(push.repo_id, [addition])
                advance(len(file.content))
        api.create_commit(push.repo_id, additions, commit_message=message)
    return f"{constants.ENDPOINT}/{push.repo_id}"


def _remote_files(repo_id: str) -> Any | None:
    with hub_errors_in_words(repo_id, "looking up"):
        try:
            return HfApi().model_info(repo_id, files_metadata=True)
        except RepositoryNotFoundError:
            return None


def _state(content: bytes, sibling: Any | None) -> State:
    """The Hub tells large files by their SHA-256 and others by git's hash."""
    if sibling is None:
        return "new"
    if sibling.lfs is not None:
        same = sibling.lfs.sha256 == hashlib.sha256(content).hexdigest()
    else:
        blob = b"blob %d\0" % len(content) + content
        same = sibling.blob_id == hashlib.sha1(blob, usedforsecurity=False).hexdigest()
    return "unchanged" if same else "changed"


@contextmanager
def _push_errors_in_words(repo_id: str) -> Iterator[None]:
    """What goes wrong when writing; the rest as everywhere."""
    owner, endpoint = repo_id.partition("/")[0], constants.ENDPOINT
    try:
        with hub_errors_in_words(repo_id, "pushing"):
            yield
    except BBConvertError as error:
        status = error.__cause__.response.status_code if isinstance(error.__cause__, HfHubHTTPError) else None
        if status in (401, 403):
            raise BBConvertError(
                f"{endpoint} does not let this token write to {repo_id} ({status}). It needs the permission to write, "
                f"and {owner} must be you or an organisation of yours: see hf auth whoami, {endpoint}/settings/tokens"
            ) from error
        if status == 409:
            raise BBConvertError(
                f"{repo_id} was taken or changed meanwhile ({status}). Look at {endpoint}/{repo_id}, then give the "
                "same command again, or choose another name."
            ) from error
        raise
    except (ValueError, RuntimeError) as error:  # an invalid card; an upload that failed
        reason = " ".join(str(error.__cause__ or error).split())[:300]
        raise BBConvertError(f"{endpoint} does not take the files of {repo_id}: {reason}") from error
