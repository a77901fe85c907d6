"""Untrusted text on a terminal: control characters are shown, not executed."""

import re
import unicodedata

_BREAKS = re.compile(r"[\r\n\t]+")


def visible(text: str) -> str:
    r"""One line: breaks and tabs are a space, what cannot be seen is written as an escape, `\x1b` for instance.

    That is every control character (of C0 and C1, ESC and BEL among them), every format character (U+202E, which turns
    the direction of writing, among them), half of a surrogate pair (a byte of a file's name that is not UTF-8) and what
    is not assigned.
    """
    text = _BREAKS.sub(" ", text)
    return text if text.isprintable() else "".join(map(_shown, text))


def visible_lines(text: str) -> str:
    """The same, with the lines kept; all but the first are indented, so that none looks like one of the command's."""
    return "\n  ".join(map(visible, text.splitlines()))


def visible_json(document: str) -> str:
    r"""A JSON document, with the same characters escaped as JSON does, `\u001b` for instance; its data is the same."""
    return "\n".join(line if line.isprintable() else "".join(map(_escaped, line)) for line in document.split("\n"))


def _shown(character: str) -> str:
    return character if _is_seen(character) else character.encode("unicode_escape").decode()


def _escaped(character: str) -> str:
    if _is_seen(character):
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _is_seen(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"  # other spaces than the plain one
