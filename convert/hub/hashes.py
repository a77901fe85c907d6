"""By which hash the Hub knows the content of a file, and whether a file on this disk has it.

A hash of 64 hexadecimal digits is a SHA-256 (large files), one of 40 git's blob id: the SHA-1 of `blob SIZE`, a zero
byte and the content.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from bbconvert.convert.files.digest import sha256_of

_HASH = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
_CHUNK_BYTES = 1 << 20


def hash_on_hub(sibling: Any) -> str | None:
    """The hash of one of `model_info(…, files_metadata=True).siblings`; None where the Hub, or a mirror, names none.

    The blob id of a large file is that of its pointer file, so it says nothing about its content.
    """
    named = sibling.blob_id if sibling.lfs is None else sibling.lfs.sha256
    return named if isinstance(named, str) and _HASH.fullmatch(named) else None


def hash_in_cache(path: Path) -> str | None:
    """The hash that a file in the local cache is named after, as the Hub's ETags are; None where its name is none."""
    name = path.readlink().name if path.is_symlink() else path.name
    return name if _HASH.fullmatch(name) else None


def has_hash(path: Path, expected: str) -> bool:
    """The content of the file has the hash; it is read piece by piece."""
    return sha256_of(path) == expected if len(expected) == 64 else git_blob_id(path) == expected


def has_cached_hash(path: Path, expected: str) -> bool:
    """Like `has_hash`; 40 digits may be the plain SHA-1 too, which mirrors such as Artifactory send as ETag."""
    if has_hash(path, expected):
        return True
    with path.open("rb") as file:
        return len(expected) == 40 and hashlib.file_digest(file, _sha1).hexdigest() == expected


def git_blob_id(path: Path) -> str:
    """The file's blob id in git, 40 hexadecimal digits."""
    digest = _sha1(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _sha1(begin: bytes = b"") -> "hashlib._Hash":
    return hashlib.sha1(begin, usedforsecurity=False)
