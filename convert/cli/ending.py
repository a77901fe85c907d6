"""What ends an episode, in a phrase."""

from typing import Any

import mujoco

from bbconvert.mjcf.spec import Condition, Termination

AXES = "xyz"
FREE_JOINT = ("x", "y", "z", "w", "i", "j", "k")
"""What the seven numbers of a free joint are called: metres, and the quaternion."""


def ending(termination: Termination, max_episode_steps: int | None, model: mujoco.MjModel) -> str:
    """`root z outside 1…2; after 1000 steps`, for instance."""
    parts = [_failures(termination.healthy, model)] if termination.terminate_when_unhealthy else []
    if max_episode_steps is not None:
        parts.append(f"after {max_episode_steps} steps")
    return "; ".join(part for part in parts if part) or "never"


def _failures(conditions: list[Condition], model: mujoco.MjModel) -> str:
    """What fails, each sort of failure once: `a position or a velocity not finite, root z outside 0.2…1`."""
    subjects: dict[str, list[str]] = {}
    for condition in conditions:
        subjects.setdefault(_failure(condition), []).append(_subject(condition, model))
    return ", ".join(f"{' or '.join(names)} {failure}" for failure, names in subjects.items())


def _failure(condition: Condition) -> str:
    low, high, inclusive = condition.above, condition.below, condition.inclusive
    if low is None and high is None:
        return "not finite"
    if low is None:
        return f"{'>' if inclusive else '≥'} {high:g}"
    if high is None:
        return f"{'<' if inclusive else '≤'} {low:g}"
    return f"beyond ±{high:g}" if low == -high else f"outside {low:g}…{high:g}"


def _subject(condition: Condition, model: mujoco.MjModel) -> str:
    index = condition.index
    if condition.source == "site_xpos":
        return f"{condition.site} {AXES[index]}"
    if condition.source == "xpos":
        return f"{condition.body} {AXES[index]}"
    if condition.source == "xmat":
        return f"{AXES[index // 3]} of {condition.body}'s {AXES[index % 3]} axis"
    if condition.stop is not None:
        return "a position" if condition.source == "qpos" else "a velocity"
    if condition.source == "qvel":
        return f"velocity {index}"
    return _coordinate(model, index)


def _coordinate(model: mujoco.MjModel, index: int) -> str:
    """The joint that `qpos[index]` belongs to, and which of its numbers it is where it has several."""
    joint = int(max(j for j in range(model.njnt) if model.jnt_qposadr[j] <= index))
    named: Any = model.joint(joint)
    name = named.name or f"joint {joint}"
    if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE:
        return f"{name} {FREE_JOINT[index - model.jnt_qposadr[joint]]}"
    return str(name)
