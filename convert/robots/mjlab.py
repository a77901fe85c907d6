"""mjlab's metadata in an exported ONNX policy: the loop of a velocity task, where nothing else describes it."""

from pathlib import Path

import mujoco

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.robots.loop import Loop, parse_loop
from bbconvert.convert.robots.makers import Document, actuators_of, home, known_term, walking_command
from bbconvert.convert.safety.onnx_file import read_onnx

CONTROL_SECONDS = 0.02
"""Of mjlab's velocity tasks: the metadata does not say it."""
TIMESTEP = 0.005
"""Of MuJoCo's step in them."""
ROUNDING = 0.0005
"""Of numbers with three decimals."""
_TERMS: dict[str, Document] = {
    "base_lin_vel": {"source": "base_linvel"},
    "base_ang_vel": {"source": "qvel", "from": 3, "to": 6},
    "projected_gravity": {"source": "projected_gravity"},
    "joint_pos": {"source": "joint_pos"},
    "joint_vel": {"source": "joint_vel"},
    "actions": {"source": "last_action"},
    "command": {"source": "command"},
}
_KEYS = ("joint_names", "joint_stiffness", "joint_damping", "default_joint_pos", "observation_names", "action_scale")


def mjlab_loop(policy: Path, model: mujoco.MjModel) -> Loop:
    """The loop that the metadata of `policy` describes: servos with its gains, 50 Hz.

    mjlab writes its numbers with three decimals, so they may be half a thousandth off what it trained with.

    Raises:
        BBConvertError: the file has no such metadata, a term is not known, or something does not fit the scene.
    """
    said = {held.key: held.value for held in read_onnx(policy).metadata_props}
    missing = [key for key in _KEYS if key not in said]
    if missing:
        raise BBConvertError(
            f"{policy} has no metadata of mjlab ({missing[0]} is missing), and no loop was given. Name it: --loop YAML"
        )
    joints = _words(said["joint_names"])
    default = _numbers(said["default_joint_pos"], policy)
    terms = []
    for name in _words(said["observation_names"]):
        term = known_term(name, _TERMS, policy)
        if term["source"] in ("joint_pos", "joint_vel"):
            term["joints"] = joints
        if term["source"] == "joint_pos":
            term["offset"] = default
        terms.append(term)
    scale = _numbers(said["action_scale"], policy)
    document = {
        "name": policy.stem,
        "title": policy.stem.replace("_", " "),
        "timestep": TIMESTEP,
        "substeps": round(CONTROL_SECONDS / TIMESTEP),
        "start": home(model),
        "observation": {"terms": terms},
        "control": {
            "law": "pd_implicit",
            "scale": scale if len(scale) > 1 else scale * len(joints),
            "offset": default,
            "dtype": "float32",
            "kp": _numbers(said["joint_stiffness"], policy),
            "kd": _numbers(said["joint_damping"], policy),
            "joints": joints,
            "actuators": actuators_of(joints, model, policy),
            "hold": round(CONTROL_SECONDS / TIMESTEP),
            "rounding": ROUNDING,
        },
        "model": {"integrator": "implicitfast"},
        "notes": ["mjlab's metadata has three decimals: its numbers may be 0.0005 off. verify tells what that does."],
        "command": walking_command([0.0, 0.0, 0.0]) if said.get("command_names") else None,
    }
    return parse_loop(document, policy)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _numbers(text: str, policy: Path) -> list[float]:
    try:
        return [float(word) for word in _words(text)]
    except ValueError as error:
        raise BBConvertError(f"{policy}: its metadata has {text[:80]!r} where numbers are expected.") from error
