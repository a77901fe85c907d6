"""YAML as plain data, for text from the Hub: no anchors, no merge keys, no tags, and limits on its size and depth.

PyYAML reads the text into events; the values are built here, in one pass. Its own loaders copy what a merge key or an
alias names, so that 483 bytes keep them busy for a minute, and raise a dozen other types than `yaml.YAMLError`.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml  # type: ignore[import-untyped]

from bbconvert.convert.safety.limits import MAX_YAML_CHARACTERS, MAX_YAML_DEPTH

_ORDERED_DICT = "tag:yaml.org,2002:python/object/apply:collections.OrderedDict"
"""The one tag that is read, as data: rl-baselines3-zoo dumps its settings so, as a list that holds a list of pairs."""

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null"), None),
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
    ".inf": math.inf,
    "+.inf": math.inf,
    "-.inf": -math.inf,
    ".nan": math.nan,
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,30}\.[0-9]{0,30}|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,4})?")


class StrictYamlError(ValueError):
    """The text is not YAML, or uses what is not read here."""


def load_yaml(text: str) -> Any:
    """The one document in the text: mappings, lists, text, numbers, True, False and None.

    A date stays text. Keys are text, numbers, True, False or None.

    Raises:
        StrictYamlError: not YAML, or with an anchor, an alias, a merge key, a tag, several documents, too long or deep.
    """
    if len(text) > MAX_YAML_CHARACTERS:
        raise StrictYamlError(f"it has {len(text):,} characters, more than {MAX_YAML_CHARACTERS:,}")
    try:
        return _document(yaml.parse(text, Loader=yaml.SafeLoader))
    except StrictYamlError:
        raise
    except (yaml.YAMLError, ValueError, OverflowError, IndexError, KeyError, TypeError) as error:
        # PyYAML's scanner lets some of these out, of `"\UFFFFFFFF"` for instance.
        raise StrictYamlError((str(error).splitlines() or [type(error).__name__])[0]) from error


@dataclass
class _Collection:
    """A list or a mapping while it is read; the items of a mapping are keys and values in turn."""

    is_mapping: bool
    tag: str | None
    items: list[Any] = field(default_factory=list)

    def value(self) -> Any:
        if not self.is_mapping:
            return _ordered(self.items) if self.tag == _ORDERED_DICT else self.items
        return dict(zip(map(_key, self.items[::2]), self.items[1::2], strict=True))


def _document(events: Iterator[Any]) -> Any:
    stack = [_Collection(is_mapping=False, tag=None)]
    for event in events:
        if getattr(event, "anchor", None) is not None:
            raise StrictYamlError("it uses an anchor or an alias")
        tag = getattr(event, "tag", None)
        if tag not in (None, "!") and not (tag == _ORDERED_DICT and isinstance(event, yaml.SequenceStartEvent)):
            raise StrictYamlError(f"it uses the tag {str(tag)[:60]}")
        match event:
            case yaml.ScalarEvent():
                stack[-1].items.append(_scalar(event))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                if len(stack) > MAX_YAML_DEPTH:
                    raise StrictYamlError(f"it is nested more than {MAX_YAML_DEPTH} deep")
                stack.append(_Collection(isinstance(event, yaml.MappingStartEvent), tag))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                value = stack.pop().value()
                stack[-1].items.append(value)
    (root,) = stack
    if len(root.items) > 1:
        raise StrictYamlError("it has several documents")
    return root.items[0] if root.items else None


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style is not None or event.tag == "!":  # quoted, or a block: text
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _key(value: Any) -> Any:
    if value == "<<":
        raise StrictYamlError("it uses a merge key")
    if not isinstance(value, str | int | float | bool | None):
        raise StrictYamlError("a list or a mapping is a key")
    return value


def _ordered(items: list[Any]) -> dict[Any, Any]:
    """The arguments of OrderedDict: none, or one list of pairs."""
    pairs = items[0] if len(items) == 1 and isinstance(items[0], list) else []
    if (items and not pairs) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise StrictYamlError("an OrderedDict is not a list of pairs")
    return {_key(key): value for key, value in pairs}
