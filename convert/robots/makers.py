"""What the makers' descriptors have in common: names of observation terms, and joints as a scene has them."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mujoco

from bbconvert.convert.errors import BBConvertError

Document = dict[str, Any]


def walking_command(initial: list[float], low: list[float] | None = None, high: list[float] | None = None) -> Document:
    """Forward, to the left, and a turn: what a walking policy of a legged robot is commanded."""
    return {
        "names": ["forward", "left", "turn"],
        "units": ["m/s", "m/s", "rad/s"],
        "low": low or [-0.8, -0.5, -1.57],
        "high": high or [0.8, 0.5, 1.57],
        "initial": initial,
    }


def entry(document: Mapping[str, Any], name: str, path: Path) -> Any:
    """An entry of a descriptor.

    Raises:
        BBConvertError: it has none of that name.
    """
    if name not in document:
        raise BBConvertError(f"{path} has no {name}; it has {', '.join(map(str, list(document)[:20])) or 'nothing'}.")
    return document[name]


def known_term(name: Any, known: Mapping[str, Document], path: Path) -> Document:
    """A copy of the term that a maker calls `name`.

    Raises:
        BBConvertError: it is none of those that are known; the nearest are named.
    """
    term = known.get(str(name))
    if term is None:
        near = difflib.get_close_matches(str(name), known, 3, 0.4) or list(known)
        raise BBConvertError(
            f"{path} observes {str(name)[:60]!r}, which is not known here; nearest are {', '.join(near)}. Describe the "
            "loop by hand: docs/robots.md."
        )
    return {"name": str(name), **term}


def actuators_of(joints: list[str], model: mujoco.MjModel, path: Path) -> list[int]:
    """MuJoCo's number of the actuator that drives each joint.

    Raises:
        BBConvertError: the scene does not have the joint, or not one actuator for each.
    """
    driven = {
        model.joint(int(model.actuator_trnid[i, 0])).name: i
        for i in range(model.nu)
        if model.actuator_trntype[i] == int(mujoco.mjtTrn.mjTRN_JOINT)
    }
    missing = [joint for joint in joints if joint not in driven]
    if missing or len(joints) != model.nu:
        raise BBConvertError(
            f"{path} drives {len(joints)} joints ({', '.join(joints)[:200]}), the scene has actuators of "
            f"{', '.join(driven) or 'none'}{f'; {missing[0]} is not among them' if missing else ''}."
        )
    return [driven[joint] for joint in joints]


def home(model: mujoco.MjModel) -> str | None:
    """The scene's keyframe to start in, where it has one called home."""
    keys = [model.key(i).name for i in range(model.nkey)]
    return "home" if "home" in keys else None
