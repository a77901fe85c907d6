"""Values that readers seldom think of."""

from random import Random
from typing import Any

NUMBERS: tuple[Any, ...] = (
    *(0, 1, -1, 2, 255, 2**31, -(2**31), 2**63 - 1, 2**63, 2**64, -(2**63), 10**400),
    *(0.0, -0.0, 0.5, 1e300, -1e300, 5e-324, 1e39, float("inf"), float("-inf"), float("nan")),
)
TEXTS = (
    *("", " ", "²", "٣", "9" * 5000, "-1", "1e999", "nan", "None", "../../../etc/passwd", "/etc/passwd", "a\x00b"),
    *("\x1b]0;title\x07\x1b[31m", "\ufeff", "\u202e", "x" * 20_000, "a\nb: c", "{}", "[]", "fc²", "net.10²", "é" * 300),
)
"""Digits that `int` refuses or takes, long ones, paths, terminal escapes, line ends."""


def number(rng: Random) -> Any:
    """A number at an edge."""
    return rng.choice(NUMBERS)


def text(rng: Random) -> str:
    """A text at an edge."""
    return rng.choice(TEXTS)


def scalar(rng: Random) -> Any:
    """None, a truth value, a number or a text."""
    return rng.choice((None, True, False, number(rng), number(rng), text(rng)))


def document(rng: Random, depth: int = 3) -> Any:
    """Nested lists and mappings of scalars, as JSON and YAML have them."""
    if depth == 0 or rng.random() < 0.5:
        return scalar(rng)
    if rng.random() < 0.5:
        return [document(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {text(rng): document(rng, depth - 1) for _ in range(rng.randrange(4))}


def replaced_somewhere(rng: Random, tree: Any, depth: int = 12) -> Any:
    """A JSON-like tree with one random part replaced, removed, doubled or wrapped."""
    if depth == 0 or not isinstance(tree, (dict, list)) or not tree or rng.random() < 0.15:
        return _replacement(rng, tree)
    if isinstance(tree, list):
        changed = list(tree)
        at = rng.randrange(len(changed))
        if rng.random() < 0.15:
            return changed[:at] + changed[at + 1 :] if rng.random() < 0.5 else [*changed, *changed[at:]]
        changed[at] = replaced_somewhere(rng, changed[at], depth - 1)
        return changed
    key = rng.choice(list(tree))
    if rng.random() < 0.15:
        rest = {name: value for name, value in tree.items() if name != key}
        return rest if rng.random() < 0.5 else {**rest, text(rng): tree[key]}
    return {**tree, key: replaced_somewhere(rng, tree[key], depth - 1)}


def _replacement(rng: Random, tree: Any) -> Any:
    match rng.randrange(8):
        case 0:
            return [tree]
        case 1:
            return {"": tree}
        case 2:
            return document(rng)
        case 3 if isinstance(tree, list):
            return tree * rng.choice((0, 2, 50))
        case 4 if isinstance(tree, str):
            return tree + text(rng)
        case _:
            return scalar(rng)
