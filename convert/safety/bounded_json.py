"""Untrusted JSON: of bounded size and depth, its numbers finite, its texts short."""

import json
import math
from typing import Any, NoReturn

from bbconvert.convert.safety.limits import MAX_JSON_DEPTH, MAX_TEXT

_LARGEST_INTEGER = 2**63


def bounded_json(content: bytes, *, most: int) -> Any:
    """The document in `content`, UTF-8.

    Args:
        content: the file.
        most: bytes that it may have.

    Raises:
        ValueError: in words; it is not JSON, or too large or too deep, or holds a number that is not finite.
    """
    if len(content) > most:
        raise ValueError(f"it has {len(content) / 2**20:.0f} MiB, at most {most / 2**20:.0f} are expected")
    try:
        document = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError(f"it is nested deeper than {MAX_JSON_DEPTH} lists and objects") from error
    _require_bounded(document)
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which JSON does not have")


def _require_bounded(document: Any) -> None:
    level = [document]
    for _ in range(MAX_JSON_DEPTH):
        following: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                following += value.keys()
                following += value.values()
            elif isinstance(value, list):
                following += value
            else:
                _require_plain(value)
        if not following:
            return
        level = following
    raise ValueError(f"it is nested deeper than {MAX_JSON_DEPTH} lists and objects")


def _require_plain(value: Any) -> None:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise ValueError(f"it holds a text of {len(value)} characters, at most {MAX_TEXT} are expected")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it holds a number that is not finite")
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        raise ValueError("it holds a whole number of more than 64 bits")
