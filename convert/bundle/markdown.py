"""Untrusted words in Markdown that we write: shown as they are, never markup, HTML or a link."""

import re

_SPECIAL = re.compile(r"[\\`*\[\]<>|~&#$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=\bwww)\.|@")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")


def one_line(text: str) -> str:
    """Runs of white space, control and direction characters become a space."""
    return _UNSEEN.sub(" ", text).strip()


def plain(text: str) -> str:
    """For running text, a heading, or a cell of a table."""
    return _SPECIAL.sub(r"\\\g<0>", one_line(text))


def code(text: str) -> str:
    """A span of code; its fence is longer than any run of backticks in it."""
    text = one_line(text) or " "
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * (max(runs, default=0) + 1)
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"
