"""One file from the Hub into the local cache, its content checked against the hash by which the Hub knows it."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import constants, hf_hub_download
from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]  # exported, but not by name

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.files.disk_errors import writing_to
from bbconvert.convert.hub.errors import hub_errors_in_words
from bbconvert.convert.hub.hashes import has_cached_hash, has_hash, hash_in_cache
from bbconvert.convert.hub.session import say
from bbconvert.convert.safety.limits import MAX_CHECKPOINT_BYTES

Track = Callable[[str, int | None], AbstractContextManager[Callable[[int], None]]]
"""Filename and size in bytes to a context that yields the function told of every few bytes received."""


class _NotWholeError(BBConvertError):
    """The bytes received are not as many as the Hub says."""


def download_checked(
    repo_id: str, revision: str, filename: str, *, size: int, expected: str | None, again: bool, track: Track
) -> Path:
    """Downloads a file at a commit, unless the cache has it whole; returns its path there.

    A file without the hash `expected` is refused and downloaded once more, be it in the cache or just received. Without
    `expected` nothing is compared.

    Args:
        repo_id: `owner/name`.
        revision: the commit.
        filename: its path in the repository.
        size: in bytes, 0 where the Hub does not say.
        expected: the hash of its content.
        again: download it although the cache has it.
        track: told of the bytes received.

    Raises:
        BBConvertError: the download was cut and could not be resumed, was refused, or has another hash a second time.
    """
    path = None
    with contextlib.suppress(_NotWholeError):
        path = _fetch(repo_id, revision, filename, size, again=again, track=track)
        if expected is None or has_hash(path, expected):
            return path
    say(f"{filename} does not have the size and the hash that the Hub names: downloading it again …")
    path = _fetch(repo_id, revision, filename, size, again=True, track=track)
    if expected is None or has_hash(path, expected):
        return path
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    raise BBConvertError(
        f"{filename} of {repo_id} was downloaded twice from {constants.ENDPOINT}, and both times its content had "
        f"another hash than the one named there, {expected}: it was changed on the way, or is damaged on the Hub. It "
        "was not kept, and nothing was written. Try another network; where HF_ENDPOINT is set, check that mirror."
    )


def take_from_cache(repo_id: str, revision: str, filename: str, *, track: Track) -> Path:
    """A file in the local cache, where the Hub cannot be asked; compared with the hash that its name there is.

    Raises:
        BBConvertError: it is not there, or its content has another hash.
    """
    path = _fetch(repo_id, revision, filename, 0, again=False, track=track)
    expected = hash_in_cache(path)
    if expected is None or has_cached_hash(path, expected):
        return path
    raise BBConvertError(
        f"{filename} of {repo_id} is damaged in the local cache ({path}): its content does not have the hash "
        f"{expected}. Nothing was written. Give the same command again when the Hub can be reached: it is downloaded "
        "anew then."
    )


def _fetch(repo_id: str, revision: str, filename: str, size: int, *, again: bool, track: Track) -> Path:
    with (
        writing_to(
            Path(constants.HF_HUB_CACHE), f"the download of {filename}", "set HF_HOME to a folder on another disk"
        ),
        hub_errors_in_words(repo_id, "downloading"),
        _tracking_bar(filename, size, track) as bar,
    ):
        try:
            path = hf_hub_download(repo_id, filename, revision=revision, force_download=again, tqdm_class=bar)
        except OSError as error:
            if str(error).startswith("Consistency check failed"):
                raise _NotWholeError(
                    f"{filename} of {repo_id} has another size than {constants.ENDPOINT} names "
                    f"({str(error).splitlines()[0]}). Nothing was written. Try again."
                ) from error
            raise
        return Path(path)


@contextmanager
def _tracking_bar(filename: str, size: int, track: Track) -> Iterator[type[tqdm]]:
    """A bar class for `huggingface_hub` that draws nothing and reports to `track`, which starts with the first byte.

    It stops a download of more bytes than the file has, such as a compressed one that unpacks to gigabytes.
    """
    advance: Callable[[int], None] | None = None
    most = size or MAX_CHECKPOINT_BYTES

    with ExitStack() as stack:

        class _Bar(tqdm):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                nonlocal advance
                kwargs["disable"] = True
                super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
                self.received = 0
                advance = advance or stack.enter_context(track(filename, size or None))

            def update(self, n: float | None = 1) -> None:
                self.received += int(n or 0)
                if self.received > most:
                    raise _NotWholeError(
                        f"{constants.ENDPOINT} sends more than the {most:,} bytes that {filename} has. Nothing was "
                        "written. Try again; where HF_ENDPOINT is set, check that mirror."
                    )
                if advance is not None and n:
                    advance(int(n))

        yield _Bar
