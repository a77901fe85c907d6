"""The arguments that an environment's constructor takes: names, defaults and kinds are Gymnasium's, ranges are ours.

The same check holds for the command line, a file beside a checkpoint and a bundle.
"""

import inspect
import math
from collections.abc import Mapping
from typing import Any

import gymnasium
from gymnasium.envs.registration import load_env_creator
from pydantic import TypeAdapter, ValidationError

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety import limits

PICTURE = {
    *("render_mode", "width", "height", "camera_id", "camera_name", "default_camera_config", "max_geom"),
    "visual_options",
}
"""Arguments that change what Gymnasium draws and nothing else: they are left out."""

MAX_EPISODE_STEPS = "max_episode_steps"
"""Of `gymnasium.make` itself: when an episode is truncated."""

_RANGES: dict[str, tuple[float, float]] = {
    "frame_skip": (1, limits.MAX_FRAME_SKIP),
    MAX_EPISODE_STEPS: (1, limits.MAX_EPISODE_STEPS),
    "reset_noise_scale": (0, limits.MAX_NOISE),
}
"""By name; other numbers are bounded by their kind."""


def checked_arguments(env_id: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as the manifest keeps them: those about pictures left out, pairs as lists, open bounds null.

    Args:
        env_id: what Gymnasium builds.
        arguments: as given, by name.

    Raises:
        BBConvertError: a name that the constructor does not have, a value of another kind, or one out of range.
    """
    parameters = _parameters(env_id)
    checked: dict[str, Any] = {}
    for name, value in arguments.items():
        if name in PICTURE:
            continue
        if name not in parameters and name != MAX_EPISODE_STEPS:
            known = ", ".join([*parameters, MAX_EPISODE_STEPS])
            raise BBConvertError(f"{env_id} takes no argument {_shown(name)}. It takes: {known}.")
        checked[name] = _checked(env_id, name, value, parameters.get(name))
    return checked


def complete_arguments(env_id: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest's arguments as the constructor is given them, the defaults filled in; open bounds are infinite."""
    defaults = {name: parameter.default for name, parameter in _parameters(env_id).items()}
    return {**defaults, **opened_arguments(arguments)}


def opened_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest's arguments as `gymnasium.make` is given them: open bounds are infinite."""
    return {name: _opened(value) for name, value in arguments.items()}


def _parameters(env_id: str) -> dict[str, inspect.Parameter]:
    entry_point = gymnasium.spec(env_id).entry_point
    creator = load_env_creator(entry_point) if isinstance(entry_point, str) else entry_point
    signature = inspect.signature(creator) if creator is not None else inspect.Signature()
    return {
        name: parameter
        for name, parameter in signature.parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD and name not in PICTURE
    }


def _checked(env_id: str, name: str, value: Any, parameter: inspect.Parameter | None) -> Any:
    default = None if parameter is None else parameter.default
    if isinstance(value, list | tuple):
        value = _opened(list(value))
    kind = _kind(parameter)
    words = _words(name, kind)
    try:
        TypeAdapter(kind).validate_python(value, strict=True)
        if not _in_range(name, kind, value):
            words += _range_words(name, kind, value)
            raise ValueError
    except (ValidationError, ValueError) as error:
        example = "" if default is None else f" (by default {default!r})"
        raise BBConvertError(f"{env_id}'s argument {name!r} is {words}{example}: got {_shown(value)}.") from error
    if isinstance(value, tuple):
        return [None if math.isinf(bound) else bound for bound in value]
    return value


def _in_range(name: str, kind: Any, value: Any) -> bool:
    """Whether a value of the right kind is one that an environment can sensibly have; a NaN is none."""
    match value:
        case bool():
            return True
        case int() | float():
            low, high = _range(name, kind)
            return low <= value <= high
        case str():
            return len(value) <= limits.MAX_TEXT and value.isprintable()
        case (int() | float() as low, int() | float() as high):
            bounds = (bound for bound in (low, high) if not math.isinf(bound))
            return low <= high and -high < math.inf and low < math.inf and all(map(_is_bound, bounds))
        case _:
            return True  # of a kind that an environment of one's own declares


def _range(name: str, kind: Any) -> tuple[float, float]:
    most = limits.MAX_COUNT if kind in (int, int | str) else limits.MAX_WEIGHT
    return _RANGES.get(name, (-most, most))


def _is_bound(value: float) -> bool:
    return abs(value) <= limits.MAX_BOUND


def _kind(parameter: inspect.Parameter | None) -> Any:
    """The type that is declared, or (up to v4) the default's."""
    if parameter is None:
        return int
    if parameter.annotation is not inspect.Parameter.empty:
        return parameter.annotation
    return tuple[float, float] if isinstance(parameter.default, tuple) else type(parameter.default)


def _words(name: str, kind: Any) -> str:
    if name in _RANGES and kind is int:
        low, high = _RANGES[name]
        return f"a whole number from {low:,} to {high:,}"
    words = {
        bool: "True or False",
        int: "a whole number",
        float: "a number",
        str: "text",
        int | str: "a number or a name",
    }
    return words.get(kind, "two numbers, None for an open bound")


def _range_words(name: str, kind: Any, value: Any) -> str:
    """What else the words have to say of a value that is of the right kind and out of range."""
    if isinstance(value, str):
        return f" of at most {limits.MAX_TEXT} printable characters"
    if isinstance(value, tuple):
        return f", the lower first, within ±{limits.MAX_BOUND:g}"
    low, high = _range(name, kind)
    return "" if name in _RANGES and kind is int else f" from {low:g} to {high:g}"


def _shown(value: Any) -> str:
    """A value in a message: no longer than a line."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= 80 else f"{text[:80]}…"


def _opened(value: Any) -> Any:
    if not isinstance(value, list) or len(value) != 2:
        return value
    low, high = value
    return (-math.inf if low is None else low, math.inf if high is None else high)
