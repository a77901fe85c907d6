"""Isaac Lab's `IO_descriptors.yaml`: observation terms, the action, and the joints' parameters of an environment."""

from pathlib import Path
from typing import Any

import mujoco

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.robots.loop import Loop, parse_loop, read_yaml
from bbconvert.convert.robots.makers import Document, actuators_of, entry, home, known_term, walking_command

_TERMS: dict[str, Document] = {
    "base_lin_vel": {"source": "base_linvel"},
    "base_ang_vel": {"source": "qvel", "from": 3, "to": 6},
    "projected_gravity": {"source": "projected_gravity"},
    "generated_commands": {"source": "command"},
    "joint_pos": {"source": "joint_pos"},
    "joint_pos_rel": {"source": "joint_pos"},
    "joint_vel": {"source": "joint_vel"},
    "joint_vel_rel": {"source": "joint_vel"},
    "last_action": {"source": "last_action"},
}
"""isaaclab.envs.mdp.observations."""
_ACTIONS: dict[str, Document] = {
    "JointPositionAction": {},
    "RelativeJointPositionAction": {"relative": True},
    "JointVelocityAction": {"law": "velocity"},
}
"""isaaclab.envs.mdp.actions.joint_actions."""


def is_isaac_lab(document: dict[str, Any]) -> bool:
    """Whether it is Isaac Lab's, by its four parts."""
    return {"actions", "articulations", "observations", "scene"} <= document.keys()


def isaac_lab_loop(path: Path, model: mujoco.MjModel) -> Loop:
    """The loop of the environment: its implicit actuators as servos under MuJoCo's implicit integrator.

    PhysX and MuJoCo are two engines: the policy sees and does what it did, and the body answers as MuJoCo does.

    Raises:
        BBConvertError: a term or an action is not known, joints have no gains (their actuator is a network of its own),
            or something does not fit the scene.
    """
    said = read_yaml(path)
    (robot,) = list(said["articulations"].values())[:1] or [{}]
    action = _action(said["actions"], path)
    joints = [str(joint) for joint in entry(action, "joint_names", path)]
    terms = [_term(described, path) for described in entry(said["observations"], "policy", path)]
    remembers = any("history" in term for term in terms)
    scene, n = said["scene"], len(joints)
    scale, offset = (_each(action.get(name), n, default) for name, default in (("scale", 1.0), ("offset", 0.0)))
    document = {
        "name": path.stem.removesuffix("_IO_descriptors"),
        "title": path.stem.removesuffix("_IO_descriptors").replace("_", " "),
        "timestep": entry(scene, "physics_dt", path),
        "substeps": entry(scene, "decimation", path),
        "start": home(model),
        "observation": {"terms": terms, "history": {"length": 1, "order": "term"} if remembers else None},
        "control": {
            "law": "pd_implicit",
            "scale": scale,
            "offset": offset,
            "dtype": "float32",
            **_gains(robot, joints, path),
            "joints": joints,
            "actuators": actuators_of(joints, model, path),
            "hold": entry(scene, "decimation", path),
            **known_action(action, path),
        },
        "model": {"integrator": "implicitfast", "armature": _of_joints(robot, "default_joint_armature", joints)},
        "notes": ["Trained in PhysX: the policy sees and does what it did there, the body answers as MuJoCo does."],
        "command": walking_command([0.0, 0.0, 0.0]) if any(term["source"] == "command" for term in terms) else None,
    }
    return parse_loop(document, path)


def known_action(action: Document, path: Path) -> Document:
    """What an action's class makes of the law.

    Raises:
        BBConvertError: the class is not known.
    """
    kind = str(entry(action, "full_path", path)).rpartition(".")[2]
    if kind not in _ACTIONS or action.get("clip") is not None:
        what = f"acts by {kind}" if kind not in _ACTIONS else "clips its action's targets"
        raise BBConvertError(f"{path} {what}, which is not known here; known are {', '.join(_ACTIONS)} without a clip.")
    return _ACTIONS[kind]


def _action(actions: Any, path: Path) -> Document:
    if not isinstance(actions, list) or len(actions) != 1 or not isinstance(actions[0], dict):
        count = len(actions) if isinstance(actions, list) else "no list of"
        raise BBConvertError(f"{path} has {count} actions, expected one, of joints.")
    return actions[0]


def _term(described: Document, path: Path) -> Document:
    """A term of the loop, with its history where it has one."""
    name = str(entry(described, "full_path", path)).rpartition(".")[2]
    term = known_term(name, _TERMS, path)
    term["name"] = str(described.get("name", name))
    if term["source"] in ("joint_pos", "joint_vel"):
        term["joints"] = entry(described, "joint_names", path)
        offsets = described.get("joint_pos_offsets" if term["source"] == "joint_pos" else "joint_vel_offsets")
        if offsets is not None and name.endswith("_rel"):
            term["offset"] = offsets
    overloads = described.get("overloads") or {}
    if (described.get("extras") or {}).get("modifiers"):
        raise BBConvertError(f"{path}: the term {name} has modifiers, which are not known here.")
    for theirs in ("clip", "scale"):
        if overloads.get(theirs) is not None:
            term[theirs] = overloads[theirs]
    length = int(overloads.get("history_length") or 0)
    return {**term, "history": length} if length > 1 else term


def _gains(robot: Document, joints: list[str], path: Path) -> Document:
    kp = _of_joints(robot, "default_joint_stiffness", joints)
    kd = _of_joints(robot, "default_joint_damping", joints)
    if not any(kp.values()) and not any(kd.values()):
        raise BBConvertError(
            f"{path} gives its joints no stiffness and no damping: their actuators are explicit, or a network, which "
            "the file does not describe. Describe the loop by hand: docs/robots.md."
        )
    return {"kp": [kp.get(joint, 0.0) for joint in joints], "kd": [kd.get(joint, 0.0) for joint in joints]}


def _of_joints(robot: Document, name: str, joints: list[str]) -> dict[str, float]:
    values = dict(zip(robot.get("joint_names") or [], robot.get(name) or [], strict=False))
    return {joint: float(values[joint]) for joint in joints if joint in values}


def _each(value: Any, n: int, default: float) -> list[float]:
    if isinstance(value, list):
        return value
    return [default if value is None else float(value)] * n
