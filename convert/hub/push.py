"""A bundle, or a page, to a repository on the Hub: planned file by file, then one commit of what changes."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    constants,
    get_token,
    hf_hub_download,
    logging,
)
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]  # exported, but not by name

from bbconvert.convert.bundle.bundle import MANIFEST, README, Bundle, manifest_json, open_bundle
from bbconvert.convert.bundle.library import bundle_files, manifest_files
from bbconvert.convert.bundle.readme import bundle_readme, linked_card
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.hub.errors import hub_errors_in_words

Track = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Filename and size in bytes to a context that yields the function told of the bytes sent."""

State = Literal["new", "changed", "unchanged", "removed"]
_PLACEHOLDERS = {".gitattributes", ".gitignore", README, "LICENSE"}
"""What a repository may hold before its first bundle: the Hub makes some of them itself."""
_COMPRESSED = {".br", ".gz"}
"""A Space compresses what it sends."""
RepoType = Literal["model", "space"]
SITE = "bundles/index.json"
"""The file that tells a Space of ours."""


@dataclass(frozen=True)
class PushedFile:
    """A file beside the repository's of the same name; `content` is None where it goes from there."""

    name: str
    content: bytes | None
    state: State


@dataclass(frozen=True)
class Push:
    """What a push would do.

    Args:
        repo_id: `owner/name`.
        kind: a model's repository, or a Space.
        exists: the repository is there already.
        private: that of the existing repository; None for a new one.
        files: all that it would hold of ours, in order, then those that go.
    """

    repo_id: str
    kind: RepoType
    exists: bool
    private: bool | None
    files: list[PushedFile]

    @property
    def changes(self) -> list[PushedFile]:
        """The files that the commit holds."""
        return [file for file in self.files if file.state != "unchanged"]

    @property
    def address(self) -> str:
        """The page of the repository."""
        return f"{constants.ENDPOINT}/{'spaces/' if self.kind == 'space' else ''}{self.repo_id}"


def plan_push(bundle: Bundle, repo_id: str, *, name: str, space: str | None = None) -> Push:
    """Compares the bundle with the repository, and writes nothing; on the Hub the bundle is called `name`.

    What an earlier bundle left there goes; files that are not a bundle's stay. The card links to the Space `space`.

    Raises:
        BBConvertError: no token, no answer, or the repository holds something that is not a bundle.
    """
    _require_token()
    remote = _remote_files(repo_id, "model")
    names = {file.rfilename for file in remote.siblings or []} if remote else set()
    if MANIFEST not in names and names - _PLACEHOLDERS:
        raise _foreign(repo_id, "a bundle", names)
    manifest = bundle.manifest.model_copy(update={"name": name, "pulled_from": None})
    contents = {file: (bundle.folder / file).read_bytes() for file in bundle_files(bundle)}
    contents[MANIFEST] = manifest_json(manifest).encode()
    if space is not None:
        card = contents.get(README, bundle_readme(manifest).encode()).decode(errors="replace")
        contents[README] = linked_card(card, space_address(space), bundle.manifest.name).encode()
    gone = _earlier(repo_id) - contents.keys() - _PLACEHOLDERS if MANIFEST in names else set()
    return _planned(repo_id, "model", remote, contents, gone & names)


def plan_space(site: Path, repo_id: str, *, card: str) -> Push:
    """Compares the exported site in a folder with the Space; `card` is its README. What is not the site's goes.

    Raises:
        BBConvertError: no token, no answer, or the Space holds something that is not a site of bbconvert's.
    """
    _require_token()
    remote = _remote_files(repo_id, "space")
    names = {file.rfilename for file in remote.siblings or []} if remote else set()
    if SITE not in names and names - {*_PLACEHOLDERS, "index.html", "style.css"}:
        raise _foreign(repo_id, "a page of bbconvert's", names)
    files = sorted(path for path in site.rglob("*") if path.is_file() and path.suffix not in _COMPRESSED)
    contents = {path.relative_to(site).as_posix(): path.read_bytes() for path in files}
    contents[README] = card.encode()
    return _planned(repo_id, "space", remote, contents, names - contents.keys() - {".gitattributes"})


def push_files(push: Push, *, private: bool, message: str, track: Track) -> str:
    """Creates the repository where there is none and commits the changes at once; returns the page's address.

    Raises:
        BBConvertError: the Hub refuses or does not answer; without the commit, the repository is as it was.
    """
    disable_progress_bars()
    api, kind = HfApi(), push.kind
    additions = [CommitOperationAdd(file.name, file.content) for file in push.changes if file.content is not None]
    deletions = [CommitOperationDelete(file.name) for file in push.changes if file.content is None]
    with _push_errors_in_words(push.repo_id):
        if not push.exists:
            sdk = "static" if kind == "space" else None
            api.create_repo(push.repo_id, repo_type=kind, private=private, space_sdk=sdk)
        for addition in additions:
            size = addition.upload_info.size
            with track(addition.path_in_repo, size) as advance:
                api.preupload_lfs_files(push.repo_id, [addition], repo_type=kind)
                advance(size)
        api.create_commit(push.repo_id, [*additions, *deletions], commit_message=message, repo_type=kind)
    return push.address


def space_address(repo_id: str) -> str:
    """Where the Space of this name is seen."""
    return f"{constants.ENDPOINT}/spaces/{repo_id}"


def _require_token() -> None:
    if get_token() is None:
        raise BBConvertError(
            f"To push, the Hub must know who you are. Make a token that may write on {constants.ENDPOINT}"
            "/settings/tokens and set HF_TOKEN to it, or run: hf auth login"
        )
    logging.set_verbosity_error()  # what matters is said in our own words


def _foreign(repo_id: str, expected: str, names: set[str]) -> BBConvertError:
    found = ", ".join(sorted(names - _PLACEHOLDERS)[:6])
    return BBConvertError(
        f"{repo_id} exists and holds something else than {expected} ({found}): not touched. Choose another name, for "
        f"instance {repo_id}-bbconvert."
    )


def _planned(repo_id: str, kind: RepoType, remote: Any | None, contents: dict[str, bytes], gone: set[str]) -> Push:
    siblings = {file.rfilename: file for file in remote.siblings or []} if remote else {}
    files = [PushedFile(name, content, _state(content, siblings.get(name))) for name, content in contents.items()]
    files += [PushedFile(name, None, "removed") for name in sorted(gone)]
    return Push(repo_id, kind, remote is not None, remote.private if remote else None, files)


def _earlier(repo_id: str) -> set[str]:
    """The files of the bundle that is there now, as its manifest names them; none where it cannot be read."""
    try:
        with hub_errors_in_words(repo_id, "looking up"):
            path = hf_hub_download(repo_id, MANIFEST)
        return set(manifest_files(open_bundle(Path(path).parent).manifest))
    except BBConvertError:
        return set()


def _remote_files(repo_id: str, kind: RepoType) -> Any | None:
    with hub_errors_in_words(repo_id, "looking up"):
        try:
            return HfApi().repo_info(repo_id, repo_type=kind, files_metadata=True)
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
