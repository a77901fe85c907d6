"""Unitree's `deploy/*.yaml` (unitree_rl_gym): the control loop of its `deploy_mujoco.py`, as data."""

from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.robots.loop import Loop, parse_loop, read_yaml
from bbconvert.convert.robots.makers import walking_command

STRIDE_SECONDS = 0.8
"""`deploy_mujoco.py`'s own constant."""
_KEYS = {
    *("simulation_dt", "control_decimation", "kps", "kds", "default_angles", "ang_vel_scale", "dof_pos_scale"),
    *("dof_vel_scale", "action_scale", "cmd_scale", "num_actions", "num_obs", "cmd_init"),
}
_IGNORED = {"policy_path", "xml_path", "simulation_duration"}


def is_unitree(document: dict[str, Any]) -> bool:
    """Whether it is Unitree's, by two entries that nobody else has."""
    return {"control_decimation", "kps"} <= document.keys()


def unitree_loop(path: Path, model: mujoco.MjModel) -> Loop:
    """The loop that `deploy_mujoco.py` plays with this file: torques in float64, observation and targets in float32.

    Raises:
        BBConvertError: an entry is missing or unknown, or does not fit the others.
    """
    said = read_yaml(path)
    missing, unknown = _KEYS - said.keys(), said.keys() - _KEYS - _IGNORED
    if missing or unknown:
        wrong = f"has no {', '.join(sorted(missing))}" if missing else f"has {', '.join(sorted(unknown))}, unknown here"
        raise BBConvertError(f"{path} {wrong}; expected of Unitree's deploy file: {', '.join(sorted(_KEYS))}.")
    # The script keeps these in float32 and computes with float64 positions.
    default = [float(angle) for angle in np.asarray(said["default_angles"], np.float32)]
    joints = [model.joint(i).name for i in range(1, model.njnt)]
    n = int(said["num_actions"])
    terms: list[dict[str, Any]] = [
        {"name": "angular_velocity", "source": "qvel", "from": 3, "to": 6, "scale": said["ang_vel_scale"]},
        {"name": "projected_gravity", "source": "projected_gravity"},
        {"name": "command", "source": "command", "scale": said["cmd_scale"]},
        {
            "name": "joint_pos",
            "source": "joint_pos",
            "joints": joints,
            "offset": default,
            "scale": said["dof_pos_scale"],
        },
        {"name": "joint_vel", "source": "joint_vel", "joints": joints, "scale": said["dof_vel_scale"]},
        {"name": "last_action", "source": "last_action"},
        {"name": "phase", "source": "phase", "period": STRIDE_SECONDS},
    ]
    document = {
        "name": path.stem,
        "title": f"Unitree {path.stem.upper()}",
        "timestep": said["simulation_dt"],
        "substeps": said["control_decimation"],
        "observation": {"terms": terms},
        "control": {
            "law": "pd_torque",
            "scale": [said["action_scale"]] * n,
            "offset": default,
            "dtype": "float32",
            "kp": said["kps"],
            "kd": said["kds"],
            "joints": joints,
            "hold": said["control_decimation"],
        },
        "command": walking_command(said["cmd_init"]),
    }
    return parse_loop(document, path)
