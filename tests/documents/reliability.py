"""The tables of `docs/reliability.md`, each between two markers: recipes write what they measured there."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.repository import ROOT

DOCUMENT = ROOT / "docs" / "reliability.md"
LIMITS = ROOT / "convert" / "safety" / "limits.py"


def section(name: str) -> str:
    """What stands between the markers of the section.

    Raises:
        ValueError: the document has no such section.
    """
    return _split(DOCUMENT.read_text(encoding="utf-8"), name)[1].strip("\n")


def write_section(name: str, text: str) -> None:
    """Puts `text` between the markers of the section; the rest of the document stays.

    Raises:
        ValueError: the document has no such section.
    """
    before, _, after = _split(DOCUMENT.read_text(encoding="utf-8"), name)
    DOCUMENT.write_text(f"{before}\n{text.strip()}\n{after}", encoding="utf-8")


def _split(document: str, name: str) -> tuple[str, str, str]:
    begin, end = f"<!-- {name}: written by ", f"<!-- /{name} -->"
    found = re.search(rf"({re.escape(begin)}[^\n]*-->)\n(.*?)({re.escape(end)})", document, re.DOTALL)
    if found is None:
        raise ValueError(f"{DOCUMENT} has no section {name}: expected '{begin}… -->' and '{end}'")
    return document[: found.end(1)], found.group(2), document[found.start(3) :]


@dataclass(frozen=True)
class Limit:
    """A constant of `convert/safety/limits.py`: what it is of, its name, its value as written, why it is so."""

    topic: str
    name: str
    value: str
    why: str


def limits() -> Iterator[Limit]:
    """The constants, in order, with the text below each."""
    source = LIMITS.read_text(encoding="utf-8")
    headings = [(n, line) for n, line in enumerate(source.splitlines(), start=1) if re.match(r"# \S", line)]
    body = ast.parse(source).body
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        name = ", ".join(ast.unparse(target) for target in targets).strip("()")
        if name == "MEBIBYTE":
            continue
        topics = [line.lstrip("# ").split(":")[0].rstrip(".") for n, line in headings if n < statement.lineno]
        why = ""
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            why = " ".join(str(following.value.value).split())
        yield Limit(topics[-1] if topics else "", name, _value(ast.unparse(statement.value)), why)


def _value(source: str) -> str:
    """`512 MiB` of `512 * MEBIBYTE`, `200,000` of `200000`."""
    text = re.sub(r"\b(\d+) \* MEBIBYTE\b", r"\1 MiB", source).strip("()")
    text = re.sub(r"\bMEBIBYTE\b", "1 MiB", text)
    return re.sub(r"(?<![\d.])\d{5,}(?![\d.])", lambda found: f"{int(found.group()):,}", text)


def limits_table() -> str:
    """The limits in Markdown."""
    rows = [f"| {limit.topic} | `{limit.name}` | {limit.value} | {_cell(limit.why)} |" for limit in limits()]
    return "\n".join(["| of | limit | value | why |", "|---|---|---|---|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    write_section("limits", limits_table())
