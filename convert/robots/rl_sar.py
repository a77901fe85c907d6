"""rl_sar's `config.yaml`, with the `base.yaml` in the folder above it: the control loop of its `rl_sim`, as data."""

from pathlib import Path
from typing import Any

import mujoco

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.robots.loop import Loop, parse_loop, read_yaml
from bbconvert.convert.robots.makers import Document, actuators_of, entry, home, known_term, walking_command

_TERMS: dict[str, Document] = {
    "lin_vel": {"source": "base_linvel"},
    "ang_vel": {"source": "qvel", "from": 3, "to": 6},
    "gravity_vec": {"source": "projected_gravity"},
    "commands": {"source": "command"},
    "dof_pos": {"source": "joint_pos"},
    "dof_vel": {"source": "joint_vel"},
    "actions": {"source": "last_action"},
}
"""ComputeObservation in rl_sdk.cpp."""
_SCALES = {
    "lin_vel": "lin_vel_scale",
    "ang_vel": "ang_vel_scale",
    "commands": "commands_scale",
    "dof_pos": "dof_pos_scale",
    "dof_vel": "dof_vel_scale",
}

UNCLIPPED = 100.0
"""legged_gym's bound of an action, where the file has none."""


def is_rl_sar(document: dict[str, Any]) -> bool:
    """Whether it is rl_sar's: one entry, a policy's, with what nobody else has."""
    inner = next(iter(document.values()), None) if len(document) == 1 else None
    return isinstance(inner, dict) and {"observations", "rl_kp"} <= inner.keys()


def rl_sar_loop(path: Path, model: mujoco.MjModel) -> Loop:
    """The loop that `rl_sim` plays with this file: torques before each of MuJoCo's steps.

    Raises:
        BBConvertError: an entry is missing or does not fit the scene; or it has wheels, joints in another order than
            its names, or a history with gaps, which are not read.
    """
    ((title, said),) = read_yaml(path).items()
    said = {**_base(path), **said}
    joints = [str(joint) for joint in entry(said, "joint_names", path)]
    n = len(joints)
    if said.get("wheel_indices") or list(said.get("joint_mapping", range(n))) != list(range(n)):
        raise BBConvertError(f"{path} has wheels or a joint_mapping that is not 0, 1, 2, …: describe its loop by hand.")
    default = entry(said, "default_dof_pos", path)
    terms = []
    for name in entry(said, "observations", path):
        term = known_term(name, _TERMS, path)
        if name in _SCALES:
            term["scale"] = entry(said, _SCALES[name], path)
        if term["source"] in ("joint_pos", "joint_vel"):
            term["joints"] = joints
        if term["source"] == "joint_pos":
            term["offset"] = default
        terms.append(term)
    low = min(said.get("clip_actions_lower") or [-UNCLIPPED])
    high = max(said.get("clip_actions_upper") or [UNCLIPPED])
    document = {
        "name": str(title).replace("/", "-"),
        "title": str(title),
        "timestep": entry(said, "dt", path),
        "substeps": entry(said, "decimation", path),
        "start": home(model),
        "observation": {"terms": terms, "clip": said.get("clip_obs"), "history": _history(said, path)},
        "control": {
            "law": "pd_torque",
            "scale": entry(said, "action_scale", path),
            "offset": default,
            "dtype": "float32",
            "kp": entry(said, "rl_kp", path),
            "kd": entry(said, "rl_kd", path),
            "torque_limit": said.get("torque_limits"),
            "joints": joints,
            "actuators": actuators_of(joints, model, path),
            "hold": entry(said, "decimation", path),
        },
        "command": walking_command([0.0, 0.0, 0.0]),
        "action_low": low,
        "action_high": high,
    }
    return parse_loop(document, path)


def _base(path: Path) -> dict[str, Any]:
    """What the file of the robot itself says; nothing where there is none."""
    base = path.parent.parent / "base.yaml"
    if not base.is_file():
        return {}
    inner = next(iter(read_yaml(base).values()), None)
    return inner if isinstance(inner, dict) else {}


def _history(said: dict[str, Any], path: Path) -> Document | None:
    """Of the ids 0, 1, 2, … the newest stands first, of …, 2, 1, 0 last; before the beginning there are zeros."""
    ids = list(said.get("observations_history") or [])
    if len(ids) < 2:
        return None
    ordered = list(range(len(ids)))
    if ids not in (ordered, ordered[::-1]):
        raise BBConvertError(f"{path}: observations_history is {ids}; expected 0, 1, 2, … or the same backwards.")
    return {
        "length": len(ids),
        "order": said.get("observations_history_priority", "time"),
        "newest": "first" if ids == ordered else "last",
        "start": "zeros",
    }
