"""What a page fetches of a bundle."""

from pathlib import Path

from bbconvert.convert.bundle.bundle import README
from bbconvert.convert.bundle.proof import BADGE, PARITY

FOR_PEOPLE = {README, PARITY, BADGE}
"""Files beside it that no page asks for."""


def fetched_bytes(folder: Path) -> int:
    """The bytes of all files that play the bundle or prove it in the tab."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name not in FOR_PEOPLE)
