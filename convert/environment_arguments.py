"""The arguments that an environment's constructor takes: their names, defaults and kinds, read off Gymnasium itself."""

import inspect
import math
from collections.abc import Mapping
from typing import Any

import gymnasium
from gymnasium.envs.registration import load_env_creator
from pydantic import TypeAdapter, ValidationError

from convert.errors import BBConvertError

PICTURE = {
    *("render_mode", "width", "height", "camera_id", "camera_name", "default_camera_config", "max_geom"),
    "visual_options",
}
"""Arguments that change what Gymnasium draws and nothing else: they are left out."""

MAX_EPISODE_STEPS = "max_episode_steps"
"""Of `gymnasium.make` itself: when an episode is truncated."""


def checked_arguments(env_id: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as the manifest keeps them: those about pictures left out, pairs as lists, open bounds null.

    Args:
        env_id: what Gymnasium builds.
        arguments: as given, by name.

    Raises:
        BBConvertError: a name that the constructor does not have, or a value of another kind.
    """
    parameters = _parameters(env_id)
    checked: dict[str, Any] = {}
    for name, value in arguments.items():
        if name in PICTURE:
            continue
        if name not in parameters and name != MAX_EPISODE_STEPS:
            known = ", ".join([*parameters, MAX_EPISODE_STEPS])
            raise BBConvertError(f"{env_id} takes no argument {name!r}. It takes: {known}.")
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
    try:
        TypeAdapter(_kind(parameter)).validate_python(value, strict=True)
        if name in ("frame_skip", MAX_EPISODE_STEPS) and value < 1:
            raise ValueError
    except (ValidationError, ValueError) as error:
        example = "" if default is None else f" (by default {default!r})"
        raise BBConvertError(
            f"{env_id}'s argument {name!r} is {_words(name, _kind(parameter))}{example}: got {value!r}."
        ) from error
    if isinstance(value, tuple):
        return [None if math.isinf(bound) else bound for bound in value]
    return value


def _kind(parameter: inspect.Parameter | None) -> Any:
    """The type that is declared, or (up to v4) the default's."""
    if parameter is None:
        return int
    if parameter.annotation is not inspect.Parameter.empty:
        return parameter.annotation
    return tuple[float, float] if isinstance(parameter.default, tuple) else type(parameter.default)


def _words(name: str, kind: Any) -> str:
    if name in ("frame_skip", MAX_EPISODE_STEPS):
        return "a whole number from 1 on"
    words = {bool: "True or False", float: "a number", str: "text", int | str: "a number or a name"}
    return words.get(kind, "two numbers, None for an open bound")


def _opened(value: Any) -> Any:
    if not isinstance(value, list) or len(value) != 2:
        return value
    low, high = value
    return (-math.inf if low is None else low, math.inf if high is None else high)
