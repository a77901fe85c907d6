"""The size of a bundle without the two files that repeat its proof."""

from pathlib import Path

from bbconvert.convert.bundle.proof import BADGE, PARITY

PROOF = {PARITY, BADGE}
"""Made from the others, and fetched by no page."""


def bundle_bytes(folder: Path) -> int:
    """The bytes of all other files, README included."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name not in PROOF)
