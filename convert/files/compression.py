"""Brotli and gzip, for what is served and exported."""

import gzip
from pathlib import Path

import brotli

COMPRESSED_ALREADY = {".ico", ".jpg", ".png", ".woff2"}
WORTH_COMPRESSING = 1024
"""Bytes."""
_QUALITY = 9
"""Of 11, as the page's build has it: the two levels above take ten times as long for a tenth less."""


def is_compressible(path: Path, size: int) -> bool:
    """Whether compressing a file of `size` bytes pays."""
    return path.suffix not in COMPRESSED_ALREADY and size >= WORTH_COMPRESSING


def brotli_of(content: bytes) -> bytes:
    """The content as an HTTP body of `Content-Encoding: br`."""
    compressed: bytes = brotli.compress(content, quality=_QUALITY)
    return compressed


def gzip_of(content: bytes) -> bytes:
    """The content as an HTTP body of `Content-Encoding: gzip`; the same bytes every time."""
    return gzip.compress(content, compresslevel=6, mtime=0)
