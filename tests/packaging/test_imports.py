"""Everything is imported under one name, `bbconvert`, which holds links to the folders."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import ROOT

FOLDERS = ("convert", "observation", "mjcf")
SOURCES = [
    *(path for folder in (*FOLDERS, "bbconvert", "policies", "tests") for path in (ROOT / folder).rglob("*.py")),
    *ROOT.glob("docs/*.md"),
]
_PYTHON_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def _programs(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    yield from _PYTHON_BLOCK.findall(text) if path.suffix == ".md" else [text]


def imported(path: Path) -> Iterator[str]:
    """The modules that the file imports, by their whole names."""
    for program in _programs(path):
        for node in ast.walk(ast.parse(program)):
            if isinstance(node, ast.ImportFrom):
                yield node.module or ""
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)


def test_no_import_goes_without_the_prefix() -> None:
    assert len(SOURCES) > 200
    bare = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in SOURCES
        for name in imported(path)
        if name.split(".")[0] in FOLDERS
    }
    assert bare == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_package_holds_the_folder(folder: str) -> None:
    assert (ROOT / "bbconvert" / folder).resolve() == (ROOT / folder).resolve()
